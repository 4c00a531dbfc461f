import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { embeddedScratchStore, type ScratchStore } from '../../../test/support/store/scratch-store.ts'
import { hasValues, ownMs, panesOf, visitRow } from '../../../test/support/store/visits-and-panes.ts'
import { durationMs } from '../../event/duration.ts'
import type { CaseId } from '../../event/event.ts'
import { instant } from '../../event/instant.ts'
import type { VisitRow } from '../../shard/output.ts'
import type { StoredVisit } from './stored-visit.ts'
import type { VisitOrder, VisitPage, VisitPageQuery } from './visit-pages.ts'
import type { VisitFilter, VisitTime } from './visit-selection.ts'

let store: ScratchStore

beforeAll(async () => {
  store = await embeddedScratchStore()
  // Rows that were replaced are there until they are merged: here they stay.
  await store.connections.writing.command('SYSTEM STOP MERGES')
})

afterAll(() => store.close())

const paneMs = 10_000
const origin = 1_700_000_000_000

const drawnVisit = fc.record({
  case: fc.constantFrom('A-1', 'A-2', 'a-1', "'", '订单'),
  start: fc.nat(60).map(seconds => origin + 1_000 * seconds),
  ms: fc.nat(40).map(seconds => 1_000 * seconds),
  businessMs: fc.option(
    fc.nat(20).map(seconds => durationMs(1_000 * seconds)),
    { nil: undefined },
  ),
  outcome: fc.constantFrom<VisitRow['outcome']>('completed', 'completed', 'abandoned', 'expired', 'open'),
  warehouse: fc.constantFrom('WH-1', 'WH-2', null),
  carrier: fc.constantFrom('C-1', 'C-2'),
  isBreached: fc.boolean(),
  /** Whether an older version said something else, and whether it was withdrawn in the end. */
  fate: fc.constantFrom('stays', 'stays', 'replaced', 'withdrawn'),
})

const drawnTime = fc
  .record({ by: fc.constantFrom('end', 'start', 'open'), from: fc.nat(60), length: fc.integer({ min: 10, max: 90 }) })
  .map(({ by, from, length }): VisitTime => {
    const start = instant(origin + 1_000 * from)
    return by === 'open'
      ? { by, at: start }
      : { by: by as 'end' | 'start', from: start, to: instant(start + 1_000 * length) }
  })

const drawnFilter = fc
  .record({
    segment: fc.constantFrom({ warehouse: 'WH-1' }, { warehouse: null }, { carrier: 'C-1', warehouse: 'WH-2' }, {}),
    outcome: fc.constantFrom<VisitRow['outcome']>('completed', 'abandoned', 'open'),
    breached: fc.boolean(),
    atLeastMs: fc.constantFrom(0, 5_000, 12_000),
    atMostMs: fc.constantFrom(0, 15_000, 30_000),
    case: fc.constantFrom('A-1', '订单', "'"),
  })
  .chain(filter => {
    const names = Object.keys(filter) as (keyof typeof filter)[]
    // More than a few of them at once find nothing, and nothing is easily found.
    const few = fc.subarray(names, { maxLength: 2 })
    return few.map((some): VisitFilter => Object.fromEntries(some.map(name => [name, filter[name]])))
  })

/** How long, by what the selection goes by; −1 where it has not ended. */
const msIn = (visit: VisitRow, time: VisitTime) => (time.by === 'open' ? time.at - visit.start : (ownMs(visit) ?? -1))

function isSelected(visit: VisitRow, time: VisitTime, filter: VisitFilter): boolean {
  const { start, end } = visit
  const isThen =
    time.by === 'open'
      ? start <= time.at && (end === undefined || end > time.at)
      : time.by === 'start'
        ? start >= time.from && start < time.to
        : end !== undefined && end >= time.from && end < time.to
  const ms = msIn(visit, time)
  return (
    isThen &&
    hasValues(visit.segment, filter.segment ?? {}) &&
    (filter.outcome === undefined || visit.outcome === filter.outcome) &&
    (filter.breached === undefined || (visit.breached ?? false) === filter.breached) &&
    (filter.atLeastMs === undefined || ms >= filter.atLeastMs) &&
    (filter.atMostMs === undefined || (ms >= 0 && ms <= filter.atMostMs)) &&
    (filter.case === undefined || visit.case === filter.case)
  )
}

function inOrder(order: VisitOrder, time: VisitTime) {
  const at = (visit: VisitRow) => (time.by === 'end' ? (visit.end as number) : visit.start)
  const value = order === 'longest' ? (visit: VisitRow) => msIn(visit, time) : at
  const sign = order === 'oldest' ? 1 : -1
  return (left: VisitRow, right: VisitRow) =>
    sign *
    (value(left) - value(right) ||
      left.start - right.start ||
      Buffer.compare(Buffer.from(left.case), Buffer.from(right.case)) ||
      left.ordinal - right.ordinal)
}

async function allPages(query: VisitPageQuery): Promise<VisitPage[]> {
  const pages = [await store.queries.visitPage(query)]
  for (let cursor = pages[0]?.next; cursor !== undefined; cursor = pages.at(-1)?.next) {
    pages.push(await store.queries.visitPage({ ...query, cursor }))
  }
  return pages
}

type Identified = Pick<StoredVisit, 'case' | 'start' | 'ordinal' | 'end' | 'outcome'>

const identity = (visit: Identified) => [visit.case, visit.start, visit.ordinal, visit.end, visit.outcome]

let runs = 0

test('pages hold the visits that a plain filter and sort gives, each once, without those withdrawn or replaced', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(drawnVisit, { minLength: 1, maxLength: 40 }),
      drawnTime,
      drawnFilter,
      fc.constantFrom<VisitOrder>('longest', 'newest', 'oldest'),
      fc.integer({ min: 1, max: 15 }),
      async (drawn, time, filter, order, limit) => {
        const process = `pages-${runs++}`
        const rows = drawn.map(
          ({ case: caseId, start, ms, businessMs, outcome, warehouse, carrier, isBreached }, index) =>
            visitRow(process, {
              ...{ case: caseId as CaseId, ordinal: index, start: instant(start), end: instant(start + ms), outcome },
              ...{ segment: { carrier, warehouse }, businessMs: outcome === 'open' ? undefined : businessMs },
              ...(isBreached && outcome === 'completed' ? { breached: true } : {}),
            }),
        )
        const isOf = (fate: string) => (_: unknown, index: number) => drawn[index]?.fate === fate
        const withdrawn = rows.filter(isOf('withdrawn'))
        await store.write({
          visits: rows.filter(isOf('replaced')).map(row => {
            const { breached: _, ...plain } = row
            return {
              ...plain,
              outcome: 'open',
              end: undefined,
              durationMs: undefined,
              businessMs: undefined,
              position: 5,
            }
          }),
        })
        await store.write({ visits: rows })
        await store.write({ visits: withdrawn.map(row => ({ ...row, deleted: true, position: 20 })) })
        const kept = rows.filter(row => !withdrawn.includes(row))
        await store.write({ panes: panesOf(kept, paneMs) })
        const selected = kept.filter(visit => isSelected(visit, time, filter)).sort(inOrder(order, time))
        const pages = await allPages({ process, stage: 'picking', time, filter, order, limit })
        expect(pages.flatMap(page => page.visits.map(identity))).toEqual(selected.map(identity))
        // Every visit has a row here, so an estimate is the number too.
        expect(pages.map(({ count }) => count?.visits)).toEqual([
          selected.length,
          ...pages.slice(1).map(() => undefined),
        ])
      },
    ),
    { numRuns: 60 },
  )
})

const ended: VisitTime = { by: 'end', from: instant(origin), to: instant(origin + 60_000) }

test('a visit comes with all that is stored of it', async () => {
  const row = visitRow('whole', {
    ...{
      businessMs: durationMs(1_500),
      breached: true as const,
      attributes: { note: 'a\'b"\\\n\u0000;😀', vip: true },
    },
    ...{ end: instant(origin + 1_000), start: instant(origin - 5_000), reason: 'x', visit: 2 },
  })
  await store.write({ visits: [{ ...row, weight: 20 } as VisitRow] })
  const page = await store.queries.visitPage({
    ...{ process: 'whole', stage: 'picking', time: ended, order: 'newest', limit: 10 },
  })
  const { source: _, partition: __, epoch: ___, position: ____, deleted: _____, ...stored } = row
  expect(page).toEqual({
    visits: [{ ...stored, weight: 20 }],
    next: undefined,
    // There are no panes that could say it.
    count: { kind: 'estimated', visits: 20 },
  })
})

test('a visit that has not ended is neither short nor long, and the last of the longest', async () => {
  const process = 'unended'
  await store.write({
    visits: [
      visitRow(process, { case: 'A-1' as CaseId, start: instant(origin), outcome: 'open' }),
      visitRow(process, { case: 'A-2' as CaseId, start: instant(origin), end: instant(origin) }),
    ],
  })
  const cases = async (filter: VisitFilter) => {
    const time: VisitTime = { ...ended, by: 'start' }
    const page = await store.queries.visitPage({ process, stage: 'picking', time, filter, order: 'longest', limit: 5 })
    return page.visits.map(visit => visit.case)
  }
  expect(await cases({})).toEqual(['A-2', 'A-1'])
  expect(await cases({ atMostMs: 1_000 })).toEqual(['A-2'])
  expect(await cases({ atLeastMs: 0 })).toEqual(['A-2'])
})

test('a number is exact where panes tell it, and estimated by weight where only rows do', async () => {
  const process = 'counts'
  const visits = Array.from({ length: 10 }, (_, index) =>
    visitRow(process, {
      ...{ case: `A-${index}` as CaseId, start: instant(origin), end: instant(origin + 1_000 * (index + 1)) },
      ...{ outcome: index < 7 ? 'completed' : 'abandoned', ...(index < 2 ? { breached: true } : {}) },
    }),
  )
  // Of the visits that are not notable, one in eight has a row, which stands for eight.
  await store.write({
    visits: visits.slice(0, 3).map((row, index) => (index < 2 ? row : { ...row, weight: 8 })),
    panes: panesOf(visits, paneMs),
  })
  const countOf = async (filter: VisitFilter, time: VisitTime = ended) =>
    (await store.queries.visitPage({ process, stage: 'picking', time, filter, order: 'longest', limit: 1 })).count
  const started: VisitTime = { ...ended, by: 'start' }
  expect(await countOf({})).toEqual({ kind: 'exact', visits: 10 })
  expect(await countOf({ outcome: 'completed' })).toEqual({ kind: 'exact', visits: 7 })
  expect(await countOf({ breached: true })).toEqual({ kind: 'exact', visits: 2 })
  expect(await countOf({ outcome: 'completed', breached: false })).toEqual({ kind: 'exact', visits: 5 })
  expect(await countOf({ segment: { warehouse: 'WH-1' } })).toEqual({ kind: 'exact', visits: 10 })
  expect(await countOf({}, started)).toEqual({ kind: 'exact', visits: 10 })
  expect(await countOf({ atLeastMs: 2_000 })).toEqual({ kind: 'estimated', visits: 9 })
  expect(await countOf({ segment: { warehouse: 'WH-1' } }, started)).toEqual({ kind: 'estimated', visits: 10 })
  // A range that cuts a pane is not what the pane counts.
  expect(await countOf({}, { by: 'end', from: instant(origin), to: instant(origin + 2_500) })).toEqual({
    ...{ kind: 'estimated', visits: 2 },
  })
})

test('where segments are counted together, the number of one is estimated from rows, which have their own', async () => {
  const process = 'partial'
  const visits = ['WH-1', 'WH-2'].map((warehouse, index) =>
    visitRow(process, {
      ...{ case: `A-${index}` as CaseId, start: instant(origin), end: instant(origin + 1_000), segment: { warehouse } },
    }),
  )
  const counted = visits.map(row =>
    row.segment.warehouse === 'WH-2' ? { ...row, segment: { warehouse: '__other__' } } : row,
  )
  await store.write({ visits, panes: panesOf(counted, paneMs) })
  const page = await store.queries.visitPage({
    ...{
      process,
      stage: 'picking',
      time: ended,
      filter: { segment: { warehouse: 'WH-2' } },
      order: 'newest',
      limit: 5,
    },
  })
  expect(page.visits.map(visit => visit.case)).toEqual(['A-1'])
  expect(page.count).toEqual({ kind: 'estimated', visits: 1 })
})

test('a cursor that is broken, or of another question, is told so', async () => {
  const process = 'cursors'
  const visits = Array.from({ length: 5 }, (_, index) =>
    visitRow(process, { case: `A-${index}` as CaseId, start: instant(origin), end: instant(origin + 1_000) }),
  )
  await store.write({ visits })
  const query: VisitPageQuery = { process, stage: 'picking', time: ended, order: 'longest', limit: 2 }
  const { next } = await store.queries.visitPage(query)
  const cursor = next as string
  expect((await store.queries.visitPage({ ...query, limit: 1, cursor })).visits).toHaveLength(1)
  const foreign: VisitPageQuery[] = [
    { ...query, order: 'newest' },
    { ...query, stage: 'packing' },
    { ...query, filter: { breached: true } },
    { ...query, time: { ...ended, by: 'start' } },
  ]
  for (const other of foreign) {
    await expect(store.queries.visitPage({ ...other, cursor })).rejects.toThrow(/"cursor" belongs to another question/)
  }
  const values = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  const forged = [
    [],
    [values[0]],
    [...values, 1],
    values.with(1, '1'),
    values.with(3, 7),
    values.with(1, 0.5),
    {},
    1,
    null,
  ]
  for (const broken of [
    '',
    'x',
    `${cursor}!`.slice(3),
    ...forged.map(value => Buffer.from(JSON.stringify(value)).toString('base64url')),
  ]) {
    await expect(store.queries.visitPage({ ...query, cursor: broken })).rejects.toThrow(/"cursor" (is not one|belongs)/)
  }
})

test('the oldest open visits come first, with their ages and whether they are overdue', async () => {
  const process = 'open'
  const visits = [0, 30, 10, 50].map((seconds, index) =>
    visitRow(process, {
      ...{ case: `A-${index}` as CaseId, start: instant(origin + 1_000 * seconds), outcome: 'open' },
      segment: { warehouse: index === 0 ? 'WH-2' : 'WH-1' },
    }),
  )
  const over = visitRow(process, { case: 'A-9' as CaseId, start: instant(origin), end: instant(origin + 60_000) })
  await store.write({ visits: [...visits, over] })
  const query = { process, stage: 'picking', at: instant(origin + 60_000), targetMs: 30_000, limit: 2 }
  const found = await store.queries.openVisits(query)
  expect(found.visits.map(({ case: caseId, ageMs, overdue }) => [caseId, ageMs, overdue])).toEqual([
    ['A-0', 60_000, true],
    ['A-2', 50_000, true],
  ])
  expect([found.open, found.overdue]).toEqual([4, 2])
  const rest = await store.queries.openVisits({ ...query, cursor: found.next as string })
  // Exactly at the target is not over it.
  expect(rest.visits.map(({ case: caseId, overdue }) => [caseId, overdue])).toEqual([
    ['A-1', false],
    ['A-3', false],
  ])
  const overdue = await store.queries.openVisits({
    ...query,
    limit: 9,
    onlyOverdue: true,
    segment: { warehouse: 'WH-1' },
  })
  expect(overdue.visits.map(visit => visit.case)).toEqual(['A-2'])
  expect([overdue.open, overdue.overdue]).toEqual([3, 1])
  const earlier = await store.queries.openVisits({ ...query, at: instant(origin + 20_000) })
  // One that has ended since was open then.
  expect([earlier.open, earlier.overdue]).toEqual([3, 0])
})
