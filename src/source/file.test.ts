import { once } from 'node:events'
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RecordingListener } from '../../test/support/source/recording-listener.ts'
import { instant } from '../event/instant.ts'
import { openFileSource } from './file.ts'
import { MAX_LINE_BYTES } from './line-splitter.ts'

const notAfter = instant(Date.UTC(2026, 0, 1))
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagewatch-file-'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function readAll(files: readonly string[], listener = new RecordingListener()): Promise<RecordingListener> {
  const source = openFileSource({ files, topic: 'orders', notAfter })
  await source.start(listener)
  await source.finished
  return listener
}

const lines = (count: number) => Array.from({ length: count }, (_, i) => `{"n":${i}}`)

test('each line is a record whose offset is its number; the end of the file is the end of the log', async () => {
  const listener = await readAll([file('plain.ndjson', '{"n":0}\n\n{"n":2}\r\n{"n":3}')])
  expect(listener.records.map(({ offset }) => offset)).toEqual([0, 2, 3])
  expect(listener.texts()).toEqual(['{"n":0}', '{"n":2}', '{"n":3}'])
  expect(listener.records[0]).toMatchObject({ key: null, timestamp: undefined, notAfter })
  expect(listener.ends.get('orders:0')).toEqual({ endOffset: 4, readTo: 4 })
  expect(listener.changes).toEqual(['assigned orders:0'])
  expect(listener.states.map(({ kind }) => kind)).toEqual(['connecting', 'connected'])
})

test('a gzip file reads as its content does, whatever its name', async () => {
  const text = `${lines(50_000).join('\n')}\n`
  for (const name of ['many.ndjson.gz', 'many.ndjson']) {
    const listener = await readAll([file(name, gzipSync(text))])
    expect(listener.texts()).toEqual(lines(50_000))
    expect(listener.offsetsOf('orders:0')).toEqual(lines(50_000).map((_, i) => i))
  }
})

test('a byte order mark is no part of the first record', async () => {
  const listener = await readAll([file('bom.ndjson', '\uFEFF{"n":0}\n')])
  expect(listener.texts()).toEqual(['{"n":0}'])
})

test('an empty file has no records and ends', async () => {
  const listener = await readAll([file('empty.ndjson', '')])
  expect(listener.records).toEqual([])
  expect(listener.isAtEnd('orders:0')).toBe(true)
})

test('several files are several partitions, each with its own offsets', async () => {
  const files = [file('a.ndjson', 'a0\na1\n'), file('b.ndjson', 'b0\n')]
  const listener = await readAll(files, new RecordingListener({ 'orders:0': 1 }))
  expect(listener.offsetsOf('orders:0')).toEqual([1])
  expect(listener.offsetsOf('orders:1')).toEqual([0])
})

test('a line over the limit arrives cut, so that it is seen to be too large, and the next one whole', async () => {
  const path = join(folder, 'long.ndjson')
  const writing = createWriteStream(path)
  for (let i = 0; i < 18; i++) writing.write(Buffer.alloc(1024 * 1024, 120))
  writing.end('\n{"n":1}\n')
  await once(writing, 'finish')
  const listener = await readAll([path])
  expect(listener.records.map(({ offset, value }) => [offset, value!.length])).toEqual([
    [0, MAX_LINE_BYTES + 1],
    [1, 7],
  ])
})

test('a listener that is busy holds the file back', async () => {
  const listener = new RecordingListener()
  listener.hold('orders:0')
  const source = openFileSource({ files: [file('held.ndjson', lines(200_000).join('\n'))], topic: 'orders', notAfter })
  await source.start(listener)
  await listener.until(() => listener.batches.length === 1)
  expect(listener.isAtEnd('orders:0')).toBe(false)
  expect(listener.batches).toHaveLength(1)
  listener.release('orders:0')
  await source.finished
  expect(listener.records).toHaveLength(200_000)
})

test('a stopped source hands over nothing more and is finished', async () => {
  const listener = new RecordingListener()
  listener.hold('orders:0')
  const source = openFileSource({
    files: [file('stopped.ndjson', lines(200_000).join('\n'))],
    topic: 'orders',
    notAfter,
  })
  await source.start(listener)
  await listener.until(() => listener.batches.length === 1)
  await source.stop()
  await source.finished
  listener.release('orders:0')
  await new Promise(setImmediate)
  expect(listener.batches).toHaveLength(1)
})

test('what the listener throws ends the source', async () => {
  const listener = new RecordingListener()
  listener.batch = async () => {
    throw new Error('the disk is full')
  }
  await expect(readAll([file('thrown.ndjson', 'a\n')], listener)).rejects.toThrow('the disk is full')
})

test.each([
  ['a missing file', () => join(folder, 'nowhere.ndjson'), /nowhere\.ndjson does not exist; check the path/],
  ['a directory', () => folder, /is a directory; name the files in it/],
  ['a zstd file', () => file('x.zst', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0])), /is zstd-compressed; unpack it first/],
  ['a zip file', () => file('x.zip', Buffer.from('PK\u0003\u0004')), /is zip-compressed; unpack it first/],
])('%s is refused at the start with a remedy', async (_, path, message) => {
  await expect(readAll([path()])).rejects.toThrow(message)
})

test('a gzip file that is cut off gives its lines, then says where it ends', async () => {
  const whole = gzipSync(lines(100_000).join('\n'))
  const listener = new RecordingListener()
  const path = file('cut.ndjson.gz', whole.subarray(0, Math.floor(whole.length / 2)))
  await expect(readAll([path], listener)).rejects.toThrow(
    /cut\.ndjson\.gz is cut off: its gzip data ends early, after \d+ complete lines; copy it again/,
  )
  expect(listener.texts()).toEqual(lines(listener.records.length))
  expect(listener.records.length).toBeGreaterThan(10_000)
})

test('an empty .gz and a damaged one say so', async () => {
  await expect(readAll([file('nothing.ndjson.gz', '')])).rejects.toThrow(/is cut off/)
  const damaged = gzipSync(lines(100_000).join('\n'))
  damaged.fill(0xff, 1_000, 2_000)
  await expect(readAll([file('damaged.ndjson.gz', damaged)])).rejects.toThrow(/is damaged: .*; copy it again/)
})
