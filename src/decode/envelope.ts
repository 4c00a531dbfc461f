import type { FieldPath, SourceDefinition } from '../model/definitions.ts'
import { isJsonObject, type JsonObject, type RecordDocument } from './record-text.ts'

/**
 * What stands around a record's fields.
 *
 * - `json`: nothing.
 * - `cloudevents`: a CloudEvent as in structured mode. `data` holds the fields; the names of `contextNames` and `data` at
 *   the beginning of a path always mean the envelope's own, so a field `time` of the data is written `data.time`.
 *   (A fall-back from one to the other would read another field in a record that lacks the first.) With `ce_` before it,
 *   as in the headers of binary mode, any attribute can be named, extensions included: `ce_correlationid`.
 * - `avro`: nothing.
 * - `debezium`: a change event, `{before, after, source, op}`, also as `payload` beside a `schema`.
 */
export type RecordFormat = SourceDefinition['format']

const ATTRIBUTE = 'ce_'

const isAttribute = (name: string): boolean => name.length > ATTRIBUTE.length && name.startsWith(ATTRIBUTE)

const contextNames: ReadonlySet<string> = new Set(['id', 'time', 'type', 'subject', 'source'])

/** A path as written in the process file → from the root of the opened document. */
export function pathInEnvelope(format: RecordFormat, path: FieldPath): FieldPath {
  const first = path[0]
  if (format !== 'cloudevents' || first === undefined || first === 'data' || contextNames.has(first)) return path
  return isAttribute(first) ? [first.slice(ATTRIBUTE.length), ...path.slice(1)] : ['data', ...path]
}

/** The document with its fields at the root, or a tombstone: a deletion, of which nothing is left to read. */
export function openEnvelope(format: RecordFormat, document: RecordDocument): RecordDocument | 'tombstone' {
  if (format !== 'debezium') return document
  const { root } = document
  const wrapped = Object.hasOwn(root, 'payload') && !Object.hasOwn(root, 'op')
  if (!wrapped) return isDeletion(root) ? 'tombstone' : document
  if (root.payload === null) return 'tombstone'
  if (!isJsonObject(root.payload)) return document
  return isDeletion(root.payload)
    ? 'tombstone'
    : { ...document, root: root.payload, rootPath: [...document.rootPath, 'payload'] }
}

/** A row deleted (`d`) or a table emptied (`t`). */
const isDeletion = (change: JsonObject): boolean =>
  (change.op === 'd' || change.op === 't') && !isJsonObject(change.after)

/** The record as a condition (`where`) sees it: every name means what it means in a path. */
export function conditionView(format: RecordFormat, root: JsonObject): JsonObject {
  if (format !== 'cloudevents') return root
  const view: Record<string, unknown> = isJsonObject(root.data) ? { ...root.data } : {}
  for (const name of Object.keys(view)) if (isAttribute(name)) delete view[name]
  for (const [name, value] of Object.entries(root)) view[`${ATTRIBUTE}${name}`] = value
  for (const name of contextNames) {
    if (Object.hasOwn(root, name)) view[name] = root[name]
    else delete view[name]
  }
  view.data = root.data
  return view
}
