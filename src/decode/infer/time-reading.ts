import type { Instant } from '../../event/instant.ts'
import { parseIsoInstant } from '../../event/iso-instant.ts'
import { type EpochUnit, epochInstant } from '../time-field.ts'

/** How a field writes times. */
export type TimeReading = {
  readonly unit: EpochUnit | undefined
  /** ISO texts without an offset: somebody has to say which zone they are in. */
  readonly needsZone: boolean
}

/** From September 2001, when epoch seconds got their tenth digit, to 2100. */
const epochSeconds = { from: 1_000_000_000, to: 4_102_444_800 } as const

const unitsPerSecond: readonly (readonly [EpochUnit, number])[] = [
  ['s', 1],
  ['ms', 1e3],
  ['us', 1e6],
  ['ns', 1e9],
]

const timeName = /(^|[._-])(ts|time|timestamp|date|at|on|when|epoch)([._-]|$)|_ts|ts_|At$|Time|Date|Timestamp/
const enough = 0.95

/**
 * How the values are times; undefined: they are not.
 *
 * A number of ten digits may as well be a telephone number, so seconds have to have a name that speaks of time.
 *
 * @param values the distinct values of a field.
 */
export function timeReadingOf(name: string, values: readonly (string | number | boolean)[]): TimeReading | undefined {
  if (values.length === 0) return undefined
  const needed = values.length * enough
  const reads = (timezone: string | undefined) =>
    values.filter(value => typeof value === 'string' && parseIsoInstant(value, timezone) !== undefined).length >= needed
  if (reads(undefined)) return { unit: undefined, needsZone: false }
  if (reads('UTC')) return { unit: undefined, needsZone: true }
  for (const [unit, perSecond] of unitsPerSecond) {
    if (unit === 's' && !timeName.test(name)) continue
    const [from, to] = [epochSeconds.from * perSecond, epochSeconds.to * perSecond]
    const plausible = values.filter(value => {
      const number = typeof value === 'string' && /^\d{10,19}(\.\d+)?$/.test(value) ? Number(value) : value
      return typeof number === 'number' && number >= from && number < to
    })
    if (plausible.length >= needed) return { unit, needsZone: false }
  }
  return undefined
}

/** @returns undefined where this one value is no such time. Texts without an offset are read as UTC. */
export function readTime(value: string | number | boolean, { unit }: TimeReading): Instant | undefined {
  if (unit !== undefined) return epochInstant(String(value), unit)
  return typeof value === 'string' ? parseIsoInstant(value, 'UTC') : undefined
}
