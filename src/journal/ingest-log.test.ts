import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { instant } from '../event/instant.ts'
import { type IngestBatch, type IngestLog, openIngestLog } from './ingest-log.ts'
import type { IngestedRecord } from './ingest-segment.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-ingest-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

const small = { segmentBytes: 1_000, mostBytes: 10_000, keptBytes: 0 }
const segments = () => readdirSync(directory).sort()
const bytes = (text: string) => Buffer.from(text)

const batch = (id: string, values: readonly string[] = [id], at = 1_000): IngestBatch => ({
  id,
  at: instant(at),
  records: values.map(value => ({ key: bytes('k'), value: bytes(value) })),
})

/** All from an offset on, in portions. */
async function readAll(log: IngestLog, from = 0, mostBytes?: number): Promise<IngestedRecord[]> {
  const all: IngestedRecord[] = []
  for (let next = from; ; next = all.at(-1)!.offset + 1) {
    const portion = await log.read(next, mostBytes)
    if (portion.length === 0) return all
    all.push(...portion)
  }
}

const valuesOf = (records: readonly IngestedRecord[]) => records.map(({ value }) => Buffer.from(value!).toString())

test('records come back at their offsets with their bytes and when they were taken in, now and after opening again', async () => {
  const log = await openIngestLog(directory)
  expect([log.beginOffset, log.endOffset, await log.read(0)]).toEqual([0, 0, []])
  const odd = { key: null, value: Buffer.from([0xff, 0x00, 0x80]) }
  const tombstone = { key: bytes('订单-1'), value: null }
  expect(await log.append(batch('a', ['1', '2']))).toEqual({ outcome: 'kept', firstOffset: 0 })
  expect(await log.append({ id: 'b', at: instant(2_000), records: [odd, tombstone] })).toMatchObject({ firstOffset: 2 })
  expect(await log.append(batch('c', ['{"line":"one\\n"}\n']))).toMatchObject({ firstOffset: 4 })
  const expected = [
    { offset: 0, timestamp: 1_000, key: bytes('k'), value: bytes('1') },
    { offset: 1, timestamp: 1_000, key: bytes('k'), value: bytes('2') },
    { offset: 2, timestamp: 2_000, ...odd },
    { offset: 3, timestamp: 2_000, ...tombstone },
    { offset: 4, timestamp: 1_000, key: bytes('k'), value: bytes('{"line":"one\\n"}\n') },
  ]
  expect(await readAll(log)).toEqual(expected)
  await log.close()
  const again = await openIngestLog(directory)
  expect([again.beginOffset, again.endOffset, again.missing, again.tornBytes]).toEqual([0, 5, [], 0])
  expect(await readAll(again, 3)).toEqual(expected.slice(3))
  expect(await again.append(batch('d'))).toMatchObject({ firstOffset: 5 })
  await again.close()
})

test('any bytes come back as they were, read in portions of any size', async () => {
  const record = fc.record({ key: fc.option(fc.uint8Array()), value: fc.option(fc.uint8Array({ maxLength: 300 })) })
  const batches = fc.array(fc.array(record, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 20 })
  let runs = 0
  await fc.assert(
    fc.asyncProperty(batches, fc.integer({ min: 1, max: 2_000 }), async (handedIn, mostBytes) => {
      const own = join(directory, String(runs++))
      const log = await openIngestLog(own, { ...small, segmentBytes: 6_000, mostBytes: 10_000_000 })
      await Promise.all(handedIn.map((records, id) => log.append({ id: String(id), at: instant(1), records })))
      const expected = handedIn.flat().map(({ key, value }, offset) => ({
        offset,
        timestamp: 1,
        key: key && Buffer.from(key),
        value: value && Buffer.from(value),
      }))
      expect(await readAll(log, 0, mostBytes)).toEqual(expected)
      for (const from of [1, 2, expected.length - 1]) expect(await readAll(log, from)).toEqual(expected.slice(from))
      await log.close()
    }),
    { numRuns: 50 },
  )
})

test('batches that arrive together share one sync, in the order in which they came', async () => {
  const log = await openIngestLog(directory)
  const probe = await open(join(directory, 'probe'), 'w')
  const sync = vi.spyOn(Object.getPrototypeOf(probe), 'datasync')
  const answers = await Promise.all(Array.from({ length: 300 }, (_, number) => log.append(batch(String(number)))))
  expect(sync).toHaveBeenCalledTimes(1)
  sync.mockRestore()
  await probe.close()
  expect(answers.map(answer => 'firstOffset' in answer && answer.firstOffset)).toEqual(answers.map((_, index) => index))
  await log.close()
})

test('a batch that is handed in again is answered with its first offset and kept once', async () => {
  const log = await openIngestLog(directory)
  await log.append(batch('a', ['1', '2']))
  // The second of these comes while the first is on its way.
  expect(await Promise.all([log.append(batch('b', ['3'])), log.append(batch('b', ['3']))])).toEqual([
    { outcome: 'kept', firstOffset: 2 },
    { outcome: 'repeated', firstOffset: 2 },
  ])
  expect(await log.append(batch('a', ['1', '2']))).toEqual({ outcome: 'repeated', firstOffset: 0 })
  await log.close()
  const again = await openIngestLog(directory)
  expect(await again.append(batch('b', ['3']))).toEqual({ outcome: 'repeated', firstOffset: 2 })
  expect(valuesOf(await readAll(again))).toEqual(['1', '2', '3'])
  await again.close()
})

test('other records under the same id are refused, not lost, also after opening again; and so is what fits no segment', async () => {
  const log = await openIngestLog(directory, small)
  const others = [log.append(batch('a', ['1'])), log.append(batch('a', ['2']))]
  expect(await Promise.all(others)).toEqual([{ outcome: 'kept', firstOffset: 0 }, { outcome: 'id-taken' }])
  expect(await log.append(batch('a', ['1', '1']))).toEqual({ outcome: 'id-taken' })
  expect(await log.append(batch('long', ['x'.repeat(1_000)]))).toEqual({ outcome: 'too-long' })
  await log.close()
  const again = await openIngestLog(directory, small)
  expect(again.id).toBe(log.id)
  expect(await again.append(batch('a', ['2']))).toEqual({ outcome: 'id-taken' })
  expect(await again.append(batch('a', ['1']))).toEqual({ outcome: 'repeated', firstOffset: 0 })
  expect(valuesOf(await readAll(again))).toEqual(['1'])
  await again.close()
  rmSync(directory, { recursive: true })
  const anew = await openIngestLog(directory, small)
  expect(anew.id).not.toBe(log.id)
  await anew.close()
})

test('segments are of bounded size, and leave when a snapshot covers them; the one before the newest stays', async () => {
  const log = await openIngestLog(directory, small)
  for (let number = 0; number < 40; number++) await log.append(batch(`b${number}`, ['x'.repeat(100)]))
  const names = segments()
  expect(names.length).toBeGreaterThan(5)
  for (const name of names) expect(statSync(join(directory, name)).size).toBeLessThan(1_000 + 400)
  expect(log.bytes).toBe(names.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0))

  const second = Number(/\d+/.exec(names[1]!)?.[0])
  await log.passed(second - 1)
  expect(segments()).toEqual(names)
  await log.passed(second)
  expect(segments()).toEqual(names.slice(1))
  expect(log.beginOffset).toBe(second)
  expect((await readAll(log)).map(({ offset }) => offset)).toEqual(
    Array.from({ length: 40 - second }, (_, index) => second + index),
  )
  // Known while it is kept, and taken for a new one afterwards.
  expect(await log.append(batch(`b${second}`, ['x'.repeat(100)]))).toMatchObject({ outcome: 'repeated' })
  expect(await log.append(batch('b0'))).toMatchObject({ outcome: 'kept', firstOffset: 40 })
  const before = segments()
  await log.passed(41)
  expect(segments()).toEqual(before.slice(-2))
  await log.close()
  const again = await openIngestLog(directory, small)
  expect([again.endOffset, again.missing]).toEqual([41, []])
  expect(await again.append(batch('b39', ['x'.repeat(100)]))).toMatchObject({ outcome: 'repeated', firstOffset: 39 })
  await again.close()
})

test('segments that a snapshot covers stay as long as there is no more than is kept', async () => {
  const keptBytes = 4_000
  const log = await openIngestLog(directory, { ...small, keptBytes })
  for (let number = 0; number < 40; number++) await log.append(batch(`b${number}`, ['x'.repeat(100)]))
  await log.passed(40)
  expect(log.bytes).toBeLessThanOrEqual(keptBytes)
  expect(log.bytes).toBeGreaterThan(keptBytes - 1_400)
  const first = log.beginOffset
  expect(await log.append(batch(`b${first}`, ['x'.repeat(100)]))).toEqual({ outcome: 'repeated', firstOffset: first })
  await log.close()
})

test('a full log refuses and says why, and takes more when a snapshot covers what it holds', async () => {
  const log = await openIngestLog(directory, small)
  const answers = await Promise.all(Array.from({ length: 200 }, (_, number) => log.append(batch(`b${number}`))))
  const kept = answers.filter(({ outcome }) => outcome === 'kept').length
  expect(kept).toBeGreaterThan(20)
  expect(kept).toBeLessThan(200)
  expect(answers.at(-1)).toEqual({
    outcome: 'full',
    reason: expect.stringMatching(
      /^The ingest log in .* of 10000 at most; nothing was kept. Try again when they have been/,
    ),
  })
  expect(log.endOffset).toBe(kept)
  let number = kept
  while ((await log.append(batch(`c${number}`))).outcome === 'kept') number++
  expect(log.bytes).toBeLessThanOrEqual(small.mostBytes)
  expect(log.bytes).toBeGreaterThan(small.mostBytes - 400)
  await log.passed(log.endOffset)
  expect(await log.append(batch('again'))).toMatchObject({ outcome: 'kept', firstOffset: number })
  // What was there is still known, however full it was.
  expect((await readAll(log)).at(-1)?.offset).toBe(number)
  await log.close()
})

test('who has read to the end is told when there is more, and when the log closes', async () => {
  const log = await openIngestLog(directory)
  const told: string[] = []
  const first = log.whenBeyond(0).then(() => told.push('first'))
  const second = log.whenBeyond(1).then(() => told.push('second'))
  await log.append(batch('a'))
  await first
  expect(told).toEqual(['first'])
  await log.whenBeyond(0)
  await log.close()
  await second
  await log.whenBeyond(9)
  expect(told).toEqual(['first', 'second'])
})

test('a bit that flips while the log is open is found by who reads it', async () => {
  const log = await openIngestLog(directory)
  for (let number = 0; number < 5; number++) await log.append(batch(`b${number}`))
  const path = join(directory, segments()[0]!)
  const whole = readFileSync(path)
  const [start] = [...whole.toString().matchAll(/^.*"b3"/gm)].map(({ index }) => index)
  whole[start! + 50]! ^= 4
  writeFileSync(path, whole)
  expect(valuesOf(await log.read(0, 1))).toEqual(['b0'])
  await expect(log.read(2)).rejects.toThrow(`${path} is damaged: line 5 (byte ${start}) does not match its checksum`)
  await log.close()
})

test('an older segment that was cut is refused in the middle of a line, and else named as missing', async () => {
  const log = await openIngestLog(directory, small)
  for (let number = 0; number < 30; number++) await log.append(batch(`b${number}`, ['x'.repeat(100)]))
  await log.close()
  const [, second = '', third = '', fourth = ''] = segments()
  const firstOf = (name: string) => Number(/\d+/.exec(name)?.[0])
  const path = join(directory, second)
  const whole = readFileSync(path)
  truncateSync(path, whole.length - 7)
  const message = String(await openIngestLog(directory, small).catch(error => error))
  expect(message).toContain('will be named as missing')
  truncateSync(path, Number(/truncate -s (\d+)/.exec(message)?.[1]))
  const cut = await openIngestLog(directory, small)
  expect(cut.missing).toEqual([{ from: firstOf(third) - 1, to: firstOf(third) }])
  expect((await readAll(cut)).map(({ offset }) => offset)).toEqual(
    Array.from({ length: 30 }, (_, offset) => offset).filter(offset => offset !== firstOf(third) - 1),
  )
  await cut.close()
  rmSync(join(directory, third))
  const without = await openIngestLog(directory, small)
  expect(without.missing).toEqual([{ from: firstOf(third) - 1, to: firstOf(fourth) }])
  await without.close()
  renameSync(join(directory, second), join(directory, third))
  await expect(openIngestLog(directory, small)).rejects.toThrow(/begins with record \d+, not with the one of its name/)
})

test('a failed write counts for nothing: the next batch gets its offset, and the batch may come again', async () => {
  const log = await openIngestLog(directory)
  await log.append(batch('a'))
  const probe = await open(join(directory, 'probe'), 'w')
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  const write = vi.spyOn(Object.getPrototypeOf(probe), 'write').mockRejectedValueOnce(full)
  const [first, again] = [log.append(batch('b')), log.append(batch('b'))]
  await expect(first).rejects.toThrow(/The ingest log .* no space left on device. Make room .* records were not kept/)
  await expect(again).rejects.toThrow('no space left')
  write.mockRestore()
  await probe.close()
  expect(await log.append(batch('c'))).toEqual({ outcome: 'kept', firstOffset: 1 })
  expect(await log.append(batch('b'))).toEqual({ outcome: 'kept', firstOffset: 2 })
  await log.close()
})
