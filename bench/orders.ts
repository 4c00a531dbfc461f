import { Buffer } from 'node:buffer'
import { instant } from '../src/event/instant.ts'
import type { SourceRecord } from '../src/event/record.ts'
import type { ProcessDefinition } from '../src/model/definitions.ts'
import { loadDefinitions } from '../src/model/load.ts'

/**
 * Orders for the benches: JSON of about 200 bytes, six events an order, four stages by two dimensions, three rules.
 * Everything follows from the seed.
 */
export const activities = ['created', 'paid', 'picked', 'packed', 'handed_over', 'delivered'] as const

export type OrdersOptions = {
  readonly seed: number
  readonly ordersPerSecond: number
  /** Means of the times between the six events, in ms; each is drawn between half and one and a half of it. */
  readonly meansMs: readonly number[]
  /** Share of the events that arrive late, by up to `delayMs`. */
  readonly outOfOrder?: number
  readonly delayMs?: number
  readonly startAt: number
}

const owners = 'ops: {title: Operations, members: [ops@example.com]}\n'

export function ordersProcess({
  windowsMs,
  extra = '',
}: {
  windowsMs: readonly number[]
  extra?: string
}): ProcessDefinition {
  const rules = windowsMs
    .map((ms, index) => {
      const stage = ['payment', 'picking', 'packing'][index % 3]
      return `  rule${index}: {stage: ${stage}, by: [warehouse], window: ${ms}ms, when: 'p90 > duration("2h") && exited >= 20'}\n`
    })
    .join('')
  const text = `
process: orders
owner: ops
sources:
  - topics: [orders.events]
    format: json
    case: order_id
    activity: activity
    time: ts
    dimensions: {warehouse: warehouse, carrier: carrier, region: customer.region}
    value: {field: amount, currency: EUR, decimals: 2}
activities: [${activities.join(', ')}]
ends: {completed: [delivered]}
max_open_cases: 60000000
${extra}stages:
  payment: {from: created, to: paid, target: 30m, by: [warehouse, carrier]}
  picking: {from: paid, to: picked, target: 2h, by: [warehouse, carrier]}
  packing: {from: picked, to: packed, target: 1h, by: [warehouse, carrier]}
  delivery: {from: packed, to: delivered, target: 4h, by: [warehouse, carrier]}
rules:
${rules}`
  const { definitions, problems } = loadDefinitions([
    { name: 'orders.yaml', text },
    { name: 'owners.yaml', text: owners },
  ])
  const process = definitions?.processes[0]
  if (process === undefined) throw new Error(JSON.stringify(problems))
  return process
}

/** An endless stream of orders, in the order of arrival. */
export class Orders {
  readonly #options: OrdersOptions
  readonly #random: () => number
  readonly #waiting = new Waiting()
  readonly #delayed = new Waiting()
  #buffer = Buffer.alloc(0)
  #next = 0
  #offset = 0

  constructor(options: OrdersOptions) {
    this.#options = options
    this.#random = randomOf(options.seed)
  }

  /** The next records. Their bytes lie in memory that the next call uses again. */
  take(count: number): SourceRecord[] {
    if (this.#buffer.length < count * 320) this.#buffer = Buffer.alloc(count * 320)
    const records: SourceRecord[] = []
    let at = 0
    for (let index = 0; index < count; index++) {
      const { order, step, time } = this.#event()
      const from = at
      at += this.#buffer.write(textOf(order, step, time), at, 'latin1')
      records.push({
        offset: this.#offset++,
        key: null,
        value: this.#buffer.subarray(from, at),
        timestamp: undefined,
        notAfter: instant(Infinity),
      })
    }
    return records
  }

  #event(): { order: number; step: number; time: number } {
    const { ordersPerSecond, startAt, meansMs, outOfOrder = 0, delayMs = 0 } = this.#options
    for (;;) {
      const created = startAt + Math.floor((this.#next * 1_000) / ordersPerSecond)
      if (created <= this.#waiting.smallest) this.#waiting.add(created, this.#next++, 0)
      const due = this.#waiting.smallest
      if (this.#delayed.smallest <= due) return this.#delayed.take()
      const event = this.#waiting.take()
      const mean = meansMs[event.step]
      if (mean !== undefined) {
        this.#waiting.add(event.time + 1 + Math.floor(mean * (0.5 + this.#random())), event.order, event.step + 1)
      }
      if (outOfOrder === 0 || this.#random() >= outOfOrder) return event
      this.#delayed.add(event.time + this.#random() * delayMs, event.order, event.step, event.time)
    }
  }
}

const two = (value: number) => (value < 10 ? `0${value}` : String(value))

function textOf(order: number, step: number, time: number): string {
  const hash = Math.imul(order, 0x9e3779b1) >>> 0
  const ts = new Date(time).toISOString()
  return `{"order_id":"ORD-${String(order).padStart(10, '0')}","activity":"${activities[step]}","ts":"${ts}","warehouse":"WH-EU-${two(hash % 20)}","carrier":"${['DHL', 'GLS', 'UPS', 'DPD', 'HERMES'][(hash >>> 8) % 5]}","customer":{"region":"${['north', 'south', 'east', 'west'][(hash >>> 12) % 4]}"},"amount":${((hash >>> 4) % 50_000) / 100},"channel":"web"}`
}

function randomOf(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Events by the time they are due: a binary heap in columns, so that millions of them cost little. */
class Waiting {
  #due = new Float64Array(1 << 16)
  #time = new Float64Array(1 << 16)
  #order = new Int32Array(1 << 16)
  #step = new Uint8Array(1 << 16)
  #size = 0

  get smallest(): number {
    return this.#size === 0 ? Infinity : (this.#due[0] as number)
  }

  add(due: number, order: number, step: number, time = due): void {
    if (this.#size === this.#due.length) this.#grow()
    let at = this.#size++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if ((this.#due[parent] as number) <= due) break
      this.#move(parent, at)
      at = parent
    }
    this.#put(at, due, time, order, step)
  }

  take(): { order: number; step: number; time: number } {
    const first = { order: this.#order[0] as number, step: this.#step[0] as number, time: this.#time[0] as number }
    const last = --this.#size
    const due = this.#due[last] as number
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= last) break
      if (child + 1 < last && (this.#due[child + 1] as number) < (this.#due[child] as number)) child++
      if ((this.#due[child] as number) >= due) break
      this.#move(child, at)
      at = child
    }
    this.#put(at, due, this.#time[last] as number, this.#order[last] as number, this.#step[last] as number)
    return first
  }

  #put(at: number, due: number, time: number, order: number, step: number): void {
    this.#due[at] = due
    this.#time[at] = time
    this.#order[at] = order
    this.#step[at] = step
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#due[from]!, this.#time[from]!, this.#order[from]!, this.#step[from]!)
  }

  #grow(): void {
    const due = new Float64Array(this.#due.length * 2)
    const time = new Float64Array(due.length)
    const order = new Int32Array(due.length)
    const step = new Uint8Array(due.length)
    due.set(this.#due)
    time.set(this.#time)
    order.set(this.#order)
    step.set(this.#step)
    this.#due = due
    this.#time = time
    this.#order = order
    this.#step = step
  }
}
