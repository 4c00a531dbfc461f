import type { SegmentKey } from '../event/segment.ts'

/** What the statistics that rules compare with the past were when an hour began, by rule and segment; null: it had no value. */
export type HourOfValues = {
  /** Hours since the epoch. */
  readonly hour: number
  readonly values: Readonly<Record<string, Readonly<Record<SegmentKey, number | null>>>>
}

/**
 * One number for each rule, segment and hour: what the present is compared with, and which segments there have been.
 *
 * It is part of what the evaluator remembers: made at evaluation instants and from nothing but statistics, so it is as
 * much a function of the logs as alerts are. What is new is handed out once (`take`), to be durable with the evaluation
 * that made it, and handed in again after a restart (`add`).
 */
export class HourlyValues {
  readonly #reachOf: ReadonlyMap<string, number>
  readonly #rings = new Map<string, Map<SegmentKey, Ring>>()
  #new: HourOfValues[] = []
  #last: number | undefined

  /** @param reachOf by rule, for how many hours its values are kept. */
  constructor(reachOf: ReadonlyMap<string, number>) {
    this.#reachOf = reachOf
  }

  /** The newest hour. */
  get last(): number | undefined {
    return this.#last
  }

  /** The oldest hour that any rule may still ask for. */
  get oldest(): number {
    return this.#last === undefined ? -Infinity : this.#last - Math.max(0, ...this.#reachOf.values()) + 1
  }

  /** Takes an hour over that was made before; hours come in their order, and one that has come is passed over. */
  add(hour: HourOfValues): void {
    if (this.#last !== undefined && hour.hour <= this.#last) return
    this.#last = hour.hour
    for (const [rule, reach] of this.#reachOf) {
      const rings = this.#rings.get(rule) ?? new Map<SegmentKey, Ring>()
      this.#rings.set(rule, rings)
      for (const [segment, ring] of rings) if (hour.hour - ring.last >= reach) rings.delete(segment)
      for (const [key, value] of Object.entries(hour.values[rule] ?? {})) {
        const segment = key as SegmentKey
        const known = rings.get(segment)
        if (known === undefined && rings.size >= MOST_SEGMENTS) continue
        const ring = known ?? new Ring(reach, hour.hour)
        rings.set(segment, ring)
        ring.set(hour.hour, value)
      }
    }
  }

  /** As `add`, of an hour that has just begun. */
  begin(hour: HourOfValues): void {
    this.add(hour)
    this.#new.push(hour)
    // Where nobody takes them, as in a replay of years, they are no more than what is kept.
    while ((this.#new[0]?.hour ?? Infinity) < this.oldest) this.#new.shift()
  }

  /** The hours that have begun since they were taken, as far as they are still asked for. */
  take(): readonly HourOfValues[] {
    const taken = this.#new
    this.#new = []
    return taken
  }

  /** undefined: there was no value, no segment, or it is no longer kept. */
  valueAt(rule: string, segment: SegmentKey, hour: number): number | undefined {
    const oldest = (this.#last ?? 0) - (this.#reachOf.get(rule) ?? 0) + 1
    return hour < oldest ? undefined : this.#rings.get(rule)?.get(segment)?.at(hour)
  }

  /** Since when, as far as it is kept, a segment has been there without being away for as long as that. */
  firstHour(rule: string, segment: SegmentKey): number | undefined {
    return this.#rings.get(rule)?.get(segment)?.first
  }

  /** The segments whose value was above 0 in some hour from that one on. */
  segmentsAbove0(rule: string, since: number): SegmentKey[] {
    const found: SegmentKey[] = []
    for (const [segment, ring] of this.#rings.get(rule) ?? []) if (ring.lastAbove0 >= since) found.push(segment)
    return found
  }
}

/** Segments of one rule that are remembered; further ones are judged without a past. */
const MOST_SEGMENTS = 10_000

const ABSENT = -Infinity

/** Values of one segment by hour, of as many hours as are kept. */
class Ring {
  readonly #values: Float64Array
  readonly first: number
  last: number
  lastAbove0 = -Infinity

  constructor(reach: number, first: number) {
    this.#values = new Float64Array(reach).fill(ABSENT)
    this.first = first
    this.last = first
  }

  set(hour: number, value: number | null): void {
    const reach = this.#values.length
    const skipped = Math.min(hour - this.last, reach)
    for (let each = hour - skipped + 1; each < hour; each++) this.#values[place(each, reach)] = ABSENT
    this.#values[place(hour, reach)] = value ?? ABSENT
    this.last = hour
    if (value !== null && value > 0) this.lastAbove0 = hour
  }

  at(hour: number): number | undefined {
    const reach = this.#values.length
    if (hour > this.last) return undefined
    const value = this.#values[place(hour, reach)] as number
    return value === ABSENT ? undefined : value
  }
}

const place = (hour: number, reach: number): number => ((hour % reach) + reach) % reach
