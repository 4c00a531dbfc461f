/**
 * The stream of a quick-commerce company, as a function of (seed, plan, time of emission).
 *
 * Orders are drawn second by second, each second from its own seed, and each order's whole life at once; its events
 * wait in the second of their emission until the stream gets there. So nothing depends on what was drawn before, and
 * reading can begin at any offset: the orders of the last two hours are drawn again, and what they emitted before the
 * offset is dropped without ever being written as JSON.
 *
 * An offset is `emission ms · 100 + place within that ms`: rising, sparse, the same in every run.
 */
import { instant } from '../event/instant.ts'
import type { SourceRecord } from '../event/record.ts'
import { RandomDraws } from './random-draws.ts'
import { activities, drawOrder, MAX_ORDER_MS, type SimulatedEvent, warehouseCount } from './simulated-order.ts'
import { beginningOf, OFFSETS_PER_MS, ordersPerSecond, pickingPhases, type SimulationPlan } from './simulation-plan.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const FUTURE_AFTER_MS = 600_000
/** Picking takes minutes even through an incident; phases later than this after an order's creation do not touch it. */
const PHASES_AHEAD_MS = 3_600_000

/** A reader of the stream: records from an offset on, each once. */
export class SimulatedStream {
  readonly #plan: SimulationPlan
  readonly #fromOffset: number
  /** Events by second of emission, unsorted: those of about the next ten minutes, so bounded by the rate. */
  readonly #waiting = new Map<number, SimulatedEvent[]>()
  #nextSlot: number
  #second: number
  /** The events of the current second in order, and how many of them have been passed. */
  #ready: SimulatedEvent[] = []
  #passed = 0
  #place = 0

  /** @param fromOffset the first record is the first at or after it. */
  constructor(plan: SimulationPlan, fromOffset = 0) {
    this.#plan = plan
    this.#fromOffset = fromOffset
    const from = Math.max(beginningOf(plan), Math.floor(fromOffset / OFFSETS_PER_MS))
    this.#nextSlot = Math.max(Math.floor(beginningOf(plan) / SECOND), Math.floor((from - MAX_ORDER_MS) / SECOND))
    this.#second = Math.floor(from / SECOND)
    this.#ready = this.#emissionsOf(this.#second)
  }

  /**
   * The next records in the order of their emission.
   *
   * @param until ms since the epoch; records emitted at or after it stay for later.
   * @param limit at most so many records.
   * @throws RangeError where the plan's rate is so high that over 100 records fall into one ms.
   */
  take(until: number, limit: number): SourceRecord[] {
    const taken: SimulatedEvent[] = []
    const offsets: number[] = []
    while (taken.length < limit) {
      const event = this.#ready[this.#passed]
      if (event === undefined) {
        if ((this.#second + 1) * SECOND >= until) break
        this.#second++
        this.#ready = this.#emissionsOf(this.#second)
        this.#passed = 0
        continue
      }
      if (event.emitted >= until) break
      const offset = this.#pass(event)
      if (offset < this.#fromOffset) continue
      taken.push(event)
      offsets.push(offset)
    }
    return recordsOf(taken, offsets)
  }

  #pass(event: SimulatedEvent): number {
    this.#place = this.#passed > 0 && this.#ready[this.#passed - 1]!.emitted === event.emitted ? this.#place + 1 : 0
    this.#passed++
    if (this.#place >= OFFSETS_PER_MS) {
      throw new RangeError(`the simulation emits over ${OFFSETS_PER_MS} records in one ms; lower the rates of its plan`)
    }
    return event.emitted * OFFSETS_PER_MS + this.#place
  }

  /** What a second emits, in order. No event is emitted before its order's creation, so later orders do not matter. */
  #emissionsOf(second: number): SimulatedEvent[] {
    for (; this.#nextSlot <= second; this.#nextSlot++) this.#drawSlot(this.#nextSlot)
    const events = this.#waiting.get(second)
    if (events === undefined) return []
    this.#waiting.delete(second)
    return events.sort(byEmission)
  }

  #drawSlot(slot: number): void {
    const start = slot * SECOND
    const mean = ordersPerSecond(this.#plan, start)
    if (mean === 0) return
    const draws = new RandomDraws(this.#plan.seed, slot)
    const phases = pickingPhases(this.#plan, start, start + PHASES_AHEAD_MS, warehouseCount)
    const count = draws.count(mean)
    for (let number = 0; number < count; number++) {
      const created = start + Math.floor(draws.fraction() * SECOND)
      const id = `O-${slot}-${String(number).padStart(4, '0')}`
      for (const event of drawOrder(draws, id, created, phases)) this.#wait(event)
    }
  }

  #wait(event: SimulatedEvent): void {
    const second = Math.floor(event.emitted / SECOND)
    if (second < this.#second) return
    const others = this.#waiting.get(second)
    if (others === undefined) this.#waiting.set(second, [event])
    else others.push(event)
  }
}

/** A total order: it must not depend on where reading began, as the order of drawing does. */
function byEmission(a: SimulatedEvent, b: SimulatedEvent): number {
  if (a.emitted !== b.emitted) return a.emitted - b.emitted
  if (a.order.id !== b.order.id) return a.order.id < b.order.id ? -1 : 1
  return a.activity - b.activity
}

const idAt = '{"order_id":"'.length
const middles = activities.map((name, activity) => `${activity}","activity":"${name}","ts":"`)

/** Writes all records as one text and cuts its bytes: the text is ASCII, so its length is that of its bytes. */
function recordsOf(events: readonly SimulatedEvent[], offsets: readonly number[]): SourceRecord[] {
  const parts: string[] = []
  const ends: number[] = []
  let length = 0
  for (const { order, activity, at } of events) {
    const middle = middles[activity]!
    parts.push(
      order.head,
      middle,
      isoMinute(at),
      isoSeconds[Math.floor(at / SECOND) % 60]!,
      isoFractions[at % SECOND]!,
      order.tail,
    )
    length += order.head.length + middle.length + ISO_LENGTH + order.tail.length
    ends.push(length)
  }
  const bytes = Buffer.from(parts.join(''), 'latin1')
  return events.map(({ emitted, order }, i) => {
    const start = i === 0 ? 0 : ends[i - 1]!
    return {
      offset: offsets[i]!,
      key: bytes.subarray(start + idAt, start + idAt + order.id.length),
      value: bytes.subarray(start, ends[i]!),
      timestamp: instant(emitted),
      notAfter: instant(emitted + FUTURE_AFTER_MS),
    }
  })
}

const ISO_LENGTH = '2026-11-23T07:46:40.055Z'.length
const isoSeconds = Array.from({ length: 60 }, (_, second) => String(second).padStart(2, '0'))
const isoFractions = Array.from({ length: SECOND }, (_, ms) => `.${String(ms).padStart(3, '0')}Z`)
const knownMinutes = new Float64Array(64).fill(Number.NaN)
const knownMinuteTexts = new Array<string>(knownMinutes.length).fill('')

/** `2026-11-23T07:46:`; instants of one batch lie within some minutes, so the last ones are remembered. */
function isoMinute(at: number): string {
  const minute = Math.floor(at / MINUTE)
  const slot = minute % knownMinutes.length
  if (knownMinutes[slot] !== minute) {
    knownMinutes[slot] = minute
    knownMinuteTexts[slot] = new Date(at).toISOString().slice(0, -'40.055Z'.length)
  }
  return knownMinuteTexts[slot]!
}
