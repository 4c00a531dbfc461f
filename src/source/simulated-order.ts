import type { RandomDraws } from './random-draws.ts'
import { finishOfPicking, type PickingPhase } from './simulation-plan.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

/** In the order in which an order lives through them; `cancelled` may take the place of any after the first. */
export const activities = ['created', 'paid', 'picked', 'packed', 'handed_over', 'delivered', 'cancelled'] as const

const [CREATED, DELIVERED, CANCELLED] = [0, 5, 6]

/** Share of the orders, rising to 1, by warehouse, region and carrier. */
const warehouses = shares({ 'WH-1': 0.22, 'WH-2': 0.19, 'WH-3': 0.17, 'WH-4': 0.15, 'WH-5': 0.14, 'WH-6': 0.13 })
const regions = shares({ east: 0.34, south: 0.27, north: 0.22, west: 0.17 })
const carriers = shares({ SwiftGo: 0.45, CityRun: 0.33, GreenBike: 0.22 })

export const warehouseCount = warehouses.names.length

/** Factors on the median times of a carrier's handover and delivery, and of delivery in a region. */
const handoverFactor = [0.9, 1, 1.2]
const deliveryFactor = [0.95, 1, 1.12]
const regionFactor = [0.95, 1, 1, 1.1]

/**
 * An order takes at most so long from its creation to the emission of its last event, duplicates and late ones
 * included: whoever resumes the stream draws the orders of this span again.
 */
export const MAX_ORDER_MS = 120 * MINUTE

/** What the records of one order have in common: `{"order_id":…,"event_id":"…-` and `,"warehouse":…}`. */
export type SimulatedOrder = { readonly id: string; readonly head: string; readonly tail: string }

/** One record of the stream. `at` and `emitted` are ms since the epoch, `emitted > at`; of a duplicate only `emitted` differs. */
export type SimulatedEvent = {
  readonly order: SimulatedOrder
  readonly activity: number
  readonly at: number
  readonly emitted: number
}

/**
 * Draws one order's life, its records in the order of their instants. How many numbers it takes from `draws` depends only on the order itself, never on the
 * phases: a phase that lies after an instant changes nothing before it.
 *
 * @param phases how fast the warehouses pick, in the order of time.
 */
export function drawOrder(
  draws: RandomDraws,
  id: string,
  created: number,
  phases: readonly PickingPhase[],
): SimulatedEvent[] {
  const warehouse = pick(warehouses, draws.fraction())
  const region = pick(regions, draws.fraction())
  const carrier = pick(carriers, draws.fraction())
  const cents = Math.round(Math.min(100_000, draws.lognormal(6_800, 0.6)))
  const order = {
    id,
    head: `{"order_id":"${id}","event_id":"${id}-`,
    tail:
      `","warehouse":"${warehouses.names[warehouse]}","region":"${regions.names[region]}",` +
      `"carrier":"${carriers.names[carrier]}","amount":${(cents / 100).toFixed(2)}}`,
  }

  const paid = created + within(draws.lognormal(6 * SECOND, 0.6), SECOND, MINUTE)
  const pickingWork = within(draws.lognormal(54 * SECOND, 0.2), 20 * SECOND, 150 * SECOND)
  const picked = Math.round(finishOfPicking(phases, warehouse, paid, pickingWork))
  const packed = picked + within(draws.lognormal(27 * SECOND, 0.3), 8 * SECOND, 2 * MINUTE)
  const waiting = draws.lognormal(82 * SECOND * handoverFactor[carrier]!, 0.3)
  const handedOver = packed + within(waiting, 20 * SECOND, 5 * MINUTE)
  const riding = draws.lognormal(9.6 * MINUTE * deliveryFactor[carrier]! * regionFactor[region]!, 0.25)
  const delivered = handedOver + within(riding, 3 * MINUTE, 40 * MINUTE)

  const fate = draws.fraction()
  const cancelDelay = draws.fraction()
  const neverPaid = fate < 0.01
  const cancelled = neverPaid
    ? created + within(cancelDelay * 4 * MINUTE, 30 * SECOND, 4 * MINUTE)
    : fate < 0.04
      ? paid + within(cancelDelay * 2 * MINUTE, SECOND, 2 * MINUTE)
      : Number.POSITIVE_INFINITY

  const instants = [created, neverPaid ? Number.POSITIVE_INFINITY : paid, picked, packed, handedOver, delivered]
  const events: SimulatedEvent[] = []
  for (let activity = CREATED; activity <= DELIVERED; activity++)
    emit(draws, order, activity, instants[activity]!, cancelled, events)
  emit(draws, order, CANCELLED, cancelled, delivered, events)
  return events
}

/**
 * The stream shows an event mostly at once, sometimes late by seconds, rarely by minutes; and one in a hundred twice.
 * An event that would happen at or after `before` does not happen, and takes its numbers all the same.
 */
function emit(
  draws: RandomDraws,
  order: SimulatedOrder,
  activity: number,
  at: number,
  before: number,
  events: SimulatedEvent[],
): void {
  const kind = draws.fraction()
  const share = draws.fraction()
  const twice = draws.fraction()
  if (at >= before) return
  const emitted = at + Math.round(lateness(kind, share))
  events.push({ order, activity, at, emitted })
  if (twice < 0.01) events.push({ order, activity, at, emitted: emitted + Math.round(100 + 3_000_000 * twice) })
}

/** @returns ms, at least 20. */
function lateness(kind: number, share: number): number {
  if (kind < 0.92) return 20 + 280 * share
  if (kind < 0.99) return 300 + 4_700 * share
  if (kind < 0.9998) return 5 * SECOND + 115 * SECOND * share
  return 6 * MINUTE + 8 * MINUTE * share
}

const within = (ms: number, least: number, most: number): number => Math.round(Math.min(most, Math.max(least, ms)))

function shares(byName: Readonly<Record<string, number>>): { names: readonly string[]; upTo: readonly number[] } {
  let sum = 0
  return { names: Object.keys(byName), upTo: Object.values(byName).map(share => (sum += share)) }
}

function pick({ upTo }: { upTo: readonly number[] }, fraction: number): number {
  let index = 0
  while (index < upTo.length - 1 && fraction >= upTo[index]!) index++
  return index
}
