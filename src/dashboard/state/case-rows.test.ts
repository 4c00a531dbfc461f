import { expect, test } from 'vitest'
import type { CaseVisit } from '../../protocol/history.ts'
import { caseRows } from './case-rows.ts'

const iso = (minute: number) => new Date(minute * 60_000).toISOString()
const visit = (stage: string, start: number, end: number | null, dueAt?: number): CaseVisit => ({
  stage,
  visit: 1,
  started_at: iso(start),
  ended_at: end === null ? null : iso(end),
  outcome: end === null ? 'open' : 'completed',
  reason: null,
  duration_ms: null,
  business_ms: null,
  target_ms: null,
  deadline: dueAt === undefined ? null : { due_at: iso(dueAt), state: null, late: null },
  segment: {},
  attributes: {},
})
const timeline = (asOf: number | null, ...visits: CaseVisit[]) => ({
  as_of: asOf === null ? null : iso(asOf),
  visits,
})
const rowsOf = (...given: Parameters<typeof caseRows>) => {
  const { rows, start, end } = caseRows(...given)
  const named = rows.map(row => (row.kind === 'visit' ? row.visit.stage : `${row.wait.after}→${row.wait.before}`))
  return { named, start: start / 60_000, end: end / 60_000 }
}
const spanning = new Set(['lead_time'])

test('waits stand between the visits, but a stage that runs over all is never waited in', () => {
  const found = rowsOf(
    timeline(40, visit('lead_time', 0, null), visit('pay', 0, 5), visit('pick', 9, null)),
    spanning,
    0,
  )
  expect(found).toEqual({ named: ['lead_time', 'pay', 'pay→pick', 'pick'], start: 0, end: 40 })
})

test('the axis reaches to when what is open is due, unless that is far away', () => {
  expect(rowsOf(timeline(40, visit('pick', 0, null, 60)), spanning, 0).end).toBe(60)
  expect(rowsOf(timeline(40, visit('pick', 0, null, 600)), spanning, 0).end).toBe(40)
  expect(rowsOf(timeline(40, visit('pick', 0, 30, 60)), spanning, 0).end).toBe(30)
})

test('what is open lasts up to the last evaluation, or to now where there was none', () => {
  expect(rowsOf(timeline(null, visit('pick', 1, null)), spanning, 7 * 60_000).end).toBe(7)
  expect(rowsOf(timeline(3, visit('pick', 5, null)), spanning, 0)).toMatchObject({ start: 5, end: 5 + 1 / 60_000 })
})
