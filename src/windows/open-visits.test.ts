import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OpenVisits } from './open-visits.ts'

const changes = (span: number) =>
  fc.array(fc.tuple(fc.integer({ min: -span, max: span }), fc.constantFrom<1 | -1>(1, 1, -1)), { maxLength: 300 })

test.each([20, 2_000, 100_000])(
  'open visits are counted by pane of entry, oldest first, whatever order they come and go in, over ±%i panes',
  span => {
    fc.assert(
      fc.property(changes(span), fc.integer({ min: -span - 5, max: span + 5 }), (all, last) => {
        const open = new OpenVisits()
        const counts = new Map<number, number>()
        for (const [pane, sign] of all) {
          open.add(pane, sign)
          counts.set(pane, (counts.get(pane) ?? 0) + sign)
        }
        const expected = [...counts].filter(([, count]) => count !== 0).sort(([left], [right]) => left - right)
        expect(open.entries()).toEqual(expected)
        expect(open.total).toBe(expected.reduce((sum, [, count]) => sum + count, 0))
        const until = expected.filter(([pane]) => pane <= last)
        const seen: [number, number][] = []
        open.forEachUntil(last, (pane, count) => seen.push([pane, count]))
        expect(seen).toEqual(until)
        expect(open.countUntil(last)).toBe(until.reduce((sum, [, count]) => sum + count, 0))
      }),
    )
  },
)

test('of the open visits the oldest, the second oldest and so on are found, while the old ones leave', () => {
  const entries = fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(entries, fc.nat(100), (panes, leaving) => {
      const open = new OpenVisits()
      for (const pane of panes) open.add(pane, 1)
      const sorted = [...panes].sort((left, right) => left - right)
      for (const pane of sorted.splice(0, Math.min(leaving, panes.length - 1))) open.add(pane, -1)
      for (const pane of panes.slice(0, 5)) {
        open.add(pane + 1_500, 1)
        sorted.push(pane + 1_500)
      }
      sorted.sort((left, right) => left - right)
      expect(sorted.map((_, index) => open.paneOfRank(index + 1))).toEqual(sorted)
      expect(() => open.paneOfRank(sorted.length + 1)).toThrow('no')
    }),
  )
})
