import { createRequire } from 'node:module'
import * as fc from 'fast-check'
import kafkajs, { type Batch, type KafkaMessage } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import {
  marker,
  plainBatch,
  plainRecord,
  type WrittenBatch,
  type WrittenPartition,
  type WrittenRecord,
  writeBatch,
  writeFetchResponse,
} from '../../../test/support/kafka/record-batch.ts'
import { instant } from '../../event/instant.ts'
import type { RecordHeaders } from '../../event/record.ts'
import { headersOf, kafkajsHeaders } from './headers.ts'
import { decodeFetchResponse, fetchedBatches } from './kafkajs-fetch.ts'
import { readRecords } from './read-records.ts'

const require = createRequire(import.meta.url)

/** What kafkajs does with a fetched partition before it hands it over. */
const KafkajsBatch: new (
  topic: string,
  fetchedOffset: string,
  partition: unknown,
) => Batch & { isEmptyDueToFiltering(): boolean } = require('kafkajs/src/consumer/batch')

const kafkajsResponse: { decode: (payload: Buffer) => Promise<Awaited<ReturnType<typeof decodeFetchResponse>>> } =
  require('kafkajs/src/protocol/requests/fetch/v11/response')

type Read = {
  offset: number
  key: string | null
  value: string | null
  headers: readonly (readonly [string, string | null])[]
  timestamp: number | undefined
}

const hexOf = (headers: RecordHeaders) => headers.map(([name, value]) => [name, hex(value)] as const)

const hex = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString('hex'))

async function readByKafkajs(
  payload: Buffer,
  from: number,
): Promise<{ readonly batch: Batch; readonly records: Read[] }> {
  const { responses } = await kafkajsResponse.decode(payload)
  const batch = new KafkajsBatch('orders', String(from), responses[0]!.partitions[0])
  const records = batch.messages.map(({ offset, key, value, headers = {}, timestamp }) => ({
    offset: Number(offset),
    key: hex(key),
    value: hex(value),
    headers: hexOf(headersOf(headers)),
    timestamp: Number(timestamp) < 0 ? undefined : Number(timestamp),
  }))
  return { batch, records }
}

async function readByOurs(payload: Buffer, from: number) {
  const { responses } = await decodeFetchResponse(payload)
  const batch = new KafkajsBatch('orders', String(from), responses[0]!.partitions[0])
  const fetched = fetchedBatches(batch) ?? []
  const records: Read[] = readRecords(fetched, from, instant, true).map(
    ({ offset, key, value, headers = [], timestamp }) => ({
      offset,
      key: hex(key),
      value: hex(value),
      // kafkajs gathers the values of one name.
      headers: hexOf(headersOf(kafkajsHeaders(headers))),
      timestamp,
    }),
  )
  return { batch, records }
}

const responseOf = (batches: readonly WrittenBatch[], more: Partial<WrittenPartition> = {}): Buffer =>
  writeFetchResponse('orders', [
    { partition: 3, highWatermark: 1_000, aborted: [], bytes: Buffer.concat(batches.map(writeBatch)), ...more },
  ])

const bytes = fc.option(fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 60, maxLength: 200 })), {
  nil: null,
})

/** Of less kafkajs reads the format where there is nothing. */
const LEAST_BYTES = 17

/** Steps of offsets and times, those at which one more byte is needed among them. */
const atLimits = (bits: number) =>
  fc.integer({ min: 0, max: bits }).chain(bit => fc.constantFrom(2 ** bit - 1, 2 ** bit, 2 ** bit + 1))

const record = fc.record({
  gap: fc.oneof(fc.constant(0), fc.constant(0), fc.nat(5), atLimits(17)),
  timestampDelta: fc.oneof(
    fc.integer({ min: -1_000, max: 1_000 }),
    atLimits(50),
    atLimits(49).map(value => -value),
  ),
  // A key of four zeros is what kafkajs takes for an abort marker, wherever it stands; see below.
  key: bytes.filter(key => hex(key) !== '00000000'),
  value: bytes,
  headers: fc.array(fc.tuple(fc.string({ maxLength: 5 }), fc.uint8Array({ maxLength: 70 })), { maxLength: 3 }),
})

const drawnBatch = fc.record({
  gapBefore: fc.nat(3),
  gapBehind: fc.nat(3),
  producerId: fc.nat(2),
  act: fc.constantFrom('write', 'write', 'write outside', 'abort', 'commit'),
  codec: fc.constantFrom('none', 'gzip'),
  isAppendTime: fc.boolean(),
  baseTimestamp: fc.oneof(fc.constant(-1), fc.nat(2_000_000_000), fc.constant(1_700_000_000_000)),
  records: fc.array(record, { minLength: 1, maxLength: 8 }),
})

/** A log as a broker would have it: transactions of three producers that overlap, some aborted. */
function writeLog(drawn: readonly (typeof drawnBatch extends fc.Arbitrary<infer T> ? T : never)[], start: number) {
  const batches: WrittenBatch[] = []
  const aborted: { producerId: number; firstOffset: number }[] = []
  const begun = new Map<number, number>()
  let next = start
  for (const { gapBefore, gapBehind, act, producerId, records, ...common } of drawn) {
    const baseOffset = next + gapBefore
    const isControl = act === 'abort' || act === 'commit'
    let offsetDelta = -1
    const written: WrittenRecord[] = isControl
      ? [marker(act)]
      : records.map(({ gap, ...more }) => {
          offsetDelta += 1 + gap
          return { ...more, offsetDelta }
        })
    const lastOffsetDelta = isControl ? 0 : offsetDelta + gapBehind
    batches.push({
      ...plainBatch,
      ...common,
      codec: isControl ? 'none' : (common.codec as 'none' | 'gzip'),
      baseOffset,
      lastOffsetDelta,
      isTransactional: act !== 'write outside',
      isControl,
      producerId,
      maxTimestamp: 1_700_000_123_456,
      records: written,
    })
    if (act === 'write' && !begun.has(producerId)) begun.set(producerId, baseOffset)
    const firstOffset = begun.get(producerId)
    if (act === 'abort' && firstOffset !== undefined) aborted.push({ producerId, firstOffset })
    if (isControl) begun.delete(producerId)
    next = baseOffset + lastOffsetDelta + 1
  }
  aborted.sort((left, right) => left.firstOffset - right.firstOffset)
  return { batches, aborted, next }
}

describe('the records of a fetch', () => {
  test('are those that kafkajs would have read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(drawnBatch, { minLength: 1, maxLength: 6 }),
        fc.oneof(fc.nat(100), fc.constantFrom(2 ** 31 - 2, 2 ** 32 - 1, 2 ** 40)),
        fc.nat(3),
        fc.nat(90),
        async (drawn, start, skipped, cutOff) => {
          const { batches, aborted } = writeLog(drawn, start)
          // With each record kafkajs enters one aborted transaction at most, so of two that lie close it lets records through.
          fc.pre(aborted.length < 2)
          const whole = Buffer.concat(batches.map(writeBatch))
          const payload = responseOf([], {
            aborted,
            bytes: whole.subarray(0, Math.max(LEAST_BYTES, whole.length - cutOff)),
          })
          const from = batches[0]!.baseOffset + skipped
          const ours = await readByOurs(payload, from)
          const theirs = await readByKafkajs(payload, from)
          expect(ours.records).toEqual(theirs.records)
          expect(ours.batch.highWatermark).toBe(theirs.batch.highWatermark)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('leave off at the end of the last whole batch, whatever of it is still there', async () => {
    const compacted = {
      ...plainBatch,
      baseOffset: 10,
      lastOffsetDelta: 9,
      records: [{ ...plainRecord, offsetDelta: 2 }],
    }
    const { batch, records } = await readByOurs(responseOf([compacted]), 10)
    expect(records.map(({ offset }) => offset)).toEqual([12])
    expect(batch.lastOffset()).toBe('19')
  })

  test('of a batch from which compaction has taken every record are none, and reading goes on behind it', async () => {
    const empty = { ...plainBatch, baseOffset: 10, lastOffsetDelta: 9 }
    const { batch } = await readByOurs(responseOf([empty]), 10)
    expect(batch.messages).toEqual([])
    expect(batch.lastOffset()).toBe('19')
    // This is what makes kafkajs go on.
    expect((batch as InstanceType<typeof KafkajsBatch>).isEmptyDueToFiltering()).toBe(true)
  })

  test('of every transaction that was aborted are left out, also where two had begun before the fetch', async () => {
    const write = (baseOffset: number, producerId: number): WrittenBatch => ({
      ...plainBatch,
      baseOffset,
      producerId,
      isTransactional: true,
      records: [{ ...plainRecord, value: Buffer.from(`of ${producerId}`) }],
    })
    const aborted = [
      { producerId: 1, firstOffset: 4 },
      { producerId: 2, firstOffset: 7 },
    ]
    const { records } = await readByOurs(responseOf([write(20, 2), write(21, 1), write(22, 3)], { aborted }), 20)
    expect(records.map(({ offset }) => offset)).toEqual([22])
  })

  test('of an aborted transaction are left out also behind a key of four zeros, which only looks like a marker', async () => {
    const transactional = { ...plainBatch, lastOffsetDelta: 1, producerId: 1, isTransactional: true }
    const records = [
      { ...plainRecord, key: Buffer.alloc(4) },
      { ...plainRecord, offsetDelta: 1 },
    ]
    const payload = responseOf([{ ...transactional, records }], { aborted: [{ producerId: 1, firstOffset: 0 }] })
    expect((await readByOurs(payload, 0)).records).toEqual([])
  })

  test('are none where a fetch holds too little of the first batch to tell its format', async () => {
    const { batch } = await readByOurs(
      responseOf([], { bytes: writeBatch(plainBatch).subarray(0, LEAST_BYTES - 1) }),
      0,
    )
    expect(batch.messages).toEqual([])
  })

  test('share the bytes that were fetched', async () => {
    const payload = responseOf([
      { ...plainBatch, records: [{ ...plainRecord, key: Buffer.from('k'), value: Buffer.from('v') }] },
    ])
    const { responses } = await decodeFetchResponse(payload)
    const [first] = readRecords(
      fetchedBatches(new KafkajsBatch('orders', '0', responses[0]!.partitions[0]))!,
      0,
      instant,
    )
    expect(first!.key!.buffer).toBe(payload.buffer)
    expect(first!.value!.buffer).toBe(payload.buffer)
  })

  test('of the formats before 0.11 are read by kafkajs', async () => {
    const old = Buffer.alloc(12 + 22)
    old.writeBigInt64BE(7n)
    old.writeInt32BE(22, 8)
    // Behind the checksum: magic 1, no attributes, the time, then key and value, both null.
    old[16] = 1
    old.writeBigInt64BE(1_700_000_000_000n, 18)
    old.writeInt32BE(-1, 26)
    old.writeInt32BE(-1, 30)
    const { responses } = await decodeFetchResponse(responseOf([], { bytes: old }))
    const batch = new KafkajsBatch('orders', '7', responses[0]!.partitions[0])
    expect(fetchedBatches(batch)).toBeUndefined()
    expect(batch.messages.map(({ offset, timestamp }: KafkaMessage) => [offset, timestamp])).toEqual([
      ['7', '1700000000000'],
    ])
  })
})

describe('bytes that make no sense', () => {
  const good: WrittenBatch = {
    ...plainBatch,
    baseOffset: 40,
    records: [{ ...plainRecord, key: Buffer.from('key'), value: Buffer.from('value') }],
  }
  const changed = (at: number, byte: number): Buffer => {
    const written = writeBatch(good)
    written[at] = byte
    return responseOf([], { bytes: written })
  }

  test.each([
    ['a record longer than its batch', 61, 0x7e, 'of its 1 records number 1 reaches beyond its end'],
    ['a key longer than its record', 65, 0x7e, 'of its 1 records number 1 reaches beyond its end'],
    ['a value longer than its record', 69, 0x7e, 'of its 1 records number 1 reaches beyond its end'],
    ['more records than there are', 60, 2, 'of its 2 records number 2 reaches beyond its end'],
    ['a batch shorter than its header', 11, 10, 'its length is 22 bytes'],
  ])('are an error, never a record: %s', async (_, at, byte, how) => {
    await expect(readByOurs(changed(at, byte), 0)).rejects.toThrow(
      `the batch of records at offset 40 is damaged: ${how}`,
    )
  })

  test('never give anything beyond the batch, whichever byte is wrong', async () => {
    const written = writeBatch({
      ...good,
      records: [...good.records, { ...plainRecord, offsetDelta: 1, value: Buffer.from('second') }],
    })
    const behind = writeBatch({
      ...plainBatch,
      baseOffset: 50,
      records: [{ ...plainRecord, value: Buffer.from('another batch') }],
    })
    for (let at = 61; at < written.length; at++) {
      for (let byte = 0; byte < 256; byte++) {
        const wrong = Buffer.from(written)
        wrong[at] = byte
        const read = readByOurs(responseOf([], { bytes: Buffer.concat([wrong, behind]) }), -(2 ** 40))
        const records = await read.then(
          ({ records }) => records.slice(0, 2),
          () => [],
        )
        for (const { value } of records) expect(Buffer.from(value ?? '', 'hex').toString()).not.toContain('another')
      }
    }
  })

  test('name the partition where a response holds them', async () => {
    await expect(decodeFetchResponse(changed(11, 10))).rejects.toThrow(
      'topic "orders", partition 3: the batch of records',
    )
  })

  test('of a compression that nobody knows are an error with a remedy', async () => {
    await expect(decodeFetchResponse(changed(22, 7))).rejects.toMatchObject({
      failure: {
        reason: 'topic "orders", partition 3: records are compressed in a way that is not known (number 7)',
        remedy: expect.stringContaining('compression.type'),
        retrying: false,
      },
    })
  })
})

test('kafkajs is the version whose internals are known, and asks for fetches as we read them', () => {
  expect(require('kafkajs/package.json').version).toBe('2.2.4')
  expect(require('../../../package.json').dependencies.kafkajs).toBe('2.2.4')
  const { versions } = require('kafkajs/src/protocol/requests/fetch')
  expect(Math.max(...versions.map(Number))).toBe(11)
  expect(kafkajs.CompressionTypes).toMatchObject({ None: 0, GZIP: 1, Snappy: 2, LZ4: 3, ZSTD: 4 })
})
