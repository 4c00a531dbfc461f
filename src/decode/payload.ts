/**
 * What stands in a record's value → its document as JSON text, which everything behind this reads.
 *
 * - A value as it is, where it has no frame: JSON.
 * - In the frame of a schema registry, whatever the format: the JSON text of JSON Schema, or an Avro datum, which becomes a
 *   JSON text (`avro/avro-schema.ts`). Without a registry at hand only the former can be told and read.
 * - With the attributes of a CloudEvent in its headers: the data of that event (`cloud-event.ts`).
 *
 * A payload that cannot be read is `not-json`: there is no document in it. The same value and schema always give the same.
 */
import { Buffer } from 'node:buffer'
import type { SourceRecord } from '../event/record.ts'
import { FRAME_BYTES, schemaIdOf, type WriterSchema } from '../event/wire-format.ts'
import { AvroCursor, AvroMismatch, AvroTooMuch } from './avro/avro-cursor.ts'
import { type AvroReader, AvroSchemaError, compileAvro } from './avro/avro-schema.ts'
import { openCloudEvent } from './cloud-event.ts'
import { type Rejection, reject } from './decoded.ts'
import type { RecordFormat } from './envelope.ts'
import { type RecordLimits, tooLarge } from './record-text.ts'

/** @returns the record itself, or one with the document in place of the value. */
export type OpenPayload = (record: SourceRecord) => SourceRecord | Rejection

/** An Avro datum may become a text so many times as large as a record may be. */
const GROWTH = 4

/** Avro readers by schema; a schema that cannot be used has why. */
const readers = new WeakMap<WriterSchema, AvroReader | string>()

export function compilePayload(format: RecordFormat, limits: RecordLimits): OpenPayload {
  const open = compileValue(format, limits)
  if (format !== 'cloudevents') return open
  // What a frame was opened to has been bounded.
  const unbounded = { ...limits, maxRecordBytes: Infinity }
  return record => {
    const opened = open(record)
    return 'kind' in opened ? opened : openCloudEvent(opened, opened === record ? limits : unbounded)
  }
}

function compileValue(format: RecordFormat, limits: RecordLimits): OpenPayload {
  return record => {
    const { value } = record
    const id = schemaIdOf(value)
    if (id !== undefined && value !== null) return openFrame(record, value, id, limits)
    if (format !== 'avro' || value === null) return record
    return notJson('it does not begin with the id of a schema (a zero byte and four more), as those of a registry do')
  }
}

function openFrame(
  record: SourceRecord,
  value: Uint8Array,
  id: number,
  limits: RecordLimits,
): SourceRecord | Rejection {
  if (value.byteLength > limits.maxRecordBytes) return tooLarge(value.byteLength, limits)
  const { schema } = record
  switch (schema?.kind) {
    case 'unreadable':
      return notJson(`it was written by schema ${id}, and ${schema.why}`)
    case 'avro':
      return openAvro(record, value, schema, limits)
    default:
      if (schema === undefined && !beginsAsObject(value)) {
        return notJson(
          `it was written by schema ${id} of a registry and is no JSON text; set kafka.schema_registry to read Avro`,
        )
      }
      return { ...record, value: value.subarray(FRAME_BYTES) }
  }
}

function openAvro(
  record: SourceRecord,
  value: Uint8Array,
  schema: Extract<WriterSchema, { kind: 'avro' }>,
  limits: RecordLimits,
): SourceRecord | Rejection {
  const read = readerOf(schema)
  if (typeof read === 'string') return notJson(`it was written by schema ${schema.id}, which is no use: ${read}`)
  try {
    const bounds = { room: GROWTH * limits.maxRecordBytes, maxDepth: limits.maxDepth }
    const cursor = new AvroCursor(value, FRAME_BYTES, bounds)
    const text = read(cursor)
    if (cursor.left > 0) return doesNotFit(schema, `${cursor.left} bytes are left`)
    return { ...record, value: Buffer.from(text) }
  } catch (error) {
    if (error instanceof AvroTooMuch) return reject(error.reason, error.message)
    if (error instanceof AvroMismatch) return doesNotFit(schema, error.message)
    throw error
  }
}

function readerOf(schema: Extract<WriterSchema, { kind: 'avro' }>): AvroReader | string {
  const known = readers.get(schema)
  if (known !== undefined) return known
  const compiled = compiledOrWhyNot(schema.text, schema.references)
  readers.set(schema, compiled)
  return compiled
}

function compiledOrWhyNot(text: string, references: readonly string[]): AvroReader | string {
  try {
    return compileAvro(text, references)
  } catch (error) {
    if (error instanceof AvroSchemaError) return error.message
    throw error
  }
}

/** After spaces: a `{`. */
function beginsAsObject(value: Uint8Array): boolean {
  let at = FRAME_BYTES
  while (at < value.length && (value[at] as number) <= 32) at++
  return value[at] === 123
}

const doesNotFit = ({ id }: { readonly id: number }, problem: string): Rejection =>
  notJson(`it does not fit schema ${id}: ${problem}`)

const notJson = (problem: string): Rejection => reject('not-json', `the record cannot be read: ${problem}`)
