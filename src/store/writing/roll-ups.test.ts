import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seriesOf } from '../../../test/support/store/series.ts'
import { type Instant, instant } from '../../event/instant.ts'
import type { PaneRow, SettledRow } from '../../shard/output.ts'
import { bucketOf } from '../../windows/histogram.ts'
import type { StoreConnections } from '../clickhouse/connection.ts'
import { openEmbedded } from '../clickhouse/embedded.ts'
import { queriesOn } from '../queries/queries.ts'
import { migrate } from '../schema/migrate.ts'
import { migrations } from '../schema/schema.ts'
import type { PaneSum } from '../stored.ts'
import { RollUps } from './roll-ups.ts'
import { SourceSpans } from './source-spans.ts'
import { defaultLimits, Writer } from './writer.ts'

const directory = mkdtempSync(join(tmpdir(), 'stagewatch-roll-ups-'))
let connections: StoreConnections

beforeAll(async () => {
  connections = await openEmbedded(join(directory, 'clickhouse'))
  await migrate(connections.writing, migrations)
})

afterAll(async () => {
  await connections.reading.close()
  await connections.writing.close()
  rmSync(directory, { recursive: true })
})

async function openWriter(): Promise<Writer> {
  const rollUps = await RollUps.open(connections.writing)
  const spans = new SourceSpans(connections.writing, rollUps)
  return new Writer(connections.writing, defaultLimits, { rollUps, spans })
}

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000
const paneMs = 20_000

type Cell = {
  readonly start: number
  readonly partition: number
  readonly ms: number
  readonly business: number | null
}

const pane = (process: string, { start, partition, ms, business }: Cell, position: number): PaneRow => ({
  process,
  stage: 'picking',
  segment: {},
  total: true,
  start: instant(start),
  end: instant(start + paneMs),
  entered: 2,
  exited: 1,
  abandoned: 0,
  expired: 0,
  reworked: 0,
  breached: ms > 1_000 ? 1 : 0,
  sumMs: ms,
  minMs: ms,
  maxMs: ms,
  buckets: [[bucketOf(ms), 1]],
  business:
    business === null
      ? undefined
      : { sumMs: business, minMs: business, maxMs: business, buckets: [[bucketOf(business), 1]] },
  source: 'events',
  partition,
  epoch: 0,
  position,
})

const settled = (process: string, partition: number, before: number, position: number): SettledRow => ({
  process,
  source: 'events',
  partition,
  epoch: 0,
  position,
  before: instant(before),
})

/** What a series is of these panes, summed here. */
function expected(cells: readonly Cell[], from: number, to: number, stepMs: number) {
  const latest = new Map(cells.map(cell => [`${cell.partition} ${cell.start}`, cell]))
  const sums = new Map<number, { start: number; entered: number; exited: number; sumMs: number; minMs: number }>()
  for (const { start, ms, business } of latest.values()) {
    if (start < from || start >= to) continue
    const at = from + Math.floor((start - from) / stepMs) * stepMs
    const own = business ?? ms
    const sum = sums.get(at) ?? { start: at, entered: 0, exited: 0, sumMs: 0, minMs: own }
    sums.set(at, {
      start: at,
      entered: sum.entered + 2,
      exited: sum.exited + 1,
      sumMs: sum.sumMs + own,
      minMs: Math.min(sum.minMs, own),
    })
  }
  return [...sums.values()].sort((left, right) => left.start - right.start)
}

const told = (sums: readonly PaneSum[]) =>
  sums.map(({ start, entered, exited, sumMs, minMs }) => ({ start: start as number, entered, exited, sumMs, minMs }))

const startsOver = (days: number) =>
  fc.integer({ min: (-days * dayMs) / paneMs, max: (days * dayMs) / paneMs }).map(nth => nth * paneMs)

const history = fc.array(
  fc.record({
    cells: fc.array(
      fc.record({
        start: startsOver(3),
        partition: fc.integer({ min: 0, max: 2 }),
        ms: fc.integer({ min: 0, max: 100_000 }),
        business: fc.option(fc.integer({ min: 1, max: 50_000 })),
      }),
      { maxLength: 8 },
    ),
    settledBefore: fc.option(fc.record({ partition: fc.integer({ min: 0, max: 2 }), before: startsOver(4) })),
    isRestarted: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
)

const question = fc
  .record({
    from: startsOver(4),
    // At most 10,000 steps are answered.
    length: fc.integer({ min: 1, max: 10_000 }),
    stepMs: fc.constantFrom(paneMs, minuteMs, 5 * minuteMs, hourMs, 6 * hourMs, dayMs, 7 * dayMs),
  })
  .map(({ from, length, stepMs }) => ({ from, to: from + length * paneMs, stepMs }))

test('a series by way of roll-ups equals the sum of its panes, whatever was corrected, settled or restarted between', async () => {
  let processes = 0
  await fc.assert(
    fc.asyncProperty(history, fc.array(question, { minLength: 1, maxLength: 4 }), async (steps, questions) => {
      const process = `process-${processes++}`
      let writer = await openWriter()
      const cells: Cell[] = []
      let position = 0
      for (const step of steps) {
        position++
        cells.push(...step.cells)
        const { settledBefore } = step
        writer.write({
          panes: step.cells.map(cell => pane(process, cell, position)),
          settled: settledBefore ? [settled(process, settledBefore.partition, settledBefore.before, position)] : [],
        })
        await writer.flush()
        if (step.isRestarted) {
          await writer.close(60_000)
          writer = await openWriter()
        }
        for (const { from, to, stepMs } of questions) {
          const series = await seriesOf(queriesOn(connections.reading), {
            process,
            stage: 'picking',
            segment: undefined,
            from: from as Instant,
            to: to as Instant,
            stepMs,
          })
          expect(told(series)).toEqual(expected(cells, from, to, stepMs))
        }
      }
      await writer.close(60_000)
    }),
    { numRuns: 25 },
  )
})

test('settled hours and days are read from roll-ups', async () => {
  const writer = await openWriter()
  const starts = Array.from({ length: 3 * 24 * 6 }, (_, nth) => nth * 10 * minuteMs)
  writer.write({
    panes: starts.map(start => pane('rolled', { start, partition: 0, ms: 500, business: null }, 1)),
    settled: [settled('rolled', 0, 2 * dayMs + 90 * minuteMs, 1)],
  })
  await writer.flush()
  await writer.close(60_000)
  const rows = await connections.reading.rows<{ step_ms: number; rows: number; entered: number }>(
    `SELECT step_ms, count() AS rows, sum(entered) AS entered FROM pane_roll_ups FINAL
    WHERE process = 'rolled' GROUP BY step_ms ORDER BY step_ms`,
  )
  expect(rows).toEqual([
    { step_ms: minuteMs, rows: 294, entered: 588 },
    { step_ms: hourMs, rows: 49, entered: 588 },
    { step_ms: dayMs, rows: 2, entered: 576 },
  ])
})

test('a partition that has been idle for ten minutes is summed as far as the others, and its rows count when they come', async () => {
  let now = 0
  const rollUps = await RollUps.open(connections.writing, () => now)
  const spans = new SourceSpans(connections.writing, rollUps)
  const writer = new Writer(connections.writing, defaultLimits, { rollUps, spans })
  const cell = (start: number, partition: number) => ({ start, partition, ms: 500, business: null })
  const untils = async () => {
    const rows = await connections.reading.rows<{ until: string }>(
      `SELECT toString(until_ms) AS until FROM roll_ups_until FINAL WHERE process = 'idle' ORDER BY partition`,
    )
    return rows.map(({ until }) => Number(until) / hourMs)
  }
  writer.write({
    panes: [pane('idle', cell(0, 0), 1), pane('idle', cell(0, 1), 1)],
    settled: [settled('idle', 0, hourMs, 1), settled('idle', 1, hourMs, 1)],
  })
  await writer.flush()
  expect(await untils()).toEqual([1, 1])
  now = 300_000
  writer.write({ panes: [pane('idle', cell(5 * hourMs, 0), 2)], settled: [settled('idle', 0, 9 * hourMs, 2)] })
  await writer.flush()
  expect(await untils()).toEqual([9, 1])
  now = 700_000
  writer.write({ panes: [pane('idle', cell(10 * hourMs, 0), 3)], settled: [settled('idle', 0, 11 * hourMs, 3)] })
  await writer.flush()
  expect(await untils()).toEqual([11, 11])
  writer.write({ panes: [pane('idle', cell(3 * hourMs, 1), 2)] })
  await writer.flush()
  expect(await untils()).toEqual([11, 3])
  const day = { from: instant(0), to: instant(dayMs), stepMs: dayMs }
  const series = await seriesOf(queriesOn(connections.reading), {
    ...{ process: 'idle', stage: 'picking', segment: undefined },
    ...day,
  })
  expect(series).toMatchObject([{ exited: 5, sumMs: 2_500 }])
  await writer.close(60_000)
})

test('a writer that takes a partition over knows what the one before has summed, and corrects it', async () => {
  const cell = (start: number, ms: number) => ({ start, partition: 0, ms, business: null })
  const of = ['moved', 'events', 0] as const
  const [former, owner] = await Promise.all(
    [0, 1].map(async () => {
      const rollUps = await RollUps.open(connections.writing)
      const spans = new SourceSpans(connections.writing, rollUps)
      const parts = { rollUps, spans, visits: { keep: 'all' } as const }
      return { rollUps, writer: new Writer(connections.writing, defaultLimits, parts) }
    }),
  )
  const write = async ({ writer }: { writer: Writer }, start: number, ms: number, position: number) => {
    const settledBefore = settled('moved', 0, start + hourMs, position)
    writer.write({ panes: [pane('moved', cell(start, ms), position)], settled: [settledBefore] })
    await writer.flush()
  }
  await write(owner!, 0, 500, 1)
  // The other has it for a while, of which this one is not told.
  await former!.rollUps.takeOver(...of)
  await write(former!, hourMs, 500, 2)
  await owner!.rollUps.takeOver(...of)
  former!.rollUps.giveUp(...of)
  owner!.writer.write({ panes: [pane('moved', cell(hourMs, 900), 3)] })
  await owner!.writer.flush()
  const range = { from: instant(0), to: instant(dayMs), stepMs: hourMs }
  const query = { process: 'moved', stage: 'picking', segment: undefined, ...range }
  expect(told(await seriesOf(queriesOn(connections.reading), query)).map(({ sumMs }) => sumMs)).toEqual([500, 900])
  for (const { writer } of [former!, owner!]) await writer.close(60_000)
})
