import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Session } from 'chdb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CaseId } from '../event/event.ts'
import { instant } from '../event/instant.ts'
import type { VisitRow } from '../shard/output.ts'
import { openStore } from './store.ts'

/*
 * The tests install no ClickHouse server, so the engine that answers is the embedded one, behind as much of the server's
 * HTTP interface as the client uses: statements, bound parameters and settings in the address, rows in the body. What
 * only a server does (users, its own limits, changing `readonly` and other settings in one request) is not tried here.
 */
const directory = mkdtempSync(join(tmpdir(), 'stagewatch-server-'))
const requests: URLSearchParams[] = []
let base: Session
let server: Server
let url: string

async function answer(request: IncomingMessage): Promise<Uint8Array> {
  const address = new URL(request.url ?? '/', 'http://localhost').searchParams
  requests.push(address)
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks).toString()
  const statement = address.has('query') ? `${address.get('query')}\n${body}` : body
  const parameters: Record<string, string> = {}
  // A server forgets settings after each request, so each has a session of its own.
  const session = new Session(base.path)
  try {
    for (const [name, value] of address) {
      // The interface takes values escaped, the embedded engine takes them as they are.
      if (name.startsWith('param_')) parameters[name.slice(6)] = value.replaceAll(/\\(.)/g, '$1')
      else if (name === 'database') await session.queryAsync(`USE ${value}`)
      else if (!['query', 'query_id', 'wait_end_of_query'].includes(name))
        await session.queryAsync(`SET ${name} = '${value}'`)
    }
    const bound = Object.keys(parameters).length > 0
    return (await (bound ? session.queryBindAsync(statement, parameters) : session.queryAsync(statement))).bytes()
  } finally {
    session.close()
  }
}

beforeAll(async () => {
  base = new Session(join(directory, 'clickhouse'))
  server = createServer((request, response) => {
    answer(request).then(
      bytes => response.end(bytes),
      (error: Error) => response.writeHead(500).end(error.message),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  await new Promise(resolve => server.close(resolve))
  base.close()
  rmSync(directory, { recursive: true })
})

const address = (change: object = {}) => ({
  kind: 'server' as const,
  url,
  user: 'default',
  password: '',
  database: 'stagewatch',
  ...change,
})

const visit = (change: Partial<VisitRow> = {}): VisitRow => ({
  process: 'orders',
  stage: 'picking',
  case: "it's A;1" as CaseId,
  visit: 1,
  ordinal: 0,
  start: instant(-5),
  end: undefined,
  outcome: 'open',
  reason: undefined,
  durationMs: undefined,
  businessMs: undefined,
  segment: { warehouse: 'WH-1' },
  attributes: { note: 'a"b\\' },
  deleted: false,
  source: 's',
  partition: 0,
  epoch: 3,
  position: 2 ** 48 - 1,
  ...change,
})

test('the same rows go to a server, into a database that is made, and come back', async () => {
  const store = await openStore(address())
  const bytes = Buffer.from([0, 255, 10, 13, 39])
  const letter = {
    process: 'orders',
    topic: 't',
    partition: 0,
    offset: 1,
    reason: 'not-json' as const,
    detail: 'd',
    key: null,
    value: bytes,
  }
  store.write({ visits: [visit(), visit({ stage: 'packing' })], panes: [], measurePanes: [], deadLetters: [letter] })
  await store.flush()
  expect(await store.visitsOfCase('orders', "it's A;1")).toEqual([visit({ stage: 'packing' }), visit()])
  expect(await store.deadLetters('orders', 1)).toEqual([letter])
  expect(await store.counts('orders')).toMatchObject({ visits: 2, openVisits: 2, deadLetters: 1 })
  expect(await store.close()).toEqual({ unwrittenRows: 0 })
  const inserts = requests.filter(request => request.get('query')?.startsWith('INSERT INTO visits'))
  expect(inserts.map(request => request.get('async_insert'))).toEqual(['0'])
  const reads = requests.filter(request => request.get('readonly') === '1')
  expect(reads.every(request => request.get('max_execution_time') === '10')).toBe(true)
  expect(reads.length).toBe(8)

  const again = await openStore(address())
  expect((await again.counts('orders')).visits).toBe(2)
  await again.close()
})

test('a server that does not answer is reported with what to do', async () => {
  const store = openStore(address({ url: 'http://127.0.0.1:9' }))
  await expect(store).rejects.toThrow(/127\.0\.0\.1:9 cannot be used as default: .*ECONNREFUSED.* Check the address/)
})
