import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StoreConnections } from './connection.ts'
import { openEmbedded } from './embedded.ts'

const directory = mkdtempSync(join(tmpdir(), 'stagewatch-embedded-'))
const path = join(directory, 'clickhouse')
let connections: StoreConnections

beforeAll(async () => {
  connections = await openEmbedded(path)
  await connections.writing.command('CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n')
})

afterAll(async () => {
  await connections.reading.close()
  await connections.writing.close()
  rmSync(directory, { recursive: true })
})

const insert = (...numbers: number[]) =>
  connections.writing.insert('t', ['n'], Buffer.from(numbers.map(n => `[${n}]\n`).join('')))

test.each([
  ['insert', 'INSERT INTO t VALUES (1)'],
  ['drop a table', 'DROP TABLE t'],
  ['make a table', 'CREATE TABLE u (n UInt64) ENGINE = MergeTree ORDER BY n'],
  ['lift its own limits', 'SELECT 1 SETTINGS max_memory_usage = 0'],
  ['give itself the right to write', 'SET readonly = 0; SELECT 1'],
  ['select from a file', "SELECT * FROM file('/etc/hostname', 'LineAsString')"],
  ['select from the network', "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')"],
])('the reading session cannot %s', async (_what, statement) => {
  await expect(connections.reading.rows(statement)).rejects.toMatchObject({ type: 'READONLY' })
})

test('a read that fails half way leaves nothing of its answer to the next one', async () => {
  for (const fails of [
    'SELECT number FROM numbers(2000000)',
    'SELECT throwIf(number = 900000) FROM numbers(1000000)',
  ]) {
    const failed = connections.reading.rows(fails)
    const next = connections.reading.rows('SELECT 1 AS one')
    await expect(failed).rejects.toMatchObject({ type: expect.stringMatching(/TOO_MANY_ROWS|THROW_IF/) })
    expect(await next).toEqual([{ one: 1 }])
  }
  await expect(connections.reading.rows('INSERT INTO t VALUES (1)')).rejects.toMatchObject({ type: 'READONLY' })
})

test('a short question is answered while a long one is asked', async () => {
  const order: string[] = []
  const long = connections.reading.rows('SELECT sleep(1)').then(() => order.push('long'))
  await connections.reading.rows('SELECT 1').then(() => order.push('short'))
  await long
  expect(order).toEqual(['short', 'long'])
})

test('what was acknowledged is read at once, also while a long query runs', async () => {
  const long = connections.reading.rows('SELECT sleep(1)')
  await insert(1, 2, 3)
  expect(await connections.writing.rows('SELECT sum(n) AS n FROM t')).toEqual([{ n: 6 }])
  await long
  expect(await connections.reading.rows('SELECT sum(n) AS n FROM t')).toEqual([{ n: 6 }])
})

test('settings of an insert do not stick to the session', async () => {
  await insert(4)
  const setting = "SELECT value FROM system.settings WHERE name = 'max_partitions_per_insert_block'"
  expect(await connections.writing.rows(setting)).toEqual([{ value: '100' }])
})

test('a batch with a line that is none is refused as a whole', async () => {
  const before = await connections.reading.rows('SELECT count() AS n FROM t')
  const lines = Buffer.from('[5]\n["five"]\n')
  await expect(connections.writing.insert('t', ['n'], lines)).rejects.toThrow(/Code: 27/)
  expect(await connections.reading.rows('SELECT count() AS n FROM t')).toEqual(before)
})

test('a second data directory in one process is refused with what to do', async () => {
  await expect(openEmbedded(join(directory, 'other'))).rejects.toThrow(
    /This process already has another embedded store open.*Close the other one first/,
  )
})

test('a path that is no directory is refused with what to do', async () => {
  const file = join(directory, 'file')
  writeFileSync(file, '')
  await expect(openEmbedded(file)).rejects.toThrow(/cannot be used: .*Name a directory that this user may create/)
})
