/**
 * Sampled records → columns: what each field holds in every record, and how often it repeats and changes.
 *
 * Everything that is asked of a field (does it name the case, the activity, a dimension?) is a question about counts,
 * so values are kept as codes, one array a field.
 */
import { conditionView, openEnvelope, type RecordFormat } from '../envelope.ts'
import { isJsonObject, type JsonObject, type RecordDocument } from '../record-text.ts'
import { type TimeReading, timeReadingOf } from './time-reading.ts'

/** A record of the sample that could be parsed, with what it carries beside its value. */
export type SampledRecord = {
  readonly document: RecordDocument
  readonly key: string | undefined
  /** The record's own time, ms since the epoch. */
  readonly timestamp: number | undefined
}

export type Column = {
  /** The path as a process file writes it; `$key` is the key of the record. */
  readonly name: string
  /** By record: the position of its value in `values`; -1: absent, null, empty, an object or an array. */
  readonly codes: Int32Array
  readonly values: readonly (string | number | boolean)[]
  /** Records that have a value. */
  readonly filled: number
  /** Set where its values are times. */
  readonly time: TimeReading | undefined
}

const MAX_COLUMNS = 300
const MAX_DEPTH = 4

type GrowingColumn = {
  codes: Int32Array
  values: (string | number | boolean)[]
  codeOf: Map<unknown, number>
  filled: number
}

/** The columns in the order in which their fields first appear. */
export function columnsOf(records: readonly SampledRecord[], format: RecordFormat): Column[] {
  const growing = new Map<string, GrowingColumn>()
  const add = (name: string, record: number, value: unknown): void => {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return
    if (value === '') return
    let column = growing.get(name)
    if (column === undefined) {
      if (growing.size >= MAX_COLUMNS) return
      column = { codes: new Int32Array(records.length).fill(-1), values: [], codeOf: new Map(), filled: 0 }
      growing.set(name, column)
    }
    let code = column.codeOf.get(value)
    if (code === undefined) {
      code = column.values.push(value) - 1
      column.codeOf.set(value, code)
    }
    column.codes[record] = code
    column.filled += 1
  }
  records.forEach(({ document, key }, record) => {
    const fields = fieldsOf(document, format)
    if (fields !== undefined) walk(fields, '', 1, (name, value) => add(name, record, value))
    add('$key', record, key)
  })
  return [...growing].map(([name, { codes, values, filled }]) => ({
    name,
    codes,
    values,
    filled,
    time: timeReadingOf(name, values),
  }))
}

/** Which envelope stands around the fields of at least nine in ten records. */
export function formatOf(records: readonly SampledRecord[]): RecordFormat {
  const share = (holds: (root: JsonObject) => boolean) =>
    records.filter(({ document }) => holds(document.root)).length >= records.length * 0.9
  if (share(root => typeof root.specversion === 'string' && typeof root.type === 'string' && 'source' in root)) {
    return 'cloudevents'
  }
  const isChange = (root: JsonObject) => typeof root.op === 'string' && ('after' in root || 'before' in root)
  return share(root => isChange(root) || (isJsonObject(root.payload) && isChange(root.payload))) ? 'debezium' : 'json'
}

/** The object whose members are the mappable fields; undefined for a deletion. */
function fieldsOf(document: RecordDocument, format: RecordFormat): JsonObject | undefined {
  if (format === 'json' || format === 'avro') return document.root
  const opened = openEnvelope(format, document)
  if (opened === 'tombstone') return undefined
  if (format === 'cloudevents') {
    const { data, ...fields } = conditionView(format, opened.root)
    // Under these names they stand a second time, or say nothing of the process.
    return Object.fromEntries(Object.entries(fields).filter(([name]) => !standard.has(name)))
  }
  // The row as it was before, and where the connector stands in the database's log, say nothing of the process.
  const { after, op, ts_ms, source } = opened.root
  return { after, op, ts_ms, source: isJsonObject(source) ? { ts_ms: source.ts_ms } : undefined }
}

const standard: ReadonlySet<string> = new Set(
  ['id', 'time', 'type', 'subject', 'source', 'data', 'specversion', 'datacontenttype', 'dataschema'].map(
    name => `ce_${name}`,
  ),
)

/** Leaves out names that no path can spell. */
function walk(object: JsonObject, prefix: string, depth: number, visit: (name: string, value: unknown) => void): void {
  for (const [name, value] of Object.entries(object)) {
    if (name === '' || name.includes('.') || name.startsWith('$')) continue
    if (!isJsonObject(value)) visit(prefix + name, value)
    else if (depth < MAX_DEPTH) walk(value, `${prefix}${name}.`, depth + 1, visit)
  }
}

/** By record: the record before it of the same group, e.g. the same case; -1: none. */
export function previousInGroup({ codes, values }: Column): Int32Array {
  const latest = new Int32Array(values.length).fill(-1)
  return codes.map((code, record) => {
    if (code === -1) return -1
    const before = latest[code]!
    latest[code] = record
    return before
  })
}

/** How often a column's value differs from the one before in the same group, of the times where both have one; 0..1. */
export function shareOfChanges({ codes }: Column, previous: Int32Array): number {
  let pairs = 0
  let changes = 0
  for (let record = 0; record < codes.length; record++) {
    const before = previous[record]!
    if (before === -1 || codes[record] === -1 || codes[before] === -1) continue
    pairs += 1
    if (codes[record] !== codes[before]) changes += 1
  }
  return pairs === 0 ? 0 : changes / pairs
}
