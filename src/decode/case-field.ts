import { Buffer, isUtf8 } from 'node:buffer'
import type { CaseId } from '../event/event.ts'
import type { SourceRecord } from '../event/record.ts'
import { schemaIdOf } from '../event/wire-format.ts'
import type { FieldPath, SourceDefinition } from '../model/definitions.ts'
import { type Rejection, reject } from './decoded.ts'
import type { RecordFormat } from './envelope.ts'
import { compileField, type Field, textOf } from './field.ts'
import { describeJson, type RecordDocument } from './record-text.ts'

export type CaseReader = (document: RecordDocument, record: SourceRecord) => CaseId | Rejection

export function compileCase(mapping: SourceDefinition['case'], format: RecordFormat): CaseReader {
  if (mapping === '$key') return (_, record) => keyText(record.key)
  const paths: readonly FieldPath[] = mapping
  const fields = paths.map(path => compileField(path, format))
  const [only] = fields
  if (only === undefined) throw new RangeError('a case needs at least one field')
  if (fields.length === 1) return document => part(only, document)
  return document => {
    const parts: string[] = []
    for (const field of fields) {
      const text = part(field, document)
      if (typeof text === 'object') return text
      parts.push(text)
    }
    return parts.join('/') as CaseId
  }
}

function part(field: Field, document: RecordDocument): CaseId | Rejection {
  const value = field.read(document.root)
  const text = textOf(value, field, document)
  if (text !== undefined && text !== '') return text as CaseId
  return value === undefined || value === null || value === ''
    ? reject('missing-field', `field "${field.name}" (the case) is missing`)
    : reject('missing-field', `field "${field.name}" (the case) holds ${describeJson(value)}, not a text or number`)
}

function keyText(key: Uint8Array | null): CaseId | Rejection {
  if (key === null || key.byteLength === 0) return reject('missing-field', 'the record has no key (the case)')
  if (schemaIdOf(key) !== undefined) {
    const why = 'is in the frame of a schema registry, which is not opened: name a field of the value as the case'
    return reject('missing-field', `the record's key (the case) ${why}`)
  }
  if (!isUtf8(key)) return reject('missing-field', "the record's key (the case) is not UTF-8 text")
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('utf8') as CaseId
}
