import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ageBars } from './age-bars.ts'
import { ageOf } from './open-ages.ts'
import { OpenVisits } from './open-visits.ts'
import type { SeriesView } from './views.ts'

const paneMs = 10_000

/** Open visits that entered in these panes, as a series. */
function seriesOf(panes: readonly number[]): SeriesView {
  const open = new OpenVisits()
  for (const pane of panes) open.add(pane, 1)
  return { open, calendar: undefined } as unknown as SeriesView
}

test('every open visit lies in the bar of its age, those over a target behind it, and bars follow on each other', () => {
  const panes = fc.array(fc.integer({ min: -50_000_000, max: 99 }), { maxLength: 60 })
  const targets = fc.array(fc.integer({ min: 1, max: 10_000_000 }), { maxLength: 3 })
  fc.assert(
    fc.property(panes, panes, targets, fc.integer({ min: 990_001, max: 1_000_000 }), (some, others, targetsMs, at) => {
      const parts = [some, others].map(each => ({ series: seriesOf(each) }))
      const bars = ageBars({ parts, paneMs, at }, targetsMs)
      const ages = [...some, ...others].map(pane => ageOf(pane, paneMs, at, undefined))
      for (const { fromMs, toMs = Infinity, count } of bars) {
        expect(count).toBe(ages.filter(age => age >= fromMs && age < toMs).length)
      }
      expect(bars.map(({ fromMs }) => fromMs)).toEqual([0, ...bars.map(({ toMs }) => toMs)].slice(0, bars.length))
      expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(ages.length)
      expect(bars.at(-1)?.count).not.toBe(0)
      for (const target of targetsMs) {
        const over = bars.filter(({ fromMs }) => fromMs > target).reduce((sum, { count }) => sum + count, 0)
        expect(over).toBe(ages.filter(age => age > target).length)
      }
    }),
  )
})

test('targets that are too many are no edges, and who enters after T is not open yet', () => {
  const parts = [{ series: seriesOf([0, 5, 200]) }]
  const bars = ageBars({ parts, paneMs, at: 60_000 }, [11_000, 12_000, 13_000, 14_000])
  expect(bars).toEqual([
    { fromMs: 0, toMs: 10_000, count: 1 },
    { fromMs: 10_000, toMs: 20_000, count: 0 },
    { fromMs: 20_000, toMs: 30_000, count: 0 },
    { fromMs: 30_000, toMs: 60_000, count: 1 },
  ])
})

test('a target that is an edge stands in its place', () => {
  const bars = ageBars({ parts: [{ series: seriesOf([0]) }], paneMs, at: 100_000 }, [60_000])
  expect(bars.map(({ fromMs }) => fromMs)).toEqual([0, 10_000, 20_000, 30_000, 60_001])
})
