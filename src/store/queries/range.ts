import type { Instant } from '../../event/instant.ts'
import { QueryError } from './query-error.ts'

/** [from, to), in ms since the epoch. */
export type Range = { readonly from: Instant; readonly to: Instant }

/** @throws QueryError where a value is no whole number in [least, most]; `what` says of which unit. */
export function checkWhole(field: string, value: number, least: number, most: number, what: string): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return
  throw new QueryError(field, `is ${value}`, `Give a whole number of ${what} from ${least} to ${most}.`)
}

export const checkInstant = (field: string, at: number): void =>
  checkWhole(field, at, -latestMs, latestMs, 'ms since the epoch')

/** @throws QueryError where the range is empty or not of instants. */
export function checkRange({ from, to }: Range): void {
  checkInstant('from', from)
  checkInstant('to', to)
  if (from >= to) throw new QueryError('to', `is ${to}, not after "from" (${from})`, 'Give an end after the start.')
}

/** The largest instant that a Date can have, either way. */
const latestMs = 8_640_000_000_000_000
