import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/*
 * The orders of Olist as a plain program sees them: a line for each step of each order, read by JSON.parse. What a case
 * goes through, and from when to when; who asks at an instant T must look at nothing that happened at T or later.
 */

export const olistFile = join(import.meta.dirname, '../../../shared/data/olist/events.ndjson.gz')

/** What a test's name ends with where the data is missing. */
export const whyNoOlist = existsSync(olistFile) ? '' : ' (skipped: no ../shared/data/olist)'

/** The stages, each named by the step that begins it; the last one ends with the delivery. */
export const stageSteps = ['purchased', 'approved', 'handed_to_carrier'] as const

export type Order = {
  readonly purchasedAt: number
  readonly dueAt: number
  /** undefined: not before the data ends. */
  readonly deliveredAt: number | undefined
  /** When it came into each stage; undefined: that step is missing. */
  readonly entries: readonly (number | undefined)[]
  readonly customerState: string
  readonly sellerState: string | null
  /** As the shop wrote at the end of everything. To look at results only. */
  readonly wasCancelled: boolean
}

/** One span of an order that a life table is made of: a stage, or the rest after leaving that stage. */
export type Passage = {
  readonly of: 'stage' | 'rest'
  readonly stage: number
  readonly entry: number
  readonly end: number
}

/** Orders with a purchase, by the instant of it. */
export function readOrders(): Order[] {
  const steps = new Map<string, Map<string, number>>()
  const about = new Map<string, Record<string, string | undefined>>()
  for (const line of gunzipSync(readFileSync(olistFile)).toString('utf8').split('\n')) {
    if (line === '') continue
    const event = JSON.parse(line)
    const times = steps.get(event.order_id) ?? new Map<string, number>()
    steps.set(event.order_id, times.set(event.activity, Date.parse(event.ts)))
    if (!about.has(event.order_id)) about.set(event.order_id, event)
  }
  const orders: Order[] = []
  for (const [id, times] of steps) {
    const purchasedAt = times.get('purchased')
    if (purchasedAt === undefined) continue
    const { promised_at, customer_state, seller_state, order_status } = about.get(id)!
    orders.push({
      purchasedAt,
      dueAt: Date.parse(promised_at!),
      deliveredAt: times.get('delivered'),
      entries: stageSteps.map(step => times.get(step)),
      customerState: customer_state!,
      sellerState: seller_state ?? null,
      wasCancelled: order_status === 'canceled' || order_status === 'unavailable',
    })
  }
  return orders.sort((left, right) => left.purchasedAt - right.purchasedAt)
}

/** The data was cut here: of what is due later nobody knows how it went. */
export const dataEnds = Date.UTC(2018, 4, 1)

/** Delivered after the promised day began, or not delivered at all. */
export const isLate = ({ dueAt, deliveredAt }: Order): boolean => deliveredAt === undefined || deliveredAt > dueAt

/** The furthest stage that an order had come to before an instant. */
export function stageAt({ entries }: Order, at: number): number {
  let stage = entries.length - 1
  while (stage > 0 && !((entries[stage] ?? Number.POSITIVE_INFINITY) < at)) stage--
  return stage
}

/** A stage is left for whichever later stage comes first, or for the delivery. `end` is infinite for what is open. */
export function passagesOf({ entries, deliveredAt }: Order): Passage[] {
  const delivered = deliveredAt ?? Number.POSITIVE_INFINITY
  const passages: Passage[] = []
  entries.forEach((entry, stage) => {
    if (entry === undefined) return
    const later = entries.slice(stage + 1).filter(one => one !== undefined)
    const left = Math.min(delivered, ...later)
    // A few orders went to the carrier before they were approved.
    if (left < entry) return
    passages.push({ of: 'stage', stage, entry, end: left })
    if (left !== Number.POSITIVE_INFINITY && left <= delivered) {
      passages.push({ of: 'rest', stage, entry: left, end: delivered })
    }
  })
  return passages
}
