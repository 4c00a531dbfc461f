import { deserialize, serialize } from 'node:v8'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CaseId } from '../../src/event/event.ts'
import { instant } from '../../src/event/instant.ts'
import type { ShardOutput } from '../../src/shard/output.ts'
import { Shard } from '../../src/shard/shard.ts'
import type { ShardState } from '../../src/shard/shard-state.ts'
import { openStore, type Store, type StoreOptions } from '../../src/store/store.ts'
import { makeProcess } from '../model/process.ts'
import { connect, type Engine, engines } from '../support/clickhouse/engines.ts'
import { seriesOf } from '../support/store/series.ts'

/*
 * The same records, folded again and again into one store: in other batches, with crashes in between that lose all but the
 * last snapshot. What is stored must be the same each time, but for the versions, which say how far the fold had come.
 */
const process = makeProcess({
  activities: ['paid', 'picked', 'cancelled'],
  attributes: ['wh', 'items:number'],
  stages: {
    picking: { from: ['paid'], to: ['picked'], by: ['wh'], target: { default: 600_000 } },
    shipping: { from: ['picked'], to: ['cancelled'] },
  },
  ends: { cancelled: ['cancelled'] },
  measures: { all: { of: 'items', by: ['wh'] } },
  settle: 1_800_000,
  pane: 10_000,
  timeout: 10_000_000,
  topics: { events: 'ids' },
})

const hourMs = 3_600_000
const cases = 300

type Happening = { readonly case: string; readonly activity: string; readonly at: number; readonly id: string }

const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}

/** Three hours of orders; half of the events come up to 25 minutes late, so that visits are made and withdrawn again. */
function happenings(): Happening[] {
  const draw = random(7)
  const all: (Happening & { readonly comes: number })[] = []
  for (let nth = 0; nth < cases; nth++) {
    let at = Math.floor(draw() * 3 * hourMs)
    const activities =
      draw() < 0.2 ? ['paid', 'picked', 'paid', 'picked', 'cancelled'] : ['paid', 'picked', 'cancelled']
    for (const [index, activity] of activities.entries()) {
      if (draw() < 0.1) continue
      const comes = at + (draw() < 0.5 ? draw() * 1_500_000 : 0)
      all.push({ case: `C-${nth}`, activity, at, id: `${nth}-${index}`, comes })
      if (draw() < 0.05) all.push({ case: `C-${nth}`, activity, at, id: `${nth}-${index}`, comes: comes + 1 })
      at += Math.floor(draw() * 900_000)
    }
  }
  return all.sort((left, right) => left.comes - right.comes)
}

const records = happenings()

class Fold {
  readonly shard = new Shard({ process, partition: 0, topics: ['events'], epoch: 0, withRecords: true })
  readonly #decoded = this.shard.newRecord()

  take(offset: number): void {
    const { case: caseId, activity, at, id } = records[offset]!
    const bytes = Buffer.from(JSON.stringify(records[offset]))
    const event = {
      case: caseId as CaseId,
      activity: process.activities.indexOf(activity),
      at: instant(at),
      id,
      attributes: [`WH-${offset % 3}`, offset % 50],
    }
    const record = { offset, key: null, value: bytes, timestamp: instant(at), notAfter: instant(Infinity) }
    this.#decoded.fill({ kind: 'events', events: [event] })
    this.shard.fold(0, record, this.#decoded)
  }
}

type Saved = { readonly state: ShardState; readonly unwritten: ShardOutput; readonly next: number }

/** Folds all records into the store, taking rows, saving and crashing where the seed says. @returns how many crashes. */
async function foldInto(options: StoreOptions, seed: number, mostCrashes: number): Promise<number> {
  const draw = random(seed)
  const limits = { flushEveryMs: 1, batchRows: 5 + Math.floor(draw() * 200), firstRetryMs: 1 }
  let store = await openStore(options, {}, limits)
  let fold = new Fold()
  let saved: Buffer | undefined
  let crashes = 0
  let next = 0
  while (next < records.length) {
    const until = Math.min(records.length, next + 1 + Math.floor(draw() * 150))
    for (; next < until; next++) fold.take(next)
    store.write(fold.shard.takeOutput())
    if (draw() < 0.4) await store.flush()
    if (draw() < 0.4) {
      store.write(fold.shard.takeOutput())
      saved = serialize({ state: fold.shard.snapshot(), unwritten: store.unacknowledged(), next } satisfies Saved)
    }
    if (crashes < mostCrashes && draw() < 0.2) {
      crashes++
      await store.close(0)
      store = await openStore(options, {}, limits)
      fold = new Fold()
      next = 0
      if (saved !== undefined) {
        // Typed arrays that are read from a buffer may lie in it, and the shard writes to what it is restored from.
        const { state, unwritten, next: from } = deserialize(Buffer.from(saved)) as Saved
        fold.shard.restore(state)
        store.write(unwritten)
        next = from
      }
    }
  }
  store.write(fold.shard.takeOutput())
  await store.flush()
  expect(await store.close()).toEqual({ unwrittenRows: 0 })
  return crashes
}

const tables = [
  ...['visits', 'panes', 'measure_panes', 'events', 'dead_letters'],
  ...['pane_roll_ups', 'measure_roll_ups', 'roll_ups_until'],
]

/**
 * Every cell, but for versions and for when a row was written. What came and went between two batches has no row, and what
 * went after one has a row that says so: such rows say that there is nothing, and are left out.
 */
async function cells(options: StoreOptions): Promise<Record<string, unknown[]>> {
  const { reading, writing } = await connect(options)
  const found: Record<string, unknown[]> = {}
  for (const table of tables) {
    const rows = await writing.rows<Record<string, unknown>>(`SELECT * FROM ${table} FINAL`)
    const standing = rows.filter(row => !isNothing(row))
    found[table] = standing
      .map(({ version: _, stored_at: _at, corrected_at_ms: _corrected, ...row }) => JSON.stringify(row))
      .sort()
  }
  await reading.close()
  await writing.close()
  return found
}

/** Without what tells how far the fold had come. */
const pageOf = <Page extends { readonly visits: readonly object[] }>(page: Page) => ({
  ...page,
  visits: page.visits.map(visit => ({ ...visit, position: undefined })),
})

async function withdrawnVisits(options: StoreOptions): Promise<number> {
  const { reading, writing } = await connect(options)
  const [row] = await writing.rows<{ n: number }>('SELECT toUInt32(countIf(deleted = 1)) AS n FROM visits FINAL')
  await reading.close()
  await writing.close()
  return row?.n ?? 0
}

const isNothing = (row: Record<string, unknown>): boolean =>
  row.deleted === 1 ||
  Number(row.count) === 0 ||
  ['entered', 'exited', 'abandoned', 'expired'].every(column => Number(row[column]) === 0)

/** What people are shown. */
async function answers(options: StoreOptions): Promise<unknown> {
  const store = await openStore(options)
  const series = (stage: string, segment: Record<string, string> | undefined, stepMs: number) =>
    seriesOf(store, { process: process.name, stage, segment, from: instant(0), to: instant(8 * hourMs), stepMs })
  const { visits, openVisits } = await store.counts(process.name)
  const picking = { process: process.name, stage: 'picking' } as const
  const day = { from: instant(0), to: instant(24 * hourMs) }
  const found = {
    counts: { visits, openVisits },
    cases: await Promise.all(
      Array.from({ length: 30 }, async (_, nth) =>
        (await store.visitsOfCase(process.name, `C-${nth}`)).map(({ position: _position, ...row }) => row),
      ),
    ),
    byMinute: await series('picking', undefined, 60_000),
    byHour: await series('picking', { wh: 'WH-1' }, hourMs),
    whole: await series('shipping', undefined, 24 * hourMs),
    compared: await store.stageSeries({
      ...picking,
      ...day,
      stepMs: 7 * 60_000,
      compare: ['period-before', 'week-before'],
    }),
    measured: await store.measureSeries({ process: process.name, measure: 'all', ...day, stepMs: hourMs }),
    segments: await store.segmentContributions({ ...picking, ...day, by: ['wh'], order: 'sumMs', limit: 2 }),
    slowest: pageOf(await store.visitPage({ ...picking, time: { by: 'end', ...day }, order: 'longest', limit: 40 })),
    open: pageOf(
      await store.visitPage({ ...picking, time: { by: 'open', at: instant(hourMs) }, order: 'oldest', limit: 9 }),
    ),
    overdue: pageOf(await store.openVisits({ ...picking, at: instant(3 * hourMs), targetMs: 60_000, limit: 20 })),
    usual: await store.stageBaseline({ ...picking, before: instant(5 * hourMs), weeks: 1, timezone: 'Asia/Kolkata' }),
  }
  await store.close()
  return found
}

describe.each(engines)('$name', ({ start }) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await start()
  })
  afterAll(() => engine.close())

  test('records folded again, in other batches and through crashes, leave every cell and every answer the same', async () => {
    const options = engine.newStore()
    await foldInto(options, 1, 0)
    const [cellsBefore, answersBefore] = [await cells(options), await answers(options)]
    for (const table of tables)
      if (table !== 'dead_letters') expect(cellsBefore[table]?.length, table).toBeGreaterThan(0)
    expect(await withdrawnVisits(options)).toBeGreaterThan(5)

    let crashes = 0
    for (const seed of [2, 3]) {
      crashes += await foldInto(options, seed, 3)
      expect(await cells(options)).toEqual(cellsBefore)
      expect(await answers(options)).toEqual(answersBefore)
    }
    const other = engine.newStore()
    crashes += await foldInto(other, 4, 3)
    expect(await cells(other)).toEqual(cellsBefore)
    expect(await answers(other)).toEqual(answersBefore)
    expect(crashes).toBeGreaterThan(3)
  })

  test('the mark of a withdrawn visit outlives merges, and rows of it that come late', async () => {
    const options = engine.newStore()
    const row = (position: number, deleted: boolean) => ({
      process: 'marks',
      stage: 'picking',
      case: 'C' as CaseId,
      visit: 1,
      ordinal: 0,
      start: instant(0),
      end: undefined,
      outcome: 'open' as const,
      reason: undefined,
      durationMs: undefined,
      businessMs: undefined,
      segment: {},
      attributes: {},
      deleted,
      source: 'events',
      partition: 0,
      epoch: 0,
      position,
    })
    const store: Store = await openStore(options)
    store.write({ visits: [row(1, false)] })
    await store.flush()
    store.write({ visits: [row(2, true)] })
    await store.flush()
    await store.close()
    const { reading, writing } = await connect(options)
    await writing.command('OPTIMIZE TABLE visits FINAL')
    // ClickHouse can remove such rows, and does not without being told in the table's settings that it may.
    await expect(writing.command('OPTIMIZE TABLE visits FINAL CLEANUP')).rejects.toThrow('not allowed')
    await reading.close()
    await writing.close()
    const again = await openStore(options)
    again.write({ visits: [row(1, false)] })
    await again.flush()
    expect(await again.visitsOfCase('marks', 'C')).toEqual([])
    expect(await again.counts('marks')).toMatchObject({ visits: 0 })
    await again.close()
  })
})
