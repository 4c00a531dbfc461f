/**
 * An Avro schema → a reader that turns a datum's bytes into a JSON text, which is then read like any other record.
 *
 * - A union's value stands for itself, without the name of its branch: what may be null is the value or `null`.
 * - Numbers keep their digits: a `long` above 2^53, a `decimal` with its scale (`12.30`).
 * - Times and dates are the numbers that they are (`timestamp-millis` in ms, `timestamp-micros` in µs, `date` in days): the
 *   mapping says the unit. `bytes` and `fixed` are texts of one character a byte, as Avro's own JSON has them; a `uuid`
 *   of 16 bytes is written as one. NaN and the infinities are texts.
 *
 * The schema is that of the writer; there is no other. A library reads schemas as well, but going along bytes that do
 * not fit it loops as often as a damaged count says: with avsc 5.7.9 four bytes took 5 s and 1.2 GB.
 */
import { isJsonObject, type JsonObject } from '../record-text.ts'
import { type AvroCursor, AvroMismatch } from './avro-cursor.ts'
import { decimalText, floatText, latinText, uuidText } from './avro-values.ts'

/** Reads one datum. @throws AvroMismatch, AvroTooMuch. */
export type AvroReader = (cursor: AvroCursor) => string

/** The schema itself cannot be used. */
export class AvroSchemaError extends Error {}

/** Deeper ones are nobody's. */
const MAX_SCHEMA_DEPTH = 100

/**
 * @param text the schema's JSON.
 * @param references schemas that it refers to by name, each behind the ones that it refers to itself.
 * @throws AvroSchemaError
 */
export function compileAvro(text: string, references: readonly string[]): AvroReader {
  const names = new Map<string, AvroReader>()
  for (const reference of references) compile(parsed(reference), { names, namespace: '', depth: 0 })
  return compile(parsed(text), { names, namespace: '', depth: 0 })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new AvroSchemaError('it is not JSON', { cause })
  }
}

type Surroundings = {
  /** By full name. */
  readonly names: Map<string, AvroReader>
  readonly namespace: string
  readonly depth: number
}

function compile(schema: unknown, around: Surroundings): AvroReader {
  const inner = { ...around, depth: around.depth + 1 }
  if (inner.depth > MAX_SCHEMA_DEPTH) throw new AvroSchemaError(`it is more than ${MAX_SCHEMA_DEPTH} levels deep`)
  if (typeof schema === 'string') return named(schema, inner)
  if (Array.isArray(schema)) return union(schema, inner)
  if (!isJsonObject(schema)) throw new AvroSchemaError(`it holds ${JSON.stringify(schema)} in place of a type`)
  switch (schema.type) {
    case 'record':
    case 'error':
      return record(schema, inner)
    case 'enum':
      return enumeration(schema, inner)
    case 'fixed':
      return fixed(schema, inner)
    case 'array':
      return blocks(compile(schema.items, inner), '[', ']')
    case 'map': {
      const value = compile(schema.values, inner)
      const member: AvroReader = cursor => cursor.written(`${JSON.stringify(cursor.text())}:`) + value(cursor)
      return blocks(member, '{', '}')
    }
    case 'bytes':
      return decimalOf(schema, cursor => cursor.bytes(cursor.count())) ?? primitives.bytes
    default:
      // A primitive with attributes of its own, or another type in more brackets.
      return compile(schema.type, inner)
  }
}

const primitives = {
  null: cursor => cursor.written('null'),
  boolean: cursor => {
    const byte = cursor.byte()
    if (byte > 1) throw new AvroMismatch(`a boolean is ${byte}`)
    return cursor.written(byte === 1 ? 'true' : 'false')
  },
  int: cursor => cursor.written(String(cursor.int())),
  long: cursor => cursor.written(String(cursor.long())),
  float: cursor => cursor.written(floatText(cursor.float(), true)),
  double: cursor => cursor.written(floatText(cursor.double(), false)),
  string: cursor => cursor.written(JSON.stringify(cursor.text())),
  bytes: cursor => cursor.written(latinText(cursor.bytes(cursor.count()))),
} satisfies Record<string, AvroReader>

const isPrimitive = (name: string): name is keyof typeof primitives => Object.hasOwn(primitives, name)

function named(name: string, { names, namespace }: Surroundings): AvroReader {
  if (isPrimitive(name)) return primitives[name]
  const found = names.get(fullName(name, namespace)) ?? names.get(name)
  if (found === undefined) throw new AvroSchemaError(`it names the type "${name}", which it does not define`)
  return found
}

function record(schema: JsonObject, around: Surroundings): AvroReader {
  const { fields } = schema
  if (!Array.isArray(fields)) throw new AvroSchemaError('a record has no list of fields')
  const name = nameOf(schema, around)
  const inner = { ...around, namespace: namespaceOf(name) }
  let readers: readonly { readonly before: string; readonly read: AvroReader }[] = []
  const reader: AvroReader = cursor =>
    cursor.nested(() => {
      let text = cursor.written('{')
      for (const { before, read } of readers) text += cursor.written(before) + read(cursor)
      return `${text}}`
    })
  // Before its fields, which may refer to it.
  around.names.set(name, reader)
  readers = fields.map((field: unknown, index) => {
    if (!isJsonObject(field) || typeof field.name !== 'string') throw new AvroSchemaError('a field has no name')
    return { before: `${index === 0 ? '' : ','}${JSON.stringify(field.name)}:`, read: compile(field.type, inner) }
  })
  return reader
}

function enumeration(schema: JsonObject, around: Surroundings): AvroReader {
  const { symbols } = schema
  if (!Array.isArray(symbols)) throw new AvroSchemaError('an enum has no list of symbols')
  const texts = symbols.map(symbol => JSON.stringify(String(symbol)))
  const reader: AvroReader = cursor => {
    const index = cursor.int()
    const text = texts[index]
    if (text === undefined) throw new AvroMismatch(`an enum of ${texts.length} symbols has number ${index}`)
    return cursor.written(text)
  }
  around.names.set(nameOf(schema, around), reader)
  return reader
}

function fixed(schema: JsonObject, around: Surroundings): AvroReader {
  const { size, logicalType } = schema
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0) throw new AvroSchemaError('a fixed has no size')
  const write = logicalType === 'uuid' && size === 16 ? uuidText : latinText
  const reader =
    decimalOf(schema, cursor => cursor.bytes(size)) ??
    ((cursor: AvroCursor) => cursor.written(write(cursor.bytes(size))))
  around.names.set(nameOf(schema, around), reader)
  return reader
}

/** As the standard has it, a logical type that makes no sense is none. */
function decimalOf(
  { logicalType, scale = 0 }: JsonObject,
  bytes: (cursor: AvroCursor) => Uint8Array,
): AvroReader | undefined {
  if (logicalType !== 'decimal' || typeof scale !== 'number' || !Number.isInteger(scale) || scale < 0) return undefined
  return cursor => cursor.written(decimalText(bytes(cursor), scale))
}

function union(branches: readonly unknown[], around: Surroundings): AvroReader {
  const readers = branches.map(branch => compile(branch, around))
  return cursor => {
    const index = cursor.int()
    const read = readers[index]
    if (read === undefined) throw new AvroMismatch(`a union of ${readers.length} types has number ${index}`)
    return read(cursor)
  }
}

/** Arrays and maps come in blocks, each with a count; a negative one has the block's size in bytes behind it. */
function blocks(item: AvroReader, open: string, close: string): AvroReader {
  return cursor =>
    cursor.nested(() => {
      let text = cursor.written(open)
      let isFirst = true
      for (let count = cursor.count(); count !== 0; count = cursor.count()) {
        if (count < 0) cursor.count()
        for (let left = Math.abs(count); left > 0; left--) {
          text += isFirst ? item(cursor) : cursor.written(',') + item(cursor)
          isFirst = false
        }
      }
      return `${text}${close}`
    })
}

function nameOf({ name, namespace }: JsonObject, around: Surroundings): string {
  if (typeof name !== 'string' || name === '') throw new AvroSchemaError('a record, enum or fixed has no name')
  return fullName(name, typeof namespace === 'string' ? namespace : around.namespace)
}

const fullName = (name: string, namespace: string): string =>
  name.includes('.') || namespace === '' ? name : `${namespace}.${name}`

const namespaceOf = (full: string): string => full.slice(0, Math.max(0, full.lastIndexOf('.')))
