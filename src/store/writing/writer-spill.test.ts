import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { batchOf, paneOf, visitOf } from '../../../test/support/store-batches.ts'
import { until } from '../../../test/support/until.ts'
import { instant } from '../../event/instant.ts'
import type { StoreConnection } from '../clickhouse/connection.ts'
import type { SpillOptions } from '../spill/spill.ts'
import { openStore, openStoreOn, type Store } from '../store.ts'
import type { NewRows, WriterLimits } from './writer.ts'

/** About waiting that hangs, not about slow machines. */
const WITHIN_MS = 60_000

const directory = mkdtempSync(join(tmpdir(), 'stagewatch-writer-spill-'))
let engine: Store
let folder: string
let nth = 0
const opened: Store[] = []

beforeAll(async () => {
  engine = await openStore({ kind: 'embedded', path: join(directory, 'clickhouse') })
})

beforeEach(() => {
  folder = join(directory, `spill-${++nth}`)
})

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close(20)
})

afterAll(async () => {
  await engine.close()
  rmSync(directory, { recursive: true })
})

/** What goes wrong with the connection: it refuses, or does not answer. */
type Trouble = { now: 'refuses' | 'hangs' | undefined; beforeAnswer?: () => void }

function troubled(trouble: Trouble): Omit<StoreConnection, 'close'> {
  return {
    ...engine.connection,
    insert: async (...given) => {
      if (trouble.now === 'refuses') throw new Error('connection refused')
      while (trouble.now === 'hangs') await new Promise(setImmediate)
      await engine.connection.insert(...given)
      trouble.beforeAnswer?.()
    },
  }
}

/** Batches so small that not all that waits is under way at once. */
const limits = {
  flushEveryMs: 5,
  batchRows: 500,
  firstRetryMs: 1,
  longestRetryMs: 4,
  spillBytes: 100_000,
  spillRetryMs: 1,
}

/** Told what was damaged. */
async function openSpilling(
  trouble: Trouble,
  change: { folder?: string; maxBytes?: number; limits?: Partial<WriterLimits> } = {},
): Promise<Store & { readonly failures: readonly string[] }> {
  const failures: string[] = []
  const spill: SpillOptions = {
    folder: change.folder ?? folder,
    maxBytes: change.maxBytes ?? 1_000_000_000,
    takesOver: true,
    report: {
      began: () => {},
      ended: () => {},
      failed: error => void failures.push(error.message),
      damaged: ({ problem }) => void failures.push(problem),
      torn: () => {},
    },
  }
  const store = await openStoreOn(troubled(trouble), { ...limits, ...change.limits }, spill)
  opened.push(store)
  return Object.assign(store, { failures })
}

const of = (process: string, rows: NewRows): NewRows => ({
  visits: (rows.visits ?? []).map(row => ({ ...row, process })),
  panes: (rows.panes ?? []).map(row => ({ ...row, process })),
  deadLetters: (rows.deadLetters ?? []).map(row => ({ ...row, process })),
})

/** Of the rows of visits, by case. */
async function positionsOf(process: string): Promise<Map<string, number>> {
  const positions = new Map<string, number>()
  for await (const row of engine.allVisits(process)) {
    expect(positions.has(row.case), row.case).toBe(false)
    positions.set(row.case, row.position)
  }
  return positions
}

const filesIn = (path: string) => (existsSync(path) ? readdirSync(path) : [])

const untilSpilled = (store: Store) =>
  until('no visits in memory', WITHIN_MS, () => (store.unacknowledged().visits.length === 0 ? true : undefined))

test('while the store is away rows that are as many as events go to disk, panes stay, and all is there in the end', async () => {
  const trouble: Trouble = { now: 'refuses' }
  const store = await openSpilling(trouble)
  const first = of('away', batchOf(1))
  store.write(first)
  await untilSpilled(store)
  const { deadLetters, panes } = store.unacknowledged()
  // Dead letters are the first to be sent: the batch that is under way stays as it is.
  expect([deadLetters.length, panes.length]).toEqual([first.deadLetters?.length, first.panes?.length])
  expect(store.health()).toMatchObject({ ok: false, waitingRows: Object.values(first).flat().length })
  // Of the same keys, newer: they go to disk, too, and are what counts.
  for (const batch of [2, 3, 4]) store.write(of('away', batchOf(batch)))
  await until('the letters that came later are on disk', WITHIN_MS, () =>
    store.unacknowledged().deadLetters.length === first.deadLetters?.length ? true : undefined,
  )
  await untilSpilled(store)
  trouble.now = undefined
  await store.flush()
  expect(store.health()).toMatchObject({ ok: true, waitingRows: 0 })
  expect([store.hasSpilled(), filesIn(folder), store.failures]).toEqual([false, [], []])
  const batches = [1, 2, 3, 4]
  const newest = new Map(batches.flatMap(batch => batchOf(batch).visits.map(row => [row.case as string, batch])))
  expect(await positionsOf('away')).toEqual(newest)
  expect(await engine.counts('away')).toMatchObject({ visits: newest.size, deadLetters: 4 * 60 })
})

test('the states of many alerts, evaluation by evaluation, fill the disk and not the memory', async () => {
  const trouble: Trouble = { now: 'refuses' }
  const bounds = { highBytes: 1_000_000, lowBytes: 500_000, batchBytes: 50_000 }
  const store = await openSpilling(trouble, { limits: bounds })
  const state = JSON.stringify({ book: 'x'.repeat(10_000) })
  for (let nth = 0; nth < 200; nth++) {
    store.write({ evaluations: [{ process: 'states', at: instant(nth), transitions: 1, state }] })
    await until('there is room', WITHIN_MS, () => (store.isFull() ? undefined : true))
  }
  expect(store.health()).toMatchObject({ ok: false, waitingRows: 200 })
  trouble.now = undefined
  await store.flush()
  const found = await engine.connection.rows('SELECT count() AS rows, max(at_ms) AS last FROM evaluations FINAL')
  expect([found, store.failures]).toEqual([[{ rows: 200, last: 199 }], []])
})

test('a store that hangs is away, too', async () => {
  const trouble: Trouble = { now: 'hangs' }
  const store = await openSpilling(trouble, { limits: { stuckAfterMs: 20 } })
  await until('rows on disk', WITHIN_MS, () => {
    store.write({ visits: [{ ...visitOf(1, 1), process: 'hangs' }, ...(of('hangs', batchOf(1)).visits ?? [])] })
    return store.hasSpilled() ? true : undefined
  })
  // What is under way has not failed yet.
  expect(store.health().ok).toBe(true)
  trouble.now = undefined
  await store.flush()
  expect((await positionsOf('hangs')).size).toBe(1_201)
})

test('a store that takes rows gets them from memory, however many wait', async () => {
  const trouble: Trouble = { now: undefined }
  const store = await openSpilling(trouble, { limits: { spillBytes: 1 } })
  for (const batch of [1, 2, 3]) store.write(of('works', batchOf(batch)))
  await store.flush()
  expect(filesIn(folder)).toEqual([])
})

test('a process that is killed before it removes what was acknowledged sends it once more: each row once by its key', async () => {
  const trouble: Trouble = { now: 'refuses' }
  const killed = await openSpilling(trouble)
  killed.write(of('killed', { visits: batchOf(1).visits }))
  killed.write(of('killed', { visits: batchOf(2).visits }))
  await until('rows on disk', WITHIN_MS, () => killed.hasSpilled() || undefined)
  // What its disk has when the first rows of it are in the table, and nobody knows yet.
  const left = `${folder}-left`
  trouble.beforeAnswer = () => {
    if (!existsSync(left)) cpSync(folder, left, { recursive: true })
  }
  const unacknowledged = killed.unacknowledged()
  trouble.now = undefined
  await killed.flush()
  const next = await openSpilling({ now: undefined }, { folder: left })
  expect(next.health().waitingRows).toBeGreaterThan(0)
  // As a restart does; what waits on disk is sent without that.
  next.write(unacknowledged)
  await until('nothing waits, nor lies on disk', WITHIN_MS, () =>
    next.health().waitingRows === 0 && filesIn(left).length === 0 ? true : undefined,
  )
  const newest = [1, 2].flatMap(batch => batchOf(batch).visits.map(row => [row.case as string, batch] as const))
  expect(await positionsOf('killed')).toEqual(new Map(newest))
  expect(next.failures).toEqual([])
})

test('what a killed process had on disk is enough, with what a snapshot of its end holds', async () => {
  const killed = await openSpilling({ now: 'refuses' })
  for (const batch of [1, 2, 3]) killed.write(of('restart', batchOf(batch)))
  await until('rows on disk', WITHIN_MS, () => killed.hasSpilled() || undefined)
  const snapshot = killed.unacknowledged()
  const left = `${folder}-left`
  cpSync(folder, left, { recursive: true })
  const next = await openSpilling({ now: undefined }, { folder: left })
  next.write(snapshot)
  await next.flush()
  const newest = [1, 2, 3].flatMap(batch => batchOf(batch).visits.map(row => [row.case as string, batch] as const))
  expect(await positionsOf('restart')).toEqual(new Map(newest))
  expect(await engine.counts('restart')).toMatchObject({ deadLetters: 3 * 60 })
})

test('past the bound of the disk rows fill memory, which holds the sources back, and all is there in the end', async () => {
  const trouble: Trouble = { now: 'refuses' }
  const store = await openSpilling(trouble, {
    maxBytes: 600_000,
    limits: { highBytes: 1_500_000, lowBytes: 500_000 },
  })
  let batch = 0
  await until('memory is full', WITHIN_MS, () => {
    if (!store.isFull()) store.write(of('bound', { visits: batchOf((++batch % 5) + 1).visits }))
    return store.isFull() && store.failures.length > 0 ? true : undefined
  })
  expect(store.failures).toEqual([expect.stringContaining('See to the store.')])
  expect(store.hasSpilled()).toBe(true)
  const drained = store.drained()
  trouble.now = undefined
  await drained
  await store.flush()
  expect((await positionsOf('bound')).size).toBe(3_000)
  expect(store.pressure()).toBe(0)
})

test('rows of an earlier epoch that wait on disk are written before those of earlier epochs leave', async () => {
  const trouble: Trouble = { now: 'refuses' }
  const store = await openSpilling(trouble)
  store.write(of('anew', { visits: batchOf(1).visits, panes: batchOf(1).panes }))
  await until('rows on disk', WITHIN_MS, () => store.hasSpilled() || undefined)
  store.write({ panes: [{ ...paneOf(0, 1), process: 'anew', epoch: 2 }] })
  const superseded = store.supersede('anew', 'events', 0, 2)
  trouble.now = undefined
  await superseded
  expect(await positionsOf('anew')).toEqual(new Map())
  expect(store.hasSpilled()).toBe(false)
})
