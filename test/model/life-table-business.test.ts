import { expect, test } from 'vitest'
import { BusinessCalendar } from '../../src/model/business-calendar.ts'
import { RandomDraws } from '../../src/source/random-draws.ts'
import { directLifeTable, type LifeTableVisit } from './life-table.ts'
import { arrivals, HOUR, StagePanes, sojourns } from './life-table-stage.ts'

/** Monday to Friday, 9 to 17, in a zone with clock changes. */
const office = new BusinessCalendar({
  name: 'office',
  title: { en: 'Office' },
  timezone: 'Europe/Berlin',
  week: Array.from({ length: 7 }, (_, weekday) => (weekday < 5 ? [{ fromMinute: 540, toMinute: 1_020 }] : [])),
  days: [],
  position: { file: 'calendars.yaml', line: 1, column: 1 },
})

/** A Monday, four weeks before the clocks go forward. */
const origin = Date.UTC(2026, 2, 2)

test.each([
  ['in the middle of a day', Date.UTC(2026, 2, 31, 11, 7, 3)],
  ['at night', Date.UTC(2026, 2, 31, 22)],
  ['on a Sunday', Date.UTC(2026, 2, 29, 12)],
  ['early on a Monday, its window reaching back over the weekend', Date.UTC(2026, 2, 30, 8, 20)],
])('a table %s counts business time: it is the direct one of clocks that stand still outside of it', (_when, at) => {
  const until = office.businessMs(origin, at)
  const draws = new RandomDraws(1, at)
  /** Instants in working ms since the origin. */
  const worked: LifeTableVisit[] = arrivals(draws, 100, 1, until).map(entry => {
    const leaves = entry + Math.round(sojourns.lognormal(draws, 3 * HOUR))
    return { entry, leave: leaves < until ? { at: leaves, completed: draws.fraction() < 0.95 } : undefined }
  })
  const wall = (ms: number): number => office.addBusinessMs(origin, ms) as number
  const visits = worked.map(({ entry, leave }) => ({
    entry: wall(entry),
    leave: leave && { ...leave, at: wall(leave.at) },
  }))
  const { table, start } = new StagePanes(visits, 60_000, office).lifeTable(at, 4 * HOUR)
  const direct = directLifeTable(worked, office.businessMs(origin, start), until)
  expect(office.businessMs(start, at)).toBeGreaterThanOrEqual(4 * HOUR)
  expect(office.businessMs(start, at)).toBeLessThanOrEqual(4 * HOUR + 60_000)
  for (const share of [0.5, 0.75, 0.9]) {
    const [found, exact] = [table.quantile(share) as number, direct.quantile(share) as number]
    expect({ share, found, exact, isNear: Math.abs(found / exact - 1) <= 0.02 }).toMatchObject({ isNear: true })
  }
  expect(Math.abs(table.exits - direct.exits)).toBeLessThanOrEqual(1)
})
