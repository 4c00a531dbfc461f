import { expect, test } from 'vitest'
import { RecordingListener } from '../../../test/support/source/recording-listener.ts'
import { instant } from '../../event/instant.ts'
import type { RecordBatch } from '../../event/record.ts'
import type { KeptRecord } from '../../shard/output.ts'
import type { Source, SourceListener } from '../../source/source.ts'
import { type ReadStored, withStoredRecords } from './stored-records.ts'

const id = { topic: 'orders', partition: 0 }
const key = 'orders:0'

const kept = (offset: number): KeptRecord => ({
  ...id,
  process: 'orders',
  offset,
  timestamp: instant(offset),
  key: null,
  value: Buffer.from(String(offset)),
})

const batchOf = (...offsets: readonly number[]): RecordBatch => ({
  ...id,
  records: offsets.map(offset => ({
    offset,
    key: null,
    value: Buffer.from(String(offset)),
    timestamp: undefined,
    notAfter: instant(Infinity),
  })),
})

/** A log from 20 to 30, handed over by the test. */
class Log {
  listener!: SourceListener
  #finish!: () => void
  readonly source: Source = {
    start: async listener => {
      this.listener = listener
    },
    stop: async () => this.#finish(),
    finished: new Promise(resolve => {
      this.#finish = resolve
    }),
  }

  assign() {
    const log = { low: 20, high: 30, topicId: undefined, offsetAt: async () => 20 }
    return this.listener.assigned([{ ...id, log }])
  }
}

async function open(from: number, read: ReadStored) {
  const log = new Log()
  const listener = new RecordingListener({ [key]: from })
  const source = withStoredRecords(log.source, read, () => 1_000)
  await source.start(listener)
  return { log, listener, source, positions: await log.assign() }
}

/** Pages of three records. */
const stored: ReadStored = async function* (_partition, from, before) {
  for (let at = from; at < before; at += 3) {
    yield [at, at + 1, at + 2].filter(offset => offset < before).map(kept)
  }
}

test('what the log no longer holds comes from the store, and then the log goes on at its first record', async () => {
  const { log, listener, positions, source } = await open(5, stored)
  expect([...positions]).toEqual([[key, 20]])
  await log.listener.batch(batchOf(20, 22))
  expect(listener.offsetsOf(key)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22])
  expect(listener.records[0]!.notAfter).toBe(601_000)
  await source.stop()
})

test('a partition is not told to be at its end before the records of the store have been handed over', async () => {
  const { log, listener, source } = await open(5, stored)
  listener.hold(key)
  await listener.until(() => listener.batches.length > 0)
  log.listener.end(id, 20, 20)
  expect(listener.isAtEnd(key)).toBe(false)
  listener.release(key)
  await listener.until(() => listener.records.length === 15)
  await log.listener.batch(batchOf(20))
  log.listener.end(id, 21, 21)
  expect(listener.isAtEnd(key)).toBe(true)
  await source.stop()
})

test('a position that the log holds is left to the log', async () => {
  const { log, listener, positions, source } = await open(25, () => {
    throw new Error('the store was asked')
  })
  expect([...positions]).toEqual([[key, 25]])
  await log.listener.batch(batchOf(25))
  expect(listener.offsetsOf(key)).toEqual([25])
  await source.stop()
})

test('a store that fails ends the source, also where the log brings nothing more', async () => {
  const { source, log } = await open(5, async function* () {
    yield [kept(5)]
    throw new Error('the store is gone')
  })
  await expect(source.finished).rejects.toThrow('the store is gone')
  await expect(log.listener.batch(batchOf(20))).rejects.toThrow('the store is gone')
})

test.each(['stopped', 'revoked'])('once %s nothing of the log is taken for what would have followed', async how => {
  const { log, listener, source } = await open(5, stored)
  listener.hold(key)
  await listener.until(() => listener.batches.length > 0)
  const late = log.listener.batch(batchOf(20))
  if (how === 'stopped') await source.stop()
  else await log.listener.revoked([id])
  listener.release(key)
  await late
  expect(listener.offsetsOf(key)).toEqual([5, 6, 7])
  await source.stop()
  await source.finished
})
