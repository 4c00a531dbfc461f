import { type Instant, instant } from '../event/instant.ts'
import { instantOfLocal } from '../event/zone-offset.ts'

/*
 * Who is on call: one after the other for a week each, from a weekday and a time on the clocks of one zone, but for overrides.
 * At every instant it is exactly one, also where clocks change and before the rota started: then the order is counted backwards.
 */
export type Rota = {
  /** An IANA name. */
  readonly timezone: string
  /** The date of a handover, as days since 1970-01-01: the first of the order takes over then. */
  readonly firstDay: number
  /** When a handover is, in minutes of the day on the clocks there. */
  readonly minute: number
  /** Whom the turns belong to; never empty. */
  readonly order: readonly string[]
  /** In the order of time, none overlaps another. */
  readonly overrides: readonly RotaOverride[]
}

/** Half-open. */
export type RotaOverride = { readonly from: Instant; readonly to: Instant; readonly who: string }

const DAY_MS = 86_400_000
const WEEK_MS = 7 * DAY_MS
const MINUTE_MS = 60_000

export function onCallAt(rota: Rota, at: Instant): string {
  const override = rota.overrides.find(({ from, to }) => at >= from && at < to)
  if (override !== undefined) return override.who
  const { order } = rota
  const turn = weekOf(rota, at)
  return order[((turn % order.length) + order.length) % order.length] as string
}

/** The first instant after `at` at which somebody else may be on call. */
export function nextHandover(rota: Rota, at: Instant): Instant {
  const bounds = rota.overrides.flatMap(({ from, to }) => [from, to]).filter(bound => bound > at)
  return instant(Math.min(handoverAt(rota, weekOf(rota, at) + 1), ...bounds))
}

/** @param week 0 for that of the first handover. */
function handoverAt({ timezone, firstDay, minute }: Rota, week: number): Instant {
  return instantOfLocal((firstDay + 7 * week) * DAY_MS + minute * MINUTE_MS, timezone)
}

/** The last handover that is not after `at`. A change of clocks makes a week an hour longer, or shorter. */
function weekOf(rota: Rota, at: Instant): number {
  let week = Math.floor((at - handoverAt(rota, 0)) / WEEK_MS)
  while (handoverAt(rota, week) > at) week--
  while (handoverAt(rota, week + 1) <= at) week++
  return week
}
