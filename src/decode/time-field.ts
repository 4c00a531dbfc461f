import { type Instant, instant } from '../event/instant.ts'
import { parseIsoInstant } from '../event/iso-instant.ts'
import type { SourceRecord } from '../event/record.ts'
import type { InstantMapping, TimeMapping } from '../model/definitions.ts'
import { scaledDecimal } from './decimal.ts'
import { type Rejection, reject } from './decoded.ts'
import type { RecordFormat } from './envelope.ts'
import { compileField, type Field } from './field.ts'
import { numberText } from './number-text.ts'
import { describeJson, type RecordDocument } from './record-text.ts'

export type EpochUnit = NonNullable<TimeMapping['unit']>

export type TimeField = {
  /** As written in the process file, for people. */
  readonly name: string
  /** undefined: the record has no time there, i.e. it is absent, null or an empty text. */
  readonly read: (document: RecordDocument, record: SourceRecord) => Instant | undefined | Rejection
}

export function compileTime(mapping: TimeMapping, format: RecordFormat): TimeField {
  if (mapping.from === '$timestamp') return { name: '$timestamp', read: (_, record) => record.timestamp }
  const { from, unit, timezone } = mapping
  return { name: from.join('.'), read: compileInstant({ from, unit, timezone }, format) }
}

/** An instant that is an attribute of the event: read as a time is, without any say in when the event was. */
export function compileInstant(
  { from, unit, timezone }: InstantMapping,
  format: RecordFormat,
): (document: RecordDocument) => Instant | undefined | Rejection {
  const field = compileField(from, format)
  return unit === undefined
    ? document => isoTime(field, document, timezone)
    : document => epochTime(field, document, unit)
}

/** Powers of ten from the unit to milliseconds. */
export const decimalsToMs: Readonly<Record<EpochUnit, number>> = { s: 3, ms: 0, us: -3, ns: -6 }

/** As far as a `Date` goes from the epoch. */
export const FURTHEST_MS = 8_640_000_000_000_000

/**
 * The instant of an epoch number in decimal digits, cut to whole ms towards the past.
 *
 * @returns undefined when it is no number or lies beyond what a `Date` can show.
 */
export function epochInstant(text: string, unit: EpochUnit): Instant | undefined {
  const ms = scaledDecimal(text, decimalsToMs[unit], 'down')
  return ms === undefined || Math.abs(ms) > FURTHEST_MS ? undefined : instant(ms)
}

function isoTime(field: Field, document: RecordDocument, timezone: string | undefined) {
  const value = field.read(document.root)
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string') {
    const remedy = typeof value === 'number' ? '; for an epoch number set unit: s, ms, us or ns' : ''
    return badTime(field, value, `a date and time in ISO 8601${remedy}`)
  }
  const at = parseIsoInstant(value, timezone)
  if (at !== undefined) return at
  const needsZone = timezone === undefined && parseIsoInstant(value, 'UTC') !== undefined
  const remedy = needsZone ? ' with an offset; set timezone: to the zone it is in' : ''
  return badTime(field, value, `a date and time in ISO 8601${remedy}`)
}

function epochTime(field: Field, document: RecordDocument, unit: EpochUnit) {
  const value = field.read(document.root)
  if (value === undefined || value === null || value === '') return undefined
  const text = typeof value === 'number' ? numberText(document, field.path) : typeof value === 'string' ? value : ''
  return epochInstant(text, unit) ?? badTime(field, value, `an epoch number in ${unit}`)
}

const badTime = (field: Field, value: unknown, expected: string): Rejection =>
  reject('bad-time', `field "${field.name}" holds ${describeJson(value)}, not ${expected}`)
