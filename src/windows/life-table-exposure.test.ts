import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ageEdges, lowerAgeEdge } from './life-table-ages.ts'
import { Exposure } from './life-table-exposure.ts'

const stay = () =>
  fc
    .tuple(fc.nat(2_000), fc.nat(2_000), fc.integer({ min: 1, max: 5 }))
    .map(([a, b, visits]) => ({ from: Math.min(a, b) / 2, until: Math.max(a, b) / 2, visits }))

test('the time at each age is what every visit has in common with it, added up', () => {
  fc.assert(
    fc.property(fc.array(stay(), { maxLength: 30 }), stays => {
      const exposure = new Exposure()
      for (const { until, visits } of stays) exposure.until(until, visits)
      for (const { from, visits } of stays) exposure.from(from, visits)
      const expected = Array.from(ageEdges, (high, age) => {
        const low = lowerAgeEdge(age)
        const shared = stays.map(one => one.visits * Math.max(0, Math.min(high, one.until) - Math.max(low, one.from)))
        return shared.reduce((sum, ms) => sum + ms, 0)
      })
      expect([...exposure.byAge()]).toEqual(expected)
      expect(exposure.oldestAgeMs).toBe(Math.max(0, ...stays.map(({ until }) => until)))
    }),
  )
})

test('ages spread evenly between two are as good as a visit at each of many between them', () => {
  for (const [low, high] of [
    [0.5, 999.5],
    [100, 130],
    [1_000, 1_010],
    [700, 700],
  ] as const) {
    const spread = new Exposure()
    spread.untilBetween(low, high, 4)
    const many = new Exposure()
    const steps = 10_000
    for (let step = 0; step < steps; step++) many.until(low + ((step + 0.5) * (high - low)) / steps, 4 / steps)
    const [found, expected] = [spread.byAge(), many.byAge()]
    for (let age = 0; age < found.length; age++) expect(Math.abs(found[age]! - expected[age]!)).toBeLessThan(0.1)
    expect(spread.oldestAgeMs).toBe((low + high) / 2)
  }
})
