import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect, type Engine, engines } from '../../test/support/clickhouse/engines.ts'
import { seriesOf } from '../../test/support/store/series.ts'
import { visitRow } from '../../test/support/store/visit-row.ts'
import type { CaseId } from '../event/event.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { PaneRow } from '../shard/output.ts'
import { keptVisit } from '../shard/visit-policy.ts'
import { openStore, type Store, type StoreOptions } from './store.ts'
import type { DefinitionRow } from './writing/tables/definitions.ts'

const pane = (start: number, change: Partial<PaneRow> = {}): PaneRow => ({
  process: 'orders',
  stage: 'picking',
  segment: {},
  total: true,
  start: instant(start),
  end: instant(start + 10_000),
  entered: 1,
  exited: 0,
  abandoned: 0,
  expired: 0,
  reworked: 0,
  breached: 0,
  sumMs: 0,
  minMs: undefined,
  maxMs: undefined,
  buckets: [],
  business: undefined,
  source: 'events',
  partition: 0,
  epoch: 0,
  position: 1,
  ...change,
})

describe.each(engines)('$name', ({ start }) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await start()
  })
  afterAll(() => engine.close())

  const rowsOf = async <Row>(options: StoreOptions, sql: string): Promise<Row[]> => {
    const { reading, writing } = await connect(options)
    const rows = await writing.rows<Row>(sql)
    await reading.close()
    await writing.close()
    return rows
  }

  test('the weights of stored visits add up to about all of them', async () => {
    const options = engine.newStore()
    const store = await openStore(options)
    const policy = { keep: 'notable', sample: 0.05, slowMs: undefined } as const
    const visits = Array.from({ length: 10_000 }, (_, nth) =>
      visitRow({ case: `C-${nth}` as CaseId, ...(nth % 50 === 0 ? { breached: true } : {}) }),
    )
    store.write({ visits: visits.map(row => keptVisit(policy, row)).filter(row => row !== undefined) })
    await store.flush()
    await store.close()
    const [found] = await rowsOf<{ weight: number; breached: string; rows: string }>(
      options,
      'SELECT sum(weight) AS weight, toString(countIf(breached = 1)) AS breached, toString(count()) AS rows FROM visits FINAL',
    )
    expect(found?.breached).toBe('200')
    expect(Number(found?.rows)).toBeLessThan(900)
    expect(found?.weight).toBeGreaterThan(9_000)
    expect(found?.weight).toBeLessThan(11_000)
  })

  test('rows are kept as long as is said, changes of it included, and without a word for ever', async () => {
    const options = engine.newStore()
    const ttls = async () => {
      const tables = await rowsOf<{ name: string; definition: string }>(
        options,
        "SELECT name, create_table_query AS definition FROM system.tables WHERE database = currentDatabase() AND name IN ('visits', 'panes', 'dead_letters') ORDER BY name",
      )
      return tables.map(
        ({ name, definition }) => `${name} ${/ TTL .*?toIntervalDay\((\d+)\)/.exec(definition)?.[1] ?? 'for ever'}`,
      )
    }
    await (await openStore(options)).close()
    expect(await ttls()).toEqual(['dead_letters for ever', 'panes for ever', 'visits for ever'])
    const now = Date.now()
    const day = 86_400_000
    const store = await openStore(options, { days: { panes: 30, dead_letters: 7 } })
    store.write({ panes: [pane(now - 100 * day), pane(now - 20 * day)] })
    await store.flush()
    await store.close()
    expect(await ttls()).toEqual(['dead_letters 7', 'panes 30', 'visits for ever'])
    await rowsOf(options, 'SELECT 1')
    const { reading, writing } = await connect(options)
    await writing.command('OPTIMIZE TABLE panes FINAL')
    expect(await writing.rows('SELECT toString(count()) AS n FROM panes')).toEqual([{ n: '1' }])
    await reading.close()
    await writing.close()
    await (await openStore(options, { days: { panes: 90 } })).close()
    expect(await ttls()).toEqual(['dead_letters for ever', 'panes 90', 'visits for ever'])
  })

  test('a definition has a row from each change on, and one that says that it is gone', async () => {
    const options = engine.newStore()
    const store = await openStore(options)
    const row = (name: string, hash: string, since: number, epoch = 0): DefinitionRow => ({
      process: 'orders',
      kind: name === 'fold' ? 'fold' : 'rule',
      name,
      since: instant(since),
      hash,
      version: 3,
      owner: 'ops',
      epoch,
      definition: `{"hash":"${hash}"}`,
    })
    const record = async (since: number, rows: DefinitionRow[]) => {
      const changed = await store.recordDefinitions('orders', rows, since as Instant)
      await store.flush()
      return changed.map(({ name, hash }) => `${name} ${hash}`)
    }
    expect(await store.foldInForce('orders')).toBeUndefined()
    expect(await record(1, [row('fold', 'f', 1), row('slow', 'a', 1)])).toEqual(['fold f', 'slow a'])
    expect(await record(2, [row('fold', 'f', 2), row('slow', 'a', 2)])).toEqual([])
    expect(await record(3, [row('fold', 'g', 3, 1), row('slow', 'b', 3, 1), row('new', 'n', 3, 1)])).toEqual([
      'fold g',
      'slow b',
      'new n',
    ])
    expect(await store.foldInForce('orders')).toEqual({ fingerprint: 'g', epoch: 1 })
    expect(await record(4, [row('fold', 'g', 4, 1), row('new', 'n', 4, 1)])).toEqual(['slow '])
    expect(await record(5, [row('fold', 'g', 5, 1), row('new', 'n', 5, 1), row('slow', 'a', 5, 1)])).toEqual(['slow a'])
    await store.close()
  })

  test('what an earlier epoch wrote of the time that a later one has written leaves, roll-ups included', async () => {
    const options = engine.newStore()
    const hour = 3_600_000
    const store: Store = await openStore(options)
    const settled = (epoch: number, position: number) => [
      { process: 'orders', source: 'events', partition: 0, epoch, position, before: instant(30 * hour) },
    ]
    const old = { segment: { carrier: 'DHL' }, total: false }
    store.write({
      panes: [0, 5, 26].flatMap(at => [pane(at * hour), pane(at * hour, old)]),
      visits: [visitRow({ case: 'gone' as CaseId, start: instant(5 * hour) }), visitRow({ case: 'before' as CaseId })],
      settled: settled(0, 1),
    })
    await store.flush()
    const renewed = { epoch: 1, position: 1 }
    // The log reaches back to the fifth hour: what lies before stays.
    store.write({
      panes: [pane(5 * hour, { ...renewed, entered: 7 }), pane(26 * hour, { ...renewed, entered: 8 })],
      settled: settled(1, 1),
    })
    await store.flush()
    await store.supersede('orders', 'events', 0, 1)
    store.write({ panes: [pane(28 * hour, { epoch: 1, position: 2 })], settled: settled(1, 2) })
    await store.flush()
    const series = async (segment: Record<string, string> | undefined) =>
      (
        await seriesOf(store, {
          process: 'orders',
          stage: 'picking',
          segment,
          from: instant(0),
          to: instant(48 * hour),
          stepMs: hour,
        })
      ).map(({ start: at, entered }) => [at / hour, entered])
    expect(await series(undefined)).toEqual([
      [0, 1],
      [5, 7],
      [26, 8],
      [28, 1],
    ])
    expect(await series({ carrier: 'DHL' })).toEqual([[0, 1]])
    expect(await store.visitsOfCase('orders', 'gone')).toEqual([])
    expect(await store.visitsOfCase('orders', 'before')).toHaveLength(1)
    await store.close()
    const days = await rowsOf<{ at: string; entered: string }>(
      options,
      `SELECT toString(start_ms) AS at, toString(entered) AS entered FROM pane_roll_ups FINAL
      WHERE step_ms = 86400000 AND total = 1 ORDER BY start_ms`,
    )
    expect(days).toEqual([{ at: '0', entered: '8' }])
  })
})
