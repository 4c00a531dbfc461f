import { Buffer } from 'node:buffer'
import { expect } from 'vitest'
import type { Decoded } from '../../../src/decode/decoded.ts'
import { DecodedRecord } from '../../../src/decode/decoded-record.ts'
import { compileDecoder } from '../../../src/decode/decoder.ts'
import { compileRecordReader } from '../../../src/decode/record-reader.ts'
import { AttributeTable } from '../../../src/event/attribute-table.ts'
import { instant } from '../../../src/event/instant.ts'
import type { SourceRecord } from '../../../src/event/record.ts'
import { splitAttributes } from '../../../src/model/attribute-split.ts'
import type { ProcessDefinition } from '../../../src/model/definitions.ts'
import { loadDefinitions } from '../../../src/model/load.ts'

/** When the records of these tests were written. */
export const recordAt = Date.UTC(2026, 10, 28, 8)

/** @param mapping of the one source, from its format on. */
export function processOf(mapping: string): ProcessDefinition {
  const text = `process: orders
owner: depot
sources:
  - {topics: [orders], ${mapping}}
activities: [paid, picked]
stages:
  picking: {from: paid, to: picked, by: []}
`
  const { definitions, problems } = loadDefinitions([
    { name: 'orders.yaml', text },
    { name: 'owners.yaml', text: 'depot: {title: Depot}\n' },
  ])
  const [process] = definitions?.processes ?? []
  if (process === undefined) throw new Error(JSON.stringify(problems))
  return process
}

export const recordOf = (value: Uint8Array, more: Partial<SourceRecord> = {}): SourceRecord => ({
  offset: 1,
  key: null,
  value,
  timestamp: instant(recordAt),
  notAfter: instant(recordAt + 600_000),
  ...more,
})

/** What the decoder says, and that the reader which every record goes through says the same. */
export function decode(process: ProcessDefinition, record: SourceRecord): Decoded {
  const [source] = process.sources
  if (source === undefined) throw new Error('a process without a source')
  const decoded = compileDecoder(process, source)(record)
  const split = splitAttributes(process.attributes)
  const table = new AttributeTable(split.labels.map(() => true))
  const newRecord = () => new DecodedRecord(table, split)
  const [read, expected] = [newRecord(), newRecord()]
  compileRecordReader(process, source, table)(record, read)
  expected.fill(decoded)
  const summary = ({ kind, detail, count, at, activities, tuples, caseBytes, caseFrom, caseTo }: DecodedRecord) =>
    kind === 'events'
      ? [count, at[0], activities[0], tuples[0], Buffer.from(caseBytes.subarray(caseFrom, caseTo)).toString()]
      : [kind, kind === 'rejected' && detail]
  expect(summary(read)).toEqual(summary(expected))
  return decoded
}
