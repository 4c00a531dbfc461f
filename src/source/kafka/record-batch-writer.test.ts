import { createRequire } from 'node:module'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { instant } from '../../event/instant.ts'
import { crc32C } from './kafkajs-internals.ts'
import { partitionOfKey } from './key-partition.ts'
import { readRecords } from './read-records.ts'
import { RecordBatchWriter } from './record-batch-writer.ts'
import { readRecordBatches } from './record-batches.ts'

const require = createRequire(import.meta.url)

const records = fc.array(
  fc.record({
    key: fc.uint8Array({ maxLength: 200 }),
    value: fc.uint8Array({ maxLength: 20_000 }),
    timestamp: fc
      .oneof(fc.integer({ min: 0, max: 2 ** 29 }), fc.integer({ min: 0, max: 20_000 }))
      .map(ms => 1_700_000_000_000 + ms),
  }),
  { minLength: 1, maxLength: 200 },
)

test('what is written is read again, batch after batch, and has its checksum', async () => {
  const writer = new RecordBatchWriter()
  await fc.assert(
    fc.asyncProperty(records, async written => {
      for (const { key, value, timestamp } of written) writer.append(key, value, timestamp)
      expect(writer.count).toBe(written.length)
      const length = writer.byteLength
      const batch = writer.take()
      expect(batch.length).toBe(length)
      expect(batch.readUInt32BE(17)).toBe(crc32C(batch.subarray(21)))
      expect(Number(batch.readBigInt64BE(35))).toBe(Math.max(...written.map(({ timestamp }) => timestamp)))
      const fetched = await readRecordBatches(batch, [], () => Promise.reject(new Error('is not compressed')))
      expect(fetched!.lastOffset).toBe(written.length - 1)
      const read = readRecords(fetched!.batches, 0, instant)
      expect(read.map(({ offset, key, value, timestamp }) => ({ offset, key, value, timestamp }))).toEqual(
        written.map((record, offset) => ({ offset, ...record })),
      )
    }),
    { numRuns: 200 },
  )
})

test('a key goes where the producers of other clients send it', () => {
  const murmur2: (key: Buffer) => number = require('kafkajs/src/producer/partitioners/default/murmur2')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 200 }), (key, partitions) => {
      expect(partitionOfKey(key, partitions)).toBe((murmur2(Buffer.from(key)) & 0x7fffffff) % partitions)
    }),
    { numRuns: 2_000 },
  )
})
