import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect, type Engine, engines } from '../../test/support/clickhouse/engines.ts'
import { seriesOf } from '../../test/support/store/series.ts'
import { durationMs } from '../event/duration.ts'
import type { CaseId } from '../event/event.ts'
import { instant } from '../event/instant.ts'
import type { DeadLetter } from '../event/record.ts'
import type { MeasurePaneRow, PaneRow, ShardOutput, VisitRow } from '../shard/output.ts'
import { bucketMiddle, bucketOf, ZERO_BUCKET } from '../windows/histogram.ts'
import { migrations } from './schema/schema.ts'
import { openStore, type Store, type StoreOptions } from './store.ts'

/** Each test has a process of its own, so that they run in any order on one engine. */
const visit = (process: string, change: Partial<VisitRow> = {}): VisitRow => ({
  process,
  stage: 'picking',
  case: 'A-1' as CaseId,
  visit: 1,
  ordinal: 0,
  start: instant(1_700_000_000_000),
  end: instant(1_700_000_060_000),
  outcome: 'completed',
  reason: undefined,
  durationMs: durationMs(60_000),
  businessMs: undefined,
  segment: { warehouse: 'WH-1' },
  attributes: { warehouse: 'WH-1', amount: 1_999 },
  deleted: false,
  source: 'orders.events',
  partition: 0,
  epoch: 0,
  position: 10,
  ...change,
})

const pane = (process: string, durations: readonly number[], change: Partial<PaneRow> = {}): PaneRow => {
  const counts = new Map<number, number>()
  for (const ms of durations) counts.set(bucketOf(ms), (counts.get(bucketOf(ms)) ?? 0) + 1)
  return {
    process,
    stage: 'picking',
    segment: {},
    total: true,
    start: instant(0),
    end: instant(10_000),
    entered: durations.length,
    exited: durations.length,
    abandoned: 0,
    expired: 0,
    reworked: 0,
    breached: 0,
    sumMs: durations.reduce((sum, ms) => sum + ms, 0),
    minMs: durations.length === 0 ? undefined : Math.min(...durations),
    maxMs: durations.length === 0 ? undefined : Math.max(...durations),
    buckets: [...counts].sort(([left], [right]) => left - right),
    business: undefined,
    source: 'orders.events',
    partition: 0,
    epoch: 0,
    position: 10,
    ...change,
  }
}

const output = (rows: Partial<ShardOutput>): ShardOutput => ({
  visits: [],
  panes: [],
  measurePanes: [],
  deadLetters: [],
  records: [],
  settled: [],
  ...rows,
})

const hex = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString('hex'))

const deadLetter = (process: string, offset: number, change: Partial<DeadLetter> = {}): DeadLetter => ({
  process,
  topic: 'orders.events',
  partition: 0,
  offset,
  reason: 'not-json',
  detail: 'unexpected end',
  key: Buffer.from('k'),
  value: Buffer.from('{"order'),
  ...change,
})

const measurePane = (change: Partial<MeasurePaneRow> = {}): MeasurePaneRow => ({
  source: 'orders.events',
  partition: 0,
  epoch: 0,
  position: 10,
  process: 'measured',
  measure: 'revenue',
  decimals: 2,
  segment: { warehouse: "it's {A}" },
  total: false,
  start: instant(0),
  end: instant(10_000),
  count: 4,
  sum: -(2n ** 80n),
  min: -(2 ** 53),
  max: 2 ** 53,
  buckets: [
    [-40, 1],
    [-1, 1],
    [0, 1],
    [1_697, 1],
  ],
  distinct: 4,
  ...change,
})

async function all<Row>(rows: AsyncIterable<Row>): Promise<Row[]> {
  const list: Row[] = []
  for await (const row of rows) list.push(row)
  return list
}

describe.each(engines)('$name', ({ start }) => {
  let engine: Engine
  let options: StoreOptions
  let store: Store

  beforeAll(async () => {
    engine = await start()
    options = engine.newStore()
    store = await openStore(options)
  })

  afterAll(async () => {
    await store.close()
    await engine.close()
  })

  async function write(rows: Partial<ShardOutput>): Promise<void> {
    store.write(output(rows))
    await store.flush()
  }

  test('a visit comes back as it was written', async () => {
    const rows = [
      visit('back', {
        end: undefined,
        outcome: 'open',
        durationMs: undefined,
        segment: { region: null, warehouse: '东仓' },
      }),
      visit('back', {
        ordinal: 1,
        outcome: 'abandoned',
        reason: 'cancelled',
        attributes: { note: 'a\'b"\\\n\u0000;😀', vip: true, x: null },
      }),
      visit('back', { stage: 'shipping', businessMs: durationMs(1_500) }),
      visit('back', { stage: 'transit', epoch: 65_535, position: 2 ** 48 - 1, partition: 5, source: 'a,b' }),
    ]
    await write({ visits: rows })
    expect(await store.visitsOfCase('back', 'A-1')).toEqual(rows)
    expect(await store.visitsOfCase('back', 'A-1', 1)).toEqual(rows.slice(0, 1))
    expect(await store.visitsOfCase('back', 'A-2')).toEqual([])
  })

  test('the highest version of a visit counts, whichever is written last', async () => {
    await write({ visits: [visit('newest', { outcome: 'open', end: undefined, durationMs: undefined, position: 5 })] })
    await write({ visits: [visit('newest', { position: 9 })] })
    await write({ visits: [visit('newest', { outcome: 'expired', position: 7 })] })
    expect(await all(store.allVisits('newest'))).toEqual([visit('newest', { position: 9 })])
    await write({ visits: [visit('newest', { outcome: 'expired', epoch: 1, position: 0 })] })
    expect(await all(store.allVisits('newest'))).toEqual([
      visit('newest', { outcome: 'expired', epoch: 1, position: 0 }),
    ])
  })

  test('a withdrawn visit is gone, and comes back with a higher version', async () => {
    await write({ visits: [visit('withdrawn')] })
    await write({ visits: [visit('withdrawn', { deleted: true, position: 11 })] })
    expect(await all(store.allVisits('withdrawn'))).toEqual([])
    expect(await store.counts('withdrawn')).toMatchObject({ visits: 0, openVisits: 0 })
    await write({ visits: [visit('withdrawn', { position: 12 })] })
    expect(await all(store.allVisits('withdrawn'))).toEqual([visit('withdrawn', { position: 12 })])
  })

  test('rows that come again change nothing', async () => {
    const rows = {
      visits: [visit('again'), visit('again', { case: 'B' as CaseId })],
      panes: [pane('again', [0, 5, 70_000]), pane('again', [5], { partition: 1 })],
      deadLetters: [deadLetter('again', 3)],
    }
    await write(rows)
    const before = await contents('again')
    await write({ ...rows, panes: [...rows.panes].reverse() })
    await write(rows)
    expect(await contents('again')).toEqual(before)
    expect(before.panes).toMatchObject([{ exited: 4, sumMs: 70_010, minMs: 0, maxMs: 70_000 }])
  })

  const contents = async (process: string) => ({
    visits: await all(store.allVisits(process)),
    panes: await all(store.allPanes(process)),
    deadLetters: await store.deadLetters(process, 100),
    counts: await store.counts(process),
  })

  test('visits of any year keep their instants', async () => {
    const starts = [-62_135_596_800_000, -8_640_000_000_000, -1, 0, 1, 10_413_791_999_999, 253_402_300_799_999]
    const rows = starts.map(start => visit('years', { start: instant(start), end: instant(start + 60_000) }))
    await write({
      visits: rows,
      panes: starts.map(start => pane('years', [7], { start: instant(start), end: instant(start + 10_000) })),
    })
    expect(await store.visitsOfCase('years', 'A-1')).toEqual(rows)
    expect((await all(store.allPanes('years'))).map(({ start, end }) => [start, end])).toEqual(
      starts.map(start => [start, start + 10_000]),
    )
  })

  test('panes of one stage and segment are merged over the partitions that wrote them', async () => {
    const segment = { region: 'N', warehouse: 'WH-1' }
    await write({
      panes: [
        pane('merged', [0, 100, 100], { partition: 0, reworked: 1, breached: 2 }),
        pane('merged', [0, 200], { partition: 1, abandoned: 3, expired: 4 }),
        pane('merged', [100], { partition: 1, segment, total: false }),
        pane('merged', [], { partition: 2, start: instant(10_000), end: instant(20_000) }),
      ],
    })
    expect(await all(store.allPanes('merged'))).toEqual([
      {
        process: 'merged',
        stage: 'picking',
        segment,
        total: false,
        start: 0,
        end: 10_000,
        entered: 1,
        exited: 1,
        abandoned: 0,
        expired: 0,
        reworked: 0,
        breached: 0,
        sumMs: 100,
        minMs: 100,
        maxMs: 100,
        buckets: [[bucketOf(100), 1]],
        business: undefined,
      },
      {
        process: 'merged',
        stage: 'picking',
        segment: {},
        total: true,
        start: 0,
        end: 10_000,
        entered: 5,
        exited: 5,
        abandoned: 3,
        expired: 4,
        reworked: 1,
        breached: 2,
        sumMs: 400,
        minMs: 0,
        maxMs: 200,
        buckets: [
          [ZERO_BUCKET, 2],
          [bucketOf(100), 2],
          [bucketOf(200), 1],
        ],
        business: undefined,
      },
    ])
  })

  test('a pane that fell to nothing is no longer among the panes', async () => {
    await write({ panes: [pane('fell', [50])] })
    await write({ panes: [pane('fell', [], { position: 11 })] })
    expect(await all(store.allPanes('fell'))).toEqual([])
  })

  test('a series sums panes by step, also before 1970, and reads quantiles from the merged histogram', async () => {
    const at = (start: number) => ({ start: instant(start), end: instant(start + 10_000) })
    const fast = Array.from({ length: 90 }, () => 100)
    const slow = Array.from({ length: 10 }, (_, index) => 5_000 + index)
    await write({
      panes: [
        pane('series', fast, at(-60_000)),
        pane('series', slow, { ...at(-10_000), partition: 1 }),
        pane('series', [7], at(0)),
        pane('series', [9], at(60_000)),
        pane('series', [1], { ...at(0), total: false, segment: { b: null, a: 'x' } }),
      ],
    })
    const query = { process: 'series', stage: 'picking', from: instant(-60_000), to: instant(60_000), stepMs: 60_000 }
    const series = await seriesOf(store, { ...query, segment: undefined })
    expect(series).toMatchObject([
      { start: -60_000, entered: 100, exited: 100, sumMs: 9_000 + 50_045, avgMs: 590.45, minMs: 100, maxMs: 5_009 },
      // The middle of the bucket of 7 ms lies above 7; the extremes are exact.
      { start: 0, exited: 1, avgMs: 7, p50Ms: 7, p90Ms: 7, p95Ms: 7 },
    ])
    expect(series[0]?.p50Ms).toBe(Math.max(100, bucketMiddle(bucketOf(100))))
    expect(series[0]?.p90Ms).toBe(series[0]?.p50Ms)
    expect(Math.abs((series[0]?.p95Ms ?? 0) / 5_004 - 1)).toBeLessThan(0.011)
    // The names of a segment may come in any order.
    expect(await seriesOf(store, { ...query, segment: { a: 'x', b: null } })).toMatchObject([{ start: 0, sumMs: 1 }])
    expect(await seriesOf(store, { ...query, segment: { a: 'y', b: null } })).toEqual([])
  })

  test('business time is merged beside the wall clock, and a series reads its durations from it', async () => {
    const hours = (all: readonly number[]) => {
      const { sumMs, minMs, maxMs, buckets } = pane('', all)
      return { sumMs, minMs, maxMs, buckets }
    }
    await write({
      panes: [
        pane('hours', [100, 200], { business: hours([0, 50]) }),
        pane('hours', [3_000], { partition: 1, business: hours([50]) }),
        pane('hours', [], { start: instant(10_000), end: instant(20_000), entered: 1, business: hours([]) }),
        // From before the stage had a calendar.
        pane('hours', [700], { start: instant(20_000), end: instant(30_000) }),
      ],
    })
    const [first, second, third] = await all(store.allPanes('hours'))
    expect(first).toMatchObject({ sumMs: 3_300, minMs: 100, maxMs: 3_000, business: hours([0, 50, 50]) })
    expect(second).toMatchObject({ sumMs: 0, business: hours([]) })
    expect(third).toMatchObject({ sumMs: 700, business: undefined })
    const range = { from: instant(0), to: instant(30_000), stepMs: 30_000 }
    const series = await seriesOf(store, { process: 'hours', stage: 'picking', segment: undefined, ...range })
    expect(series).toMatchObject([{ exited: 4, sumMs: 800, minMs: 0, maxMs: 700, avgMs: 200, p95Ms: 700 }])
    expect(series[0]?.p50Ms).toBe(bucketMiddle(bucketOf(50)))
  })

  test('a series without completed visits has no durations', async () => {
    await write({ panes: [pane('waiting', [], { entered: 4 })] })
    const [sum] = await seriesOf(store, {
      process: 'waiting',
      stage: 'picking',
      segment: undefined,
      from: instant(0),
      to: instant(10_000),
      stepMs: 10_000,
    })
    expect(sum).toEqual({
      start: 0,
      entered: 4,
      exited: 0,
      abandoned: 0,
      expired: 0,
      reworked: 0,
      breached: 0,
      sumMs: 0,
      minMs: undefined,
      maxMs: undefined,
      avgMs: undefined,
      p50Ms: undefined,
      p90Ms: undefined,
      p95Ms: undefined,
    })
  })

  test('a dead letter keeps the bytes of its record, and a position is kept once', async () => {
    const everyByte = Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte))
    const letters = [
      deadLetter('bytes', 4, { key: null, value: null }),
      deadLetter('bytes', 3, { key: Buffer.alloc(0), value: Buffer.alloc(0) }),
      deadLetter('bytes', 2, { key: everyByte, value: Buffer.concat(Array.from({ length: 4_096 }, () => everyByte)) }),
      // Part of a larger buffer, as a decoder cuts it out.
      deadLetter('bytes', 1, { value: everyByte.subarray(100, 110) }),
      deadLetter('bytes', 0, {
        timestamp: instant(1_764_000_000_123),
        headers: [
          ['trace', everyByte],
          ['名', null],
          ['trace', Buffer.alloc(0)],
        ],
      }),
    ]
    await write({ deadLetters: letters })
    await write({ deadLetters: letters.slice(1) })
    // As text: comparing a megabyte byte by byte takes the test longer than storing it.
    const asText = (rows: readonly DeadLetter[]) =>
      rows.map(row => ({ ...row, key: hex(row.key), value: hex(row.value) }))
    expect(asText(await store.deadLetters('bytes', 10))).toEqual(asText(letters))
    expect(await store.deadLetters('bytes', 1)).toEqual(letters.slice(0, 1))
    expect((await store.counts('bytes')).deadLetters).toBe(5)
  })

  test("half a surrogate pair in a producer's text is kept as its escape sequence, and holds nothing up", async () => {
    const ids = ['A\ud800B', 'A\udc00B', 'A\ud83d\ude00\udc00', 'whole \\udc00 😀']
    await write({
      visits: ids.map((id, ordinal) => visit('half', { case: id as CaseId, attributes: { id }, ordinal })),
    })
    const rows = await all(store.allVisits('half'))
    expect(rows.map(row => row.case)).toEqual(['A\\ud800B', 'A\\udc00B', 'A😀\\udc00', 'whole \\udc00 😀'])
    expect(rows.map(row => row.attributes.id)).toEqual(ids)
  })

  test('quotes and braces in names are values, never part of a statement', async () => {
    const name = "x' OR 1=1; DROP TABLE visits; -- {process:String} \\"
    await write({ visits: [visit(name, { case: name as CaseId })] })
    expect(await store.visitsOfCase(name, name)).toEqual([visit(name, { case: name as CaseId })])
    expect(await store.visitsOfCase('back', name)).toEqual([])
  })

  test.each([1, 3, 4, 12, 13])('the whole history is the same, read %i rows at a time', async pageRows => {
    const name = `pages-${pageRows}`
    const rows = [0, 1, 2].flatMap(part =>
      ['A', 'B'].flatMap(case_ =>
        [0, 1].map(ordinal =>
          visit(name, {
            case: case_ as CaseId,
            ordinal,
            start: instant(part * 5_000_000_000),
            stage: `stage ${part % 2}`,
          }),
        ),
      ),
    )
    const panes = [0, 1, 2].flatMap(part =>
      [0, 1, 2, 3].map(step => pane(name, [part], { partition: part, start: instant(step) })),
    )
    await write({ visits: rows, panes })
    expect(await all(store.allVisits(name, pageRows))).toEqual(await all(store.allVisits(name)))
    expect((await all(store.allVisits(name, pageRows))).length).toBe(12)
    expect((await all(store.allPanes(name, pageRows))).map(it => [it.start, it.exited])).toEqual(
      [0, 1, 2, 3].map(step => [step, 3]),
    )
  })

  test('panes of measures come back as they were written, the highest version of each, page by page', async () => {
    const rows = [
      measurePane({ total: true, segment: {}, distinct: undefined, sum: 2n ** 80n }),
      measurePane(),
      measurePane({ partition: 1, start: instant(-10_000), end: instant(0) }),
      measurePane({ measure: 'weights', decimals: 0, sum: 0n, min: 0, max: 0, buckets: [[0, 4]], distinct: 1 }),
    ]
    await write({ measurePanes: rows })
    await write({ measurePanes: [measurePane({ position: 9, count: 1 }), measurePane({ position: 12, sum: 5n })] })
    await write({
      measurePanes: [
        measurePane({
          measure: 'weights',
          position: 11,
          count: 0,
          sum: 0n,
          min: undefined,
          max: undefined,
          buckets: [],
        }),
      ],
    })
    const expected = [rows[2], measurePane({ position: 12, sum: 5n }), rows[0]]
    for (const pageRows of [1, 2, 100]) expect(await all(store.allMeasurePanes('measured', pageRows))).toEqual(expected)
    expect((await store.counts('measured')).measurePaneRows).toBe(4)
  })

  test('closing writes what waits, and opening again finds everything', async () => {
    store.write(
      output({ visits: [visit('kept')], panes: [pane('kept', [1, 2])], deadLetters: [deadLetter('kept', 1)] }),
    )
    expect(await store.close()).toEqual({ unwrittenRows: 0 })
    expect(() => store.write(output({}))).toThrow('closed')
    store = await openStore(options)
    expect(await contents('kept')).toMatchObject({
      visits: [visit('kept')],
      panes: [{ exited: 2 }],
      deadLetters: [{ offset: 1 }],
      counts: { visits: 1, openVisits: 0, paneRows: 1, transitions: 0, deadLetters: 1 },
    })
  })

  test('a store of a newer release, or of another build, is refused with what to do', async () => {
    await store.close()
    const other = engine.newStore()
    await (await openStore(other)).close()
    const change = async (rows: readonly unknown[]) => {
      const { writing, reading } = await connect(other)
      const lines = Buffer.from(rows.map(row => JSON.stringify(row)).join('\n'))
      await writing.insert('stagewatch_migrations', ['number', 'name', 'checksum'], lines)
      await reading.close()
      await writing.close()
    }
    await change([[1, 'other', 'feed']])
    await expect(openStore(other)).rejects.toThrow(/Migration 1 .* start with an empty store/)
    await change([[migrations.length + 1, 'to come', 'beef']])
    await expect(openStore(other)).rejects.toThrow(
      new RegExp(`has schema ${migrations.length + 1}, this release knows up to ${migrations.length}. Use the release`),
    )
    store = await openStore(options)
  })
})
