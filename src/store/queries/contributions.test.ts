import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { embeddedScratchStore, type ScratchStore } from '../../../test/support/store/scratch-store.ts'
import { exactQuantile, hasValues, panesOf, visitRow } from '../../../test/support/store/visits-and-panes.ts'
import type { CaseId } from '../../event/event.ts'
import { instant } from '../../event/instant.ts'
import type { VisitRow } from '../../shard/output.ts'
import type { Contribution, ContributionQuery } from './contributions.ts'

let store: ScratchStore

beforeAll(async () => {
  store = await embeddedScratchStore()
})

afterAll(() => store.close())

const paneMs = 60_000
const hourMs = 3_600_000
const origin = 1_700_000_000_000 - (1_700_000_000_000 % paneMs)
const names = ['entered', 'exited', 'abandoned', 'expired', 'reworked', 'breached', 'sumMs'] as const

const drawnVisit = fc.record({
  start: fc.integer({ min: 0, max: 48 * hourMs }),
  ms: fc.integer({ min: 0, max: 3 * hourMs }),
  outcome: fc.constantFrom<VisitRow['outcome']>('completed', 'completed', 'abandoned', 'open'),
  segment: fc.constantFrom(
    { carrier: 'C-1', warehouse: 'WH-1' },
    { carrier: 'C-2', warehouse: 'WH-1' },
    { carrier: 'C-1', warehouse: 'WH-2' },
    { carrier: null, warehouse: '__other__' },
    // As the stage was cut before its definition changed.
    { carrier: 'C-1' },
  ),
  isBreached: fc.boolean(),
})

const queryOf = (process: string, change: Partial<ContributionQuery> = {}): ContributionQuery => ({
  ...{ process, stage: 'picking', by: ['warehouse'], order: 'exited', limit: 2 },
  ...{ from: instant(origin), to: instant(origin + 24 * hourMs) },
  ...change,
})

let runs = 0

test('the listed segments and the rest add up to the total, now and in the period before, however they are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(drawnVisit, { minLength: 1, maxLength: 50 }),
      fc.subarray(['warehouse', 'carrier'], { minLength: 1 }),
      fc.constantFrom<Contribution>('entered', 'exited', 'breached', 'sumMs'),
      fc.integer({ min: 1, max: 4 }),
      async (drawn, by, order, limit) => {
        const process = `contributions-${runs++}`
        const visits = drawn.map(({ start, ms, outcome, segment, isBreached }, index) =>
          visitRow(process, {
            case: `A-${index}` as CaseId,
            ...{ start: instant(origin - 24 * hourMs + start), end: instant(origin - 24 * hourMs + start + ms) },
            ...{ outcome, segment, ...(isBreached ? { breached: true } : {}) },
          }),
        )
        await store.write({ panes: panesOf(visits, paneMs) })
        const found = await store.queries.segmentContributions(queryOf(process, { by, order, limit, compare: true }))
        for (const name of names) {
          const listed = found.segments.reduce((sum, segment) => sum + segment[name], 0)
          expect([name, listed + found.rest[name]]).toEqual([name, found.total[name]])
          const before = found.segments.reduce((sum, segment) => sum + (segment.before?.[name] ?? 0), 0)
          expect([name, before + (found.rest.before?.[name] ?? 0)]).toEqual([name, found.total.before?.[name]])
        }
        for (const { segment, entered, exited, before } of found.segments) {
          expect(Object.keys(segment).sort()).toEqual([...by].sort())
          const ofSegment = visits.filter(visit => hasValues(visit.segment, segment))
          const isNow = (at: number | undefined) => at !== undefined && at >= origin && at < origin + 24 * hourMs
          expect(entered).toBe(ofSegment.filter(({ start }) => isNow(start)).length)
          const completed = ofSegment.filter(({ outcome }) => outcome === 'completed')
          expect(exited).toBe(completed.filter(({ end }) => isNow(end)).length)
          expect(before?.exited).toBe(completed.filter(({ end }) => end !== undefined && end < origin).length)
        }
        const sizes = found.segments.map(segment => segment[order])
        expect(sizes).toEqual([...sizes].sort((left, right) => right - left))
      },
    ),
    { numRuns: 30 },
  )
})

const exits = (process: string, warehouse: string, durations: readonly number[], carrier = 'C-1'): VisitRow[] =>
  durations.map((ms, index) =>
    visitRow(process, {
      case: `${warehouse}-${carrier}-${index}` as CaseId,
      ...{ start: instant(origin + index), end: instant(origin + index + ms) },
      segment: { carrier, warehouse },
    }),
  )

test('each segment has its share, mean and quantiles, and what is not listed is one row', async () => {
  const process = 'shares'
  const slow = Array.from({ length: 20 }, (_, index) => 100_000 + 1_000 * index)
  const visits = [
    ...exits(process, 'WH-1', slow.slice(0, 10), 'C-1'),
    ...exits(process, 'WH-1', slow.slice(10), 'C-2'),
    ...exits(process, 'WH-2', [1_000, 2_000, 3_000]),
    ...exits(process, 'WH-3', [50]),
    ...exits(process, 'WH-4', [60]),
  ]
  await store.write({ panes: panesOf(visits, paneMs) })
  const found = await store.queries.segmentContributions(queryOf(process))
  expect(found.segments.map(({ segment, exited }) => [segment, exited])).toEqual([
    [{ warehouse: 'WH-1' }, 20],
    [{ warehouse: 'WH-2' }, 3],
  ])
  const [first] = found.segments
  expect(first?.share.exited).toBeCloseTo(20 / 25, 12)
  expect(first?.share.breached).toBeUndefined()
  expect(first?.avgMs).toBe(slow.reduce((sum, ms) => sum + ms, 0) / 20)
  const exact = exactQuantile(slow, 0.9) as number
  expect(Math.abs((first?.p90Ms as number) - exact)).toBeLessThanOrEqual(0.011 * exact)
  expect(found.rest).toMatchObject({ segmentCount: 2, exited: 2, sumMs: 110, avgMs: 55, before: undefined })
  expect(Math.abs((found.rest.p50Ms as number) - 50)).toBeLessThanOrEqual(0.55)
})

test('a contribution, dimension or number that there is not is told with what to ask instead', async () => {
  const asked = (change: Partial<ContributionQuery>) => store.queries.segmentContributions(queryOf('p', change))
  await expect(asked({ order: 'exited; DROP TABLE panes' as Contribution })).rejects.toThrow(
    /"order" is "exited; DROP TABLE panes". Use one of entered, exited, breached, sumMs/,
  )
  await expect(asked({ by: [] })).rejects.toThrow(/"by" names no dimension/)
  await expect(asked({ limit: 0 })).rejects.toThrow(/"limit" is 0. Give a whole number of segments from 1 to 1000/)
})
