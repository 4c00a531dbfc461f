import { Buffer } from 'node:buffer'
import { compileDecoder, type Decoder } from '../decode/decoder.ts'
import { pathInEnvelope } from '../decode/envelope.ts'
import { formatInstant, type Instant } from '../event/instant.ts'
import type {
  ActivityMapping,
  FieldPath,
  ProcessDefinition,
  SourceDefinition,
  TimeMapping,
} from '../model/definitions.ts'
import { type JsonRecord, satisfyingRecords, withField } from '../model/satisfying-records.ts'

/** The key of a record, null where it needs none, and its value, one line of JSON. */
export type ExampleRecord = { readonly key: string | null; readonly value: string }

/** Drafts shown to the decoder at most. */
const MOST_DRAFTS = 200

const CASE = 'A-1'

/**
 * A record that is counted as an event of the process, so that a user has something to send: one that starts a case
 * where the source has such.
 *
 * @param now the time that the event carries.
 * @returns undefined where none was found that the source's `where` lets through.
 * @throws what `compileDecoder` throws.
 */
export function exampleRecord(
  process: ProcessDefinition,
  source: SourceDefinition,
  now: Instant,
): ExampleRecord | undefined {
  const decode = compileDecoder(process, source)
  const key = source.case === '$key' ? CASE : null
  let left = MOST_DRAFTS
  for (const draft of drafts(process, source, now)) {
    if (left-- <= 0) return undefined
    const example = { key, value: JSON.stringify(draft) }
    if (isCounted(decode, example, now)) return example
  }
  return undefined
}

/** The decoder has the last word: what is shown is what will be counted. */
function isCounted(decode: Decoder, { key, value }: ExampleRecord, now: Instant): boolean {
  const decoded = decode({
    offset: 0,
    key: key === null ? null : Buffer.from(key),
    value: Buffer.from(value),
    timestamp: now,
    notAfter: now,
  })
  return decoded.kind === 'events' && decoded.events.length > 0 && decoded.events.every(event => 'case' in event)
}

function* drafts(process: ProcessDefinition, source: SourceDefinition, now: Instant): Generator<JsonRecord> {
  for (const draft of unconditionalDrafts(process, source, now)) {
    if (source.where === undefined) yield draft
    else yield* satisfyingRecords(source.where, draft, path => conditionPath(source.format, path))
  }
}

/** The fields that the mapping reads, for each activity that may come first and then for the others. */
function* unconditionalDrafts(
  process: ProcessDefinition,
  source: SourceDefinition,
  now: Instant,
): Generator<JsonRecord> {
  const { events } = source
  const starts = process.starts.flatMap(({ activity }) => process.activities[activity] ?? [])
  const put = (record: JsonRecord, path: FieldPath, value: unknown) =>
    withField(record, pathInEnvelope(source.format, path), value) as JsonRecord
  let common: JsonRecord = {}
  if (source.case !== '$key') for (const path of source.case) common = put(common, path, CASE)
  if (source.id !== undefined) common = put(common, source.id, 'event-1')
  for (const activity of new Set([...starts, ...process.activities])) {
    if (events.kind === 'single') {
      for (const draft of withActivity(put, common, events.activity, activity)) {
        yield withTime(put, draft, events.time, now)
      }
    } else {
      const column = events.columns.find(candidate => candidate.activity === activity)
      if (column !== undefined) yield withTime(put, common, column.time, now)
    }
  }
}

type Put = (record: JsonRecord, path: FieldPath, value: unknown) => JsonRecord

/** The record as it says the activity, in every way that the mapping knows; none where it knows no way. */
function withActivity(put: Put, record: JsonRecord, mapping: ActivityMapping, activity: string): readonly JsonRecord[] {
  if (mapping.kind === 'const') return mapping.activity === activity ? [record] : []
  if (mapping.kind === 'path') return [put(record, mapping.path, activity)]
  const values = Object.keys(mapping.map).filter(value => mapping.map[value] === activity)
  return values.map(value => put(record, mapping.path, value))
}

function withTime(put: Put, record: JsonRecord, { from, unit }: TimeMapping, now: Instant): JsonRecord {
  if (from === '$timestamp') return record
  const epoch = { s: Math.floor(now / 1_000), ms: now, us: now * 1_000, ns: `${now}000000` }
  return put(record, from, unit === undefined ? formatInstant(now) : epoch[unit])
}

/** A condition names fields as a mapping does, but may go on into lists. */
function conditionPath(
  format: SourceDefinition['format'],
  [first, ...rest]: readonly (string | number)[],
): readonly (string | number)[] {
  return [...pathInEnvelope(format, [String(first)]), ...rest]
}
