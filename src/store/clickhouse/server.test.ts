import { afterAll, beforeAll, expect, test } from 'vitest'
import { newCertificates } from '../../../test/support/certificates.ts'
import { type Front, openFront, passwords } from '../../../test/support/clickhouse/open-clickhouse.ts'
import type { CaseId } from '../../event/event.ts'
import { instant } from '../../event/instant.ts'
import type { VisitRow } from '../../shard/output.ts'
import { openStore } from '../store.ts'
import { openServer, type ServerAddress } from './server.ts'

/*
 * What is the server's own: who signs in and how, what stands beside the statements, and what is refused at the start.
 * What a store does is asked of both engines in `store.test.ts`.
 */
let front: Front

beforeAll(async () => {
  front = await openFront()
})

afterAll(() => front.close())

const addressOf = ({ url, user, password }: Front): ServerAddress => ({ url, user, password, database: 'stagewatch' })
const options = (change: Partial<ServerAddress> = {}) => ({ kind: 'server' as const, ...addressOf(front), ...change })

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

const rows = (visits: VisitRow[]) => ({ visits, panes: [], measurePanes: [], deadLetters: [] })

test('rows go into a database that is made, with their settings beside them, and are read under limits', async () => {
  const database = 'made_new'
  const store = await openStore(options({ database }))
  store.write(rows([visit({ stage: 'packing' }), visit()]))
  await store.flush()
  expect(await store.visitsOfCase('orders', "it's A;1")).toEqual([visit({ stage: 'packing' }), visit()])
  expect(await store.close()).toEqual({ unwrittenRows: 0 })

  const { requests } = await front.report()
  const inserts = requests.filter(({ statement }) => statement.startsWith('INSERT INTO visits ('))
  expect(inserts.map(({ address }) => address.async_insert)).toEqual(['0'])
  const reads = requests.filter(({ statement }) => statement.includes('FROM visits FINAL'))
  expect(reads.length).toBeGreaterThan(0)
  for (const { address } of reads) expect(address).toMatchObject({ readonly: '1', max_execution_time: '10', database })

  const again = await openStore(options({ database }))
  expect((await again.counts('orders')).visits).toBe(2)
  await again.close()
})

test('what reads cannot write, also where its user could', async () => {
  const { reading, writing } = await openServer(options())
  await writing.command('CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n')
  for (const statement of ['INSERT INTO t VALUES (1)', 'DROP TABLE t', 'SELECT 1 SETTINGS max_memory_usage = 0']) {
    await expect(reading.rows(statement)).rejects.toMatchObject({ type: 'READONLY' })
  }
  await reading.close()
  await writing.close()
})

test('a user of its own reads, under the same limits', async () => {
  const store = await openStore(options({ reader: front.reader }))
  store.write(rows([visit({ process: 'read by another' })]))
  await store.flush()
  expect((await store.counts('read by another')).visits).toBe(1)
  await store.close()
  const { requests } = await front.report()
  const reads = requests.filter(({ statement, user }) => statement.includes('FROM visits') && user === 'reader')
  expect(reads.length).toBeGreaterThan(0)
  for (const { address } of reads) expect(address).toMatchObject({ max_execution_time: '10' })
})

test.each([
  [
    'the password is wrong',
    () => options({ password: 'wrong' }),
    /127\.0\.0\.1:\d+ cannot be used as stagewatch: .*password is incorrect.* Check .*user and password/,
  ],
  [
    'the password of the reader is wrong',
    () => options({ reader: { user: 'reader', password: 'wrong' } }),
    /cannot be used as reader: .*password is incorrect.* that the user may read "stagewatch"/,
  ],
  [
    'the user may only read',
    () => options({ user: 'reader', password: passwords.reader }),
    /The user reader of the ClickHouse server may only read\. .* can be the "reader"/,
  ],
  [
    'the reader cannot be given limits',
    () => options({ reader: front.strictReader }),
    /The user strict .* has readonly = 1.* Give it readonly = 2/,
  ],
  [
    'nothing answers',
    () => options({ url: 'http://127.0.0.1:9' }),
    /127\.0\.0\.1:9 cannot be used as stagewatch: .*ECONNREFUSED.* Check the address/,
  ],
])('where %s, the start says so and what to do', async (_what, address, message) => {
  await expect(openStore(address())).rejects.toThrow(message)
})

test.each([
  ['24.7.6.8', false],
  ['23.12.1.1', false],
  ['24.8.14.10545.altinitystable', true],
  ['25.1.0.1', true],
  ['something else', false],
])('a server of version %s is used: %s', async (version, used) => {
  const other = await openFront({ version })
  const opening = openStore({ kind: 'server', ...addressOf(other) })
  if (used) expect(await (await opening).close()).toEqual({ unwrittenRows: 0 })
  else await expect(opening).rejects.toThrow(`has version ${version}, too old: at least 24.8 is needed. Upgrade`)
  await other.close()
})

test('an answer that breaks off, or ends in an exception, is an error, never a short answer', async () => {
  const { reading, writing } = await openServer(options())
  for (const [kind, message] of [
    ['cut', /aborted|socket hang up/],
    ['fail-midway', /a fault that the test injected/],
  ] as const) {
    await front.fault([{ kind, of: 'reads', share: 1 }])
    await expect(reading.rows('SELECT number FROM numbers(20000)')).rejects.toThrow(message)
    expect((await front.report()).injected).toBe(1)
  }
  await front.fault([])
  expect((await reading.rows('SELECT number FROM numbers(20000)')).length).toBe(20_000)
  await reading.close()
  await writing.close()
})

test('TLS: with an authority of its own, a password or a certificate that signs in', async () => {
  const { ca, server, client } = newCertificates('signed')
  const users = [
    { name: 'stagewatch', password: passwords.stagewatch, settings: {} },
    { name: 'signed', password: undefined, settings: {} },
  ]
  const secure = await openFront({ tls: { ...server, ca }, users })
  const works = async (change: Partial<ServerAddress>) => {
    const store = await openStore({ kind: 'server', ...addressOf(secure), ...change })
    store.write(rows([visit()]))
    expect(await store.close(60_000)).toEqual({ unwrittenRows: 0 })
  }
  await works({ tls: { ca, ...client } })
  await works({ tls: { ca, ...client }, user: 'signed', password: '' })
  const fails = (change: Partial<ServerAddress>) =>
    expect(openStore({ kind: 'server', ...addressOf(secure), ...change })).rejects
  await fails({}).toThrow(/certificate.* Check the address.* certificates, user and password/)
  await fails({ tls: { ca } }).toThrow(/cannot be used as stagewatch/)
  await fails({ tls: { ca, ...client }, user: 'stagewatch', password: '' }).toThrow(/stagewatch: Authentication failed/)
  await secure.close()

  const simple = await openFront({ tls: server })
  const store = await openStore({ kind: 'server', ...addressOf(simple), tls: { ca }, reader: simple.reader })
  expect(await store.close()).toEqual({ unwrittenRows: 0 })
  await simple.close()
})
