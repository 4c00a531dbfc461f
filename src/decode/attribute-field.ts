import type { AttributeValue } from '../event/event.ts'
import type {
  AttributeDefinition,
  FieldPath,
  InstantMapping,
  ProcessDefinition,
  SourceDefinition,
} from '../model/definitions.ts'
import { scaledDecimal } from './decimal.ts'
import { type Rejection, reject } from './decoded.ts'
import { compileField, type Field, textOf } from './field.ts'
import { numberText } from './number-text.ts'
import { describeJson, type RecordDocument } from './record-text.ts'
import { compileInstant } from './time-field.ts'

export type AttributesReader = (document: RecordDocument) => readonly AttributeValue[] | Rejection

type AttributeReader = (document: RecordDocument) => AttributeValue | Rejection

/** Reads one value for each of the process's attributes, in their order. */
export function compileAttributes(process: ProcessDefinition, source: SourceDefinition): AttributesReader {
  const readers = process.attributes.map((attribute, position) =>
    compileAttribute(attribute, source.attributes[position], source.format),
  )
  return document => {
    const values: AttributeValue[] = []
    for (const read of readers) {
      const value = read(document)
      if (typeof value === 'object' && value !== null) return value
      values.push(value)
    }
    return values
  }
}

function compileAttribute(
  { kind, name, decimals = 0 }: AttributeDefinition,
  mapping: FieldPath | InstantMapping | undefined,
  format: SourceDefinition['format'],
): AttributeReader {
  if (mapping === undefined) return () => null
  if ('from' in mapping) {
    const read = compileInstant(mapping, format)
    return document => read(document) ?? null
  }
  const field = compileField(mapping, format)
  if (kind === 'value') return document => scaled(field, document, decimals, 'the value', 'an amount')
  if (kind === 'number') return document => scaled(field, document, decimals, `the number ${name}`, 'a number')
  return document => asWritten(field, document)
}

/**
 * A number that would not be written the same way again stays the text that it was: an id above 2^53, `1.0`. (In a
 * condition such a text still stands for the number that it spells.) Objects and arrays are no values.
 */
function asWritten(field: Field, document: RecordDocument): AttributeValue {
  const value = field.read(document.root)
  if (typeof value === 'boolean') return value
  const text = textOf(value, field, document)
  if (typeof value !== 'number' || text === undefined) return text ?? null
  return String(value) === text ? value : text
}

/**
 * An amount or number as a whole number of its smallest unit, rounded from its decimal digits, halves away from zero.
 *
 * One that is there but cannot be read rejects the record: as null it would silently be missing from every sum.
 */
function scaled(
  field: Field,
  document: RecordDocument,
  decimals: number,
  what: string,
  expected: string,
): number | null | Rejection {
  const value = field.read(document.root)
  if (value === undefined || value === null || value === '') return null
  const text = typeof value === 'number' ? numberText(document, field.path) : typeof value === 'string' ? value : ''
  const found = scaledDecimal(text, decimals, 'half-away')
  if (found !== undefined) return found
  const wanted = `${expected} that fits ${decimals} decimals and 2^53 units`
  return reject('missing-field', `field "${field.name}" (${what}) holds ${describeJson(value)}, not ${wanted}`)
}
