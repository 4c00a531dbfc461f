import { Buffer } from 'node:buffer'
import type { FieldPath } from '../model/definitions.ts'
import { pathInEnvelope, type RecordFormat } from './envelope.ts'
import { numberText } from './number-text.ts'
import { isJsonObject, type JsonObject, type RecordDocument } from './record-text.ts'

/** A field that a mapping names, ready to be read from every record. */
export type Field = {
  /** As written in the process file, for people. */
  readonly name: string
  /** Names from the document's root. */
  readonly path: FieldPath
  /** The parsed value; undefined where the record has none. Never steps into an array. */
  readonly read: (root: JsonObject) => unknown
}

/** @param path as written in the process file, at least one name. */
export function compileField(path: FieldPath, format: RecordFormat): Field {
  const inDocument = pathInEnvelope(format, path)
  return { name: path.join('.'), path: inDocument, read: reader(inDocument) }
}

/**
 * The text of a string or a number, a number's digits as written; undefined for anything else.
 *
 * @param value what `field` reads in `document`.
 */
export function textOf(value: unknown, field: Field, document: RecordDocument): string | undefined {
  if (typeof value === 'string') return document.mayHoldSurrogates ? withoutHalfSurrogates(value) : value
  return typeof value === 'number' ? numberText(document, field.path) : undefined
}

/**
 * Half a surrogate pair is no character and has no UTF-8. Two such texts, different in memory, would be one text in the
 * store; so each half becomes U+FFFD before anything compares them.
 */
const withoutHalfSurrogates = (text: string): string => Buffer.from(text, 'utf8').toString('utf8')

function reader(path: FieldPath): (root: JsonObject) => unknown {
  const steps = path.map(member)
  const [first, second] = steps
  if (first === undefined) throw new RangeError('a field path needs at least one name')
  if (second === undefined) return first
  if (steps.length === 2) return root => inside(first(root), second)
  return root => {
    let value: unknown = root
    for (const step of steps) value = inside(value, step)
    return value
  }
}

const inside = (value: unknown, step: (object: JsonObject) => unknown): unknown =>
  isJsonObject(value) ? step(value) : undefined

/** Names such as `constructor` are found on every object, so those few are asked for with care. */
function member(name: string): (object: JsonObject) => unknown {
  return name in Object.prototype
    ? object => (Object.hasOwn(object, name) ? object[name] : undefined)
    : object => object[name]
}
