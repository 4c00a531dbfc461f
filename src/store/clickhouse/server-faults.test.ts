import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Fault } from '../../../test/support/clickhouse/front-options.ts'
import { type Front, openFront } from '../../../test/support/clickhouse/open-clickhouse.ts'
import type { AlertTransition } from '../../alerts/transition.ts'
import { durationMs } from '../../event/duration.ts'
import type { CaseId } from '../../event/event.ts'
import { instant } from '../../event/instant.ts'
import type { MeasurePaneRow, PaneRow, VisitRow } from '../../shard/output.ts'
import { openStore, type Store } from '../store.ts'
import type { NewRows } from '../writing/writer.ts'
import { openServer } from './server.ts'

/*
 * Whatever happens to inserts, every cell in the end is that of a run to which nothing happened: rows are absolute and
 * versioned, so sending one again, or in two pieces, or after a newer one, changes nothing.
 */
const rounds = 24
let front: Front
let expected: Record<string, unknown[]>

beforeAll(async () => {
  front = await openFront()
  const store = await open('calm')
  for (let round = 0; round < rounds; round++) await writeRound(store, round)
  expect(await store.close()).toEqual({ unwrittenRows: 0 })
  expected = await cells('calm')
  for (const table of written) expect(expected[table]?.length, table).toBeGreaterThan(0)
})

afterAll(() => front.close())

const addressOf = (database: string) => ({ url: front.url, user: front.user, password: front.password, database })
const open = (database: string): Promise<Store> =>
  openStore({ kind: 'server', ...addressOf(database) }, {}, { firstRetryMs: 1, longestRetryMs: 20, batchRows: 100 })

/** The tables that the rounds fill. */
const written = [
  ...['visits', 'panes', 'measure_panes', 'pane_roll_ups', 'measure_roll_ups', 'roll_ups_until'],
  ...['dead_letters', 'alert_transitions', 'events', 'evaluations', 'definitions'],
]

/** Waits until all of it is acknowledged. */
async function writeRound(store: Store, round: number, count = 60): Promise<void> {
  store.write(rowsOf(round, count))
  await store.flush()
}

/** Every cell of every table, but for the instants at which it was written: of migrations, dead letters and corrections. */
async function cells(database: string): Promise<Record<string, unknown[]>> {
  const { reading, writing } = await openServer(addressOf(database))
  const tables = await writing.rows<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = currentDatabase() AND name != 'stagewatch_migrations'",
  )
  const found: Record<string, unknown[]> = {}
  for (const { name } of tables) {
    const rows = await writing.rows<Record<string, unknown>>(`SELECT * FROM ${name} FINAL ORDER BY ALL`)
    found[name] = rows.map(({ stored_at: _, corrected_at_ms: at, ...row }) => ({
      ...row,
      isCorrected: typeof at === 'string' || typeof at === 'number',
    }))
  }
  await reading.close()
  await writing.close()
  return found
}

/** A round writes some keys anew, others again in a higher version; some visits are withdrawn, some panes fall to nothing. */
function rowsOf(round: number, count: number): NewRows {
  const keys = Array.from({ length: count }, (_, nth) => (round * 17 + nth) % (count * 3))
  const version = { source: 'events', partition: 0, epoch: 1, position: round * 1_000 }
  const at = (nth: number) => ({ start: instant(nth * 10_000_000), end: instant(nth * 10_000_000 + 10_000) })
  const visits = keys.map(
    (nth): VisitRow => ({
      ...at(nth),
      ...version,
      process: 'orders',
      stage: 'picking',
      case: `C-${nth}` as CaseId,
      visit: 1,
      ordinal: 0,
      outcome: 'completed',
      reason: undefined,
      durationMs: durationMs(round),
      businessMs: undefined,
      segment: { warehouse: `WH-${nth % 3}` },
      attributes: { round },
      deleted: (round + nth) % 11 === 0,
    }),
  )
  const panes = keys.map((nth): PaneRow => {
    const exited = (round + nth) % 5
    const durations = { sumMs: exited * 100, minMs: exited ? 100 : undefined, maxMs: exited ? 100 : undefined }
    return {
      ...at(nth),
      ...version,
      ...durations,
      process: 'orders',
      stage: 'picking',
      segment: {},
      total: true,
      entered: exited,
      exited,
      abandoned: 0,
      expired: 0,
      reworked: 0,
      breached: 0,
      buckets: exited ? [[213, exited]] : [],
      business: undefined,
    }
  })
  const measurePanes = keys.map(
    (nth): MeasurePaneRow => ({
      ...at(nth),
      ...version,
      process: 'orders',
      measure: 'revenue',
      decimals: 2,
      segment: {},
      total: true,
      count: 1,
      sum: BigInt(round),
      min: round,
      max: round,
      buckets: [[round, 1]],
      distinct: undefined,
    }),
  )
  const letter = { process: 'orders', topic: 't', partition: 0, reason: 'not-json' as const, detail: 'd', key: null }
  return {
    visits,
    panes,
    measurePanes,
    settled: [{ ...version, process: 'orders', before: instant(round * 17 * 10_000_000) }],
    deadLetters: [{ ...letter, offset: round, value: Buffer.from([round, 0, 255]) }],
    transitions: [transition(round)],
    records: [{ ...letter, offset: round, timestamp: instant(round), value: Buffer.from([round, 255]) }],
    evaluations: [{ process: 'orders', at: instant(round), transitions: 1, state: `{"round":${round}}` }],
    definitions: [
      {
        process: 'orders',
        kind: 'stage',
        name: 'picking',
        since: instant(round),
        hash: String(round),
        version: undefined,
        owner: 'warehouse-ops',
        epoch: 1,
        definition: '{}',
      },
    ],
  }
}

const transition = (round: number): AlertTransition => ({
  id: `a${round % 7}`,
  process: 'orders',
  rule: 'slow',
  stage: 'picking',
  segment: {},
  state: 'firing',
  from: 'pending',
  because: 'breach-held',
  at: instant(round * 1_000),
  since: instant(0),
  firedAt: instant(round * 1_000),
  value: round,
  owner: 'ops',
  severity: 'critical',
  summary: { en: 'slow', zh: '慢' },
  explanation: {
    expression: 'wip > 1',
    terms: [],
    result: true,
    window: { start: instant(0), end: instant(1) },
    watermark: instant(1),
    samples: 1,
    minSamples: 0,
    owner: 'ops',
    action: undefined,
    runbook: undefined,
  },
})

test.each<[string, Fault['kind']]>([
  ['fail after they were applied', 'lose-answer'],
  ['fail before they are applied', 'refuse'],
  ['lose their connection in the middle of the answer', 'cut'],
])('where a fifth of the inserts %s, every stored cell is that of a run without faults', async (_what, kind) => {
  const database = kind.replace('-', '_')
  const store = await open(database)
  await front.fault([{ kind, of: 'inserts', share: 0.2 }], 20)
  for (let round = 0; round < rounds; round++) await writeRound(store, round)
  expect((await front.report()).injected).toBeGreaterThan(20)
  await front.fault([])
  expect(await store.close()).toEqual({ unwrittenRows: 0 })
  expect(await cells(database)).toEqual(expected)
})

test('where the server is killed in mid-insert twenty times, every stored cell is that of a run without faults', async () => {
  const store = await open('killed')
  let deaths = 0
  for (let round = 0; round < rounds; round++) {
    const dies = round < 20
    // A round is one insert a table at least: every table has its turn.
    if (dies) await front.fault([{ kind: 'die', of: 'inserts', share: 1, after: round % 8 }], round)
    const written = writeRound(store, round)
    if (dies) {
      await front.ended()
      deaths++
      await front.restart()
    }
    await written
  }
  expect(deaths).toBe(20)
  expect(await store.close()).toEqual({ unwrittenRows: 0 })
  expect(await cells('killed')).toEqual(expected)
})
