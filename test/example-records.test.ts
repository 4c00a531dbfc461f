import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadRules } from '../src/app/rules-folder.ts'
import { DecodedRecord } from '../src/decode/decoded-record.ts'
import { compileRecordReader } from '../src/decode/record-reader.ts'
import { AttributeTable } from '../src/event/attribute-table.ts'
import { instant } from '../src/event/instant.ts'
import { splitAttributes } from '../src/model/attribute-split.ts'
import { isProcessFile } from '../src/model/load.ts'
import { exampleRecord } from '../src/protocol/example-record.ts'

const rules = fileURLToPath(new URL('../rules/', import.meta.url))
const processFiles = readdirSync(rules, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.yaml') && isProcessFile(name))
  .sort()
const processes = [...new Set(processFiles.map(file => dirname(join(rules, file))))].flatMap(
  folder => loadRules(folder).definitions.processes,
)
const now = instant(Date.UTC(2026, 10, 23, 7))

test('every process file that is shipped is among those whose examples are tried', () => {
  expect(processes.map(({ position }) => position.file).sort()).toEqual(processFiles.map(file => join(rules, file)))
  expect(processes.length).toBeGreaterThanOrEqual(6)
})

test.each(processes.flatMap(process => process.sources.map((source, index) => ({ process, source, index }))))(
  'the example record of $process.name, source $index, is counted',
  ({ process, source }) => {
    const example = exampleRecord(process, source, now)
    if (example === undefined) throw new Error('no example record was found')
    const split = splitAttributes(process.attributes)
    const table = new AttributeTable(split.labels.map(() => true))
    const read = new DecodedRecord(table, split)
    compileRecordReader(
      process,
      source,
      table,
    )(
      {
        offset: 0,
        key: example.key === null ? null : Buffer.from(example.key),
        value: Buffer.from(example.value),
        timestamp: now,
        notAfter: now,
      },
      read,
    )
    expect([read.kind, read.count, read.ignored, read.detail]).toEqual(['events', 1, [], ''])
    expect(read.at[0]).toBe(now)
  },
)
