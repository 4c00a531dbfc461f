import { createClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Front, openFront } from './open-clickhouse.ts'

/** What stands in for a server has to behave like one: each answer here is known of ClickHouse's HTTP interface. */
let front: Front

beforeAll(async () => {
  front = await openFront()
  const { status } = await ask('CREATE TABLE numbers (n UInt64) ENGINE = ReplacingMergeTree ORDER BY n')
  expect(status).toBe(200)
})

afterAll(() => front.close())

const basic = (user: string, password: string) => ({
  Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})

async function ask(body: string, address: Record<string, string> = {}, init: RequestInit = {}) {
  const query = new URLSearchParams(address)
  const response = await fetch(`${front.url}/?${query}`, {
    method: 'POST',
    headers: basic(front.user, front.password),
    ...(init.method === 'GET' ? {} : { body }),
    ...init,
  })
  return {
    status: response.status,
    code: response.headers.get('x-clickhouse-exception-code'),
    text: await response.text(),
  }
}

const get = (query: string, address = {}) => ask('', { query, ...address }, { method: 'GET' })
const count = async () => Number((await get('SELECT count() FROM numbers FINAL')).text)

test('a statement stands in the address, in the body, or in both', async () => {
  expect(await get('SELECT 1 AS one FORMAT JSONEachRow')).toEqual({ status: 200, code: null, text: '{"one":1}\n' })
  expect((await ask('SELECT 2')).text).toBe('2\n')
  const before = await count()
  await ask('[7001]\n[7002]\n', { query: 'INSERT INTO numbers (n) FORMAT JSONCompactEachRow' })
  expect(await count()).toBe(before + 2)
})

test('values are bound as they were, settings hold for one request, the database is the one that is named', async () => {
  const value = 'it\'s\\ {a:String} \n\t"'
  const escaped = 'it\\\'s\\\\ {a:String} \\n\\t"'
  expect((await get('SELECT {a:String} FORMAT JSONCompactEachRow', { param_a: escaped })).text).toBe(
    `${JSON.stringify([value])}\n`,
  )
  const limit = "SELECT getSetting('max_result_rows')"
  expect([(await get(limit, { max_result_rows: '7' })).text, (await get(limit)).text]).toEqual(['7\n', '0\n'])
  expect((await get('SELECT currentDatabase()', { database: 'system' })).text).toBe('system\n')
})

test.each([
  ['a database that is not there', 'SELECT 1', { database: 'none' }, 404, '81'],
  ['a setting that is none', 'SELECT 1', { max_nothing: '1' }, 404, '115'],
  ['a statement that is none', 'SELEKT', {}, 400, '62'],
  ['a write with readonly', 'INSERT INTO numbers (n) VALUES (1)', { readonly: '1' }, 500, '164'],
  ['a time limit', 'SELECT count() FROM numbers(1000000000000)', { max_execution_time: '0.2' }, 408, '159'],
])('%s is an error with its code', async (_what, statement, address, status, code) => {
  const answer = await ask(statement, address as Record<string, string>)
  expect(answer).toMatchObject({ status, code })
  expect(answer.text).toMatch(
    new RegExp(`^Code: ${code}\\. DB::Exception: .*\\([A-Z_]+\\) \\(version 26\\..*\\)\n$`, 's'),
  )
})

test('GET changes nothing', async () => {
  expect(await get('DROP TABLE numbers')).toMatchObject({ status: 500, code: '164' })
})

test('users sign in with their password, in one way only, and have what their profile says', async () => {
  const as = (headers: Record<string, string>, body: string, address = {}) => ask(body, address, { headers })
  expect(await as(basic('stagewatch', 'wrong'), 'SELECT 1')).toMatchObject({ status: 403, code: '516' })
  expect(await as({}, 'SELECT 1')).toMatchObject({
    status: 403,
    text: expect.stringContaining('default: Authentication'),
  })
  const own = { 'X-ClickHouse-User': front.reader.user, 'X-ClickHouse-Key': front.reader.password }
  expect((await as(own, 'SELECT 1', { max_result_rows: '7' })).status).toBe(200)
  expect(await as(own, 'SELECT 1', { readonly: '1' })).toMatchObject({ code: '164' })
  expect(await as(own, 'DROP TABLE numbers')).toMatchObject({ code: '164' })
  expect(await as({ ...own, ...basic('stagewatch', front.password) }, 'SELECT 1')).toMatchObject({ code: '516' })
  const strict = basic(front.strictReader.user, front.strictReader.password)
  expect(await as(strict, 'SELECT 1', { max_result_rows: '7' })).toMatchObject({ code: '164' })
  expect((await as(strict, 'SELECT 1')).status).toBe(200)
})

test('bodies are compressed both ways', async () => {
  const client = createClient({
    url: front.url,
    username: front.user,
    password: front.password,
    compression: { request: true, response: true },
  })
  const rows = Array.from({ length: 5_000 }, (_, nth) => ({ n: 100_000 + nth }))
  await client.insert({ table: 'numbers', values: rows, format: 'JSONEachRow' })
  const result = await client.query({
    query: 'SELECT n FROM numbers WHERE n >= 100000 ORDER BY n',
    format: 'JSONEachRow',
  })
  expect(result.response_headers['content-encoding']).toBe('gzip')
  expect(await result.json()).toEqual(rows)
  await client.close()
})

test('several requests are answered at once', async () => {
  const started = performance.now()
  await Promise.all(Array.from({ length: 8 }, () => ask('SELECT sleep(2)')))
  // One after the other they take 16 s.
  expect(performance.now() - started).toBeLessThan(12_000)
})

test('faults come in the share that was set, the same for the same seed, and are counted', async () => {
  const statuses = async () => {
    await front.fault([{ kind: 'refuse', of: 'inserts', share: 0.5 }], 7)
    const found: number[] = []
    for (let nth = 0; nth < 20; nth++) found.push((await ask(`INSERT INTO numbers (n) VALUES (${nth})`)).status)
    return found
  }
  const first = await statuses()
  expect(new Set(first)).toEqual(new Set([200, 500]))
  expect((await front.report()).injected).toBe(first.filter(status => status === 500).length)
  expect(await statuses()).toEqual(first)
  expect((await get('SELECT 1')).status).toBe(200)
  await front.fault([])
})

test('an insert is refused before it was applied, or loses its answer afterwards', async () => {
  const insertWith = async (kind: 'refuse' | 'lose-answer', n: number) => {
    await front.fault([{ kind, of: 'inserts', share: 1 }])
    expect((await ask(`INSERT INTO numbers (n) VALUES (${n})`)).status).toBe(500)
    await front.fault([])
    return (await get(`SELECT count() FROM numbers WHERE n = ${n}`)).text
  }
  expect(await insertWith('refuse', 500_001)).toBe('0\n')
  expect(await insertWith('lose-answer', 500_002)).toBe('1\n')
})

test('what was acknowledged is there after the process was killed and started again', async () => {
  await ask('INSERT INTO numbers (n) VALUES (600001)')
  await front.kill()
  await expect(ask('SELECT 1')).rejects.toThrow('fetch failed')
  await front.restart()
  expect((await get('SELECT count() FROM numbers WHERE n = 600001')).text).toBe('1\n')
})
