/**
 * A record → the events in it, or why there are none.
 *
 * In comes a record as the source handed it over; out go 0..n events of one case, or `skipped` (a tombstone, or not
 * meant by the source's `where`), or `rejected` with one reason of the fixed list. A decoder never throws, whatever the
 * bytes, and the same record always gives the same answer: the clock is in the record (`notAfter`).
 *
 * The answer is found in this order, and the first that applies stands:
 *
 * - tombstone → a payload that cannot be opened (`payload.ts`) → `too-large` → `not-json` (not UTF-8) → `too-deep` → `not-json` → a deletion inside `debezium`
 * - `where` is false: skipped
 * - the activity: absent is `missing-field`; one that the process does not name is ignored, and of an ignored event
 *   nothing else is looked at (a topic may carry other kinds of message that have no case)
 * - the case, the time (`missing-field`, `bad-time`, `future`), the attributes
 *
 * A wide row is read as the single events that its filled columns would be. They share one row, so the row's `id` would
 * make them duplicates of each other: they have none.
 *
 * Everything that a definition says is turned into readers once, by `compileDecoder`; for each record they only run.
 */
import type { AttributeValue, CaseId, Event } from '../event/event.ts'
import { formatInstant, type Instant } from '../event/instant.ts'
import type { SourceRecord } from '../event/record.ts'
import type { EventsMapping, FieldPath, ProcessDefinition, SourceDefinition } from '../model/definitions.ts'
import { compileRecordCondition } from '../model/record-condition.ts'
import { compileActivity, ignored } from './activity-field.ts'
import { type AttributesReader, compileAttributes } from './attribute-field.ts'
import { type CaseReader, compileCase } from './case-field.ts'
import { type Decoded, type IgnoredEvent, type Rejection, reject } from './decoded.ts'
import { conditionView, openEnvelope, type RecordFormat } from './envelope.ts'
import { compileField, textOf } from './field.ts'
import { compilePayload } from './payload.ts'
import { parseRecord, type RecordDocument, type RecordLimits } from './record-text.ts'
import { compileTime } from './time-field.ts'

export type Decoder = (record: SourceRecord) => Decoded

export const defaultRecordLimits: RecordLimits = { maxRecordBytes: 1_048_576, maxDepth: 64 }

const tombstone: Decoded = { kind: 'skipped', why: 'tombstone' }
const filtered: Decoded = { kind: 'skipped', why: 'filtered' }

/**
 * @param process whose activities and attributes the events refer to.
 * @param source one of the process's sources.
 * @throws ConditionError when the source's `where` is no condition, RangeError when a path is empty. Definitions that
 *   were loaded have been checked for both, and for the names of zones, which are looked up with the first time read.
 */
export function compileDecoder(
  process: ProcessDefinition,
  source: SourceDefinition,
  limits: Partial<RecordLimits> = {},
): Decoder {
  const allLimits = { ...defaultRecordLimits, ...limits }
  const open = compilePayload(source.format, allLimits)
  const decode = compileDocumentDecoder(process, source, allLimits)
  // What a payload is opened to may be larger than it was, and has been bounded.
  const decodeOpened = compileDocumentDecoder(process, source, { ...allLimits, maxRecordBytes: Infinity })
  return record => {
    const opened = open(record)
    if ('kind' in opened) return opened
    return opened === record ? decode(record) : decodeOpened(opened)
  }
}

/** Decodes records whose value is a JSON text. @throws as `compileDecoder`. */
export function compileDocumentDecoder(
  process: ProcessDefinition,
  source: SourceDefinition,
  limits: RecordLimits,
): Decoder {
  const { format } = source
  const accepts = source.where === undefined ? undefined : compileRecordCondition(source.where)
  const readEvents = compileEvents(process, source)
  return record => {
    if (record.value === null) return tombstone
    const outer = parseRecord(record.value, limits)
    if (outer.kind === 'rejected') return outer
    const document = openEnvelope(format, outer)
    if (document === 'tombstone') return tombstone
    if (accepts !== undefined && !accepts(conditionView(format, document.root))) return filtered
    return readEvents(document, record)
  }
}

type EventsReader = (document: RecordDocument, record: SourceRecord) => Decoded

function compileEvents(process: ProcessDefinition, source: SourceDefinition): EventsReader {
  const positions = new Map(process.activities.map((activity, position) => [activity, position]))
  const readCase = compileCase(source.case, source.format)
  const readAttributes = compileAttributes(process, source)
  return source.events.kind === 'single'
    ? compileSingle(source.events, source, positions, readCase, readAttributes)
    : compileWide(source.events, source.format, positions, readCase, readAttributes)
}

function compileSingle(
  mapping: Extract<EventsMapping, { kind: 'single' }>,
  { format, id }: SourceDefinition,
  positions: ReadonlyMap<string, number>,
  readCase: CaseReader,
  readAttributes: AttributesReader,
): EventsReader {
  const readActivity = compileActivity(mapping.activity, format, positions)
  const time = compileTime(mapping.time, format)
  const readId = compileId(id, format)
  return (document, record) => {
    const activity = readActivity(document)
    if (typeof activity === 'object') return isRejection(activity) ? activity : { kind: 'events', events: [activity] }
    const caseId = readCase(document, record)
    if (typeof caseId === 'object') return caseId
    const at = time.read(document, record)
    if (at === undefined) return missingTime(time.name)
    if (typeof at === 'object') return at
    if (at > record.notAfter) return future(time.name, at, record)
    const attributes = readAttributes(document)
    if (isRejection(attributes)) return attributes
    return { kind: 'events', events: [{ case: caseId, activity, at, id: readId(document), attributes }] }
  }
}

function compileWide(
  { columns }: Extract<EventsMapping, { kind: 'wide' }>,
  format: RecordFormat,
  positions: ReadonlyMap<string, number>,
  readCase: CaseReader,
  readAttributes: AttributesReader,
): EventsReader {
  const readers = columns.map(({ activity, time }) => ({
    activity: positions.get(activity) ?? ignored(activity),
    time: compileTime(time, format),
  }))
  return (document, record) => {
    const caseId = readCase(document, record)
    if (typeof caseId === 'object') return caseId
    const attributes = readAttributes(document)
    if (isRejection(attributes)) return attributes
    const events: (Event | IgnoredEvent)[] = []
    for (const { activity, time } of readers) {
      const at = time.read(document, record)
      if (at === undefined) continue
      if (typeof at === 'object') return at
      if (at > record.notAfter) return future(time.name, at, record)
      events.push(typeof activity === 'object' ? activity : wideEvent(caseId, activity, at, attributes))
    }
    return { kind: 'events', events }
  }
}

const wideEvent = (caseId: CaseId, activity: number, at: Instant, attributes: readonly AttributeValue[]): Event => ({
  case: caseId,
  activity,
  at,
  id: undefined,
  attributes,
})

/** An event whose record lacks the mapped id is told apart by its content, like those of a source that maps none. */
function compileId(
  path: FieldPath | undefined,
  format: RecordFormat,
): (document: RecordDocument) => string | undefined {
  if (path === undefined) return () => undefined
  const field = compileField(path, format)
  return document => textOf(field.read(document.root), field, document) || undefined
}

const isRejection = (value: object): value is Rejection => 'kind' in value

const missingTime = (name: string): Rejection =>
  reject(
    'missing-field',
    name === '$timestamp' ? 'the record has no timestamp' : `field "${name}" (the time) is missing`,
  )

function future(name: string, at: Instant, { notAfter }: SourceRecord): Rejection {
  const limit = Number.isFinite(notAfter)
    ? `after the latest accepted instant ${formatInstant(notAfter)}`
    : 'which was in the future when the record was first read'
  return reject(
    'future',
    `${name === '$timestamp' ? 'the timestamp' : `field "${name}"`} is ${formatInstant(at)}, ${limit}`,
  )
}
