import { expect, test } from 'vitest'
import type { SegmentKey } from '../event/segment.ts'
import { compileCalendar } from '../model/business-calendar.ts'
import { LifeTableCounts } from './life-table-counts.ts'
import { StageWindows } from './stage-windows.ts'

const hourMs = 3_600_000
const dayHours = [{ fromMinute: 540, toMinute: 1_020 }]
const office = compileCalendar({
  name: 'office',
  title: { en: 'Office' },
  timezone: 'UTC',
  week: [dayHours, dayHours, dayHours, dayHours, dayHours, [], []],
  days: [],
  position: { file: 'calendars.yaml', line: 1, column: 1 },
})
const paneMs = 600_000
const friday = Date.UTC(2026, 10, 20)
const monday = Date.UTC(2026, 10, 23)

const stageWith = (reachMs: number) =>
  new StageWindows({
    paneMs,
    windowsMs: [hourMs],
    reachMs,
    calendar: office,
    targetOf: () => undefined,
    targetOfOther: () => undefined,
    keyOf: () => '[]' as SegmentKey,
  })

const nobody = () => {}

test('panes stay for as long as a life table reaches back in working time: on Monday morning, to Friday', () => {
  const stage = stageWith(8 * hourMs)
  const end = friday + 15 * hourMs
  stage.enter(-1, friday + 9 * hourMs, false, 1)
  stage.leave(-1, -1, friday + 9 * hourMs, end, 'completed', 1, 0)
  stage.advance(monday + 10 * hourMs, nobody, nobody)
  const at = monday + 10 * hourMs
  const counts = new LifeTableCounts({ at, windowMs: 8 * hourMs, paneMs, calendar: office })
  stage.total.forEachPane(counts.range.first, counts.range.last, pane => counts.addPane(pane))
  const table = counts.table()
  // Six hours from 09:00 to 15:00, of which the table has those since 10:00 on Friday.
  expect(table.survival(5.5 * hourMs)).toBe(1)
  expect(table.survival(7 * hourMs) ?? 0).toBeLessThan(1)

  // Eight hours back from 14:00 on Monday lies 14:00 on Friday, from 16:30 on Monday 16:30 on Friday.
  stage.advance(monday + 14 * hourMs, nobody, nobody)
  expect(stage.total.settled.count).toBe(1)
  stage.advance(monday + 16.5 * hourMs, nobody, nobody)
  expect(stage.total.settled.count).toBe(0)
})

test('where no life table is asked for, panes stay for the windows only', () => {
  const stage = stageWith(0)
  stage.enter(-1, friday + 9 * hourMs, false, 1)
  stage.advance(friday + 15 * hourMs, nobody, nobody)
  expect(stage.total.settled.count).toBe(0)
})

test('a stage counts working time, its panes the wall clock beside it', () => {
  const stage = stageWith(0)
  stage.enter(-1, friday + 16 * hourMs, false, 1)
  stage.leave(-1, -1, friday + 16 * hourMs, monday + 10 * hourMs, 'completed', 1, 0)
  expect(stage.total.windowAt(hourMs, monday + 10 * hourMs + 1).totals.sumMs).toBe(2 * hourMs)
  const told: unknown[] = []
  stage.takeDirty((_, index, { sumMs, wall }) => told.push({ start: index * paneMs, sumMs, wallMs: wall?.sumMs }))
  expect(told).toEqual([
    { start: friday + 16 * hourMs, sumMs: 0, wallMs: 0 },
    { start: monday + 10 * hourMs, sumMs: 2 * hourMs, wallMs: 66 * hourMs },
  ])
})
