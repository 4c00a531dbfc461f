import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSnapshots, savedAtIn } from './snapshots.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-snapshots-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

const files = () => readdirSync(directory).sort()
const damage = (file: string, change: (bytes: Buffer) => Buffer) =>
  writeFileSync(join(directory, file), change(readFileSync(join(directory, file))))

test('a snapshot comes back with its maps, typed arrays, bigints and undefined', async () => {
  const payload = {
    cases: new Map([['A', { at: -1, next: undefined }]]),
    bytes: new Float64Array([1, -0]),
    big: 2n ** 70n,
  }
  const snapshots = await openSnapshots(directory)
  await snapshots.save('orders/0', payload)
  expect(await snapshots.load('orders/0')).toEqual({ kind: 'loaded', payload, pages: [], damaged: [] })
  expect(await (await openSnapshots(directory)).load('orders/0')).toEqual({
    kind: 'loaded',
    payload,
    pages: [],
    damaged: [],
  })
})

test('the payload is taken as it is when saved', async () => {
  const snapshots = await openSnapshots(directory)
  const payload = { offset: 1 }
  const saved = snapshots.save('shard', payload)
  payload.offset = 2
  await saved
  expect(await snapshots.load('shard')).toMatchObject({ payload: { offset: 1 } })
})

test('pages come back beside the payload, word for word', async () => {
  const snapshots = await openSnapshots(directory)
  const pages = [new Int32Array([1, -2, 3]), new Int32Array(0), new Int32Array(300_000).fill(7).subarray(1, 200_001)]
  await snapshots.save('shard', { offset: 1 }, pages)
  const loaded = await snapshots.load('shard')
  expect(loaded).toMatchObject({ kind: 'loaded', payload: { offset: 1 } })
  expect(loaded.kind === 'loaded' && loaded.pages).toEqual(pages.map(page => Int32Array.from(page)))
})

test('names that differ are different snapshots, whatever they hold', async () => {
  const snapshots = await openSnapshots(directory)
  const names = ['a/1', 'a-1', 'a.1', '../a', '订单/0', '订单/1', '', 'x'.repeat(500), `${'x'.repeat(500)}y`]
  for (const name of names) await snapshots.save(name, name)
  for (const name of names) expect(await snapshots.load(name)).toMatchObject({ payload: name })
  expect(files().length).toBe(names.length)
  expect(await snapshots.load('b')).toEqual({ kind: 'none', damaged: [] })
})

test('the last three are kept, also when saved all at once', async () => {
  const snapshots = await openSnapshots(directory)
  await Promise.all([1, 2, 3, 4, 5].map(offset => snapshots.save('shard', { offset })))
  expect(files().length).toBe(3)
  expect(await snapshots.load('shard')).toMatchObject({ payload: { offset: 5 } })
  await (await openSnapshots(directory)).save('shard', { offset: 6 })
  expect(files().length).toBe(3)
  expect(await snapshots.load('shard')).toMatchObject({ payload: { offset: 6 } })
})

test('a damaged snapshot is passed over, named with what is wrong, for the one before', async () => {
  const snapshots = await openSnapshots(directory)
  for (const offset of [1, 2, 3]) await snapshots.save('shard', { offset })
  const [oldest = '', middle = '', newest = ''] = files()
  damage(newest, bytes => bytes.subarray(0, bytes.length - 1))
  damage(middle, bytes => {
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1
    return bytes
  })
  expect(await snapshots.load('shard')).toEqual({
    kind: 'loaded',
    pages: [],
    payload: { offset: 1 },
    damaged: [
      { file: join(directory, newest), problem: 'its length is not the one it was written with' },
      { file: join(directory, middle), problem: 'it does not match its checksum' },
    ],
  })
  damage(oldest, bytes => {
    bytes.writeUInt32LE(9, 8)
    return bytes
  })
  damage(middle, () => Buffer.alloc(0))
  const none = await snapshots.load('shard')
  expect(none.kind).toBe('none')
  expect(none.damaged.map(({ problem }) => problem)).toEqual([
    'its length is not the one it was written with',
    'it is no snapshot',
    'its format is 9, this release reads 4',
  ])
})

test('half a snapshot that a killed process left aside is never read, and is removed', async () => {
  const snapshots = await openSnapshots(directory)
  await snapshots.save('shard', 1)
  const [file = ''] = files()
  writeFileSync(join(directory, `${file.replace('1.snapshot', '2.snapshot')}.part`), 'half')
  expect(await (await openSnapshots(directory)).load('shard')).toMatchObject({ payload: 1, damaged: [] })
  expect(files()).toEqual([file])
})

test('a snapshot that cannot be written is reported, and the next one succeeds', async () => {
  const snapshots = await openSnapshots(directory)
  await snapshots.save('shard', 1)
  rmSync(directory, { recursive: true })
  await expect(snapshots.save('shard', 2)).rejects.toThrow('ENOENT')
  const again = await openSnapshots(directory)
  await snapshots.save('shard', 3)
  expect(await again.load('shard')).toMatchObject({ payload: 3 })
})

test('when the newest snapshot of a name was written is known without reading it', async () => {
  const snapshots = await openSnapshots(directory)
  expect(await savedAtIn(directory, 'orders/0')).toBeUndefined()
  await snapshots.save('orders/0', 1)
  await snapshots.save('orders/0', 2)
  await snapshots.save('orders/1', 3)
  const [older, newer] = files().filter(file => file.startsWith('orders-0'))
  utimesSync(join(directory, older!), 9_000, 9_000)
  utimesSync(join(directory, newer!), 5_000, 5_000)
  expect(await savedAtIn(directory, 'orders/0')).toBe(5_000_000)
})
