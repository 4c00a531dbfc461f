import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OpenVisits } from './open-visits.ts'

const changes = fc.array(fc.tuple(fc.integer({ min: -20, max: 20 }), fc.constantFrom<1 | -1>(1, 1, -1)), {
  maxLength: 80,
})

test('open visits are counted by pane of entry, oldest first, whatever order they come and go in', () => {
  fc.assert(
    fc.property(changes, fc.integer({ min: -25, max: 25 }), (all, last) => {
      const open = new OpenVisits()
      const counts = new Map<number, number>()
      for (const [pane, sign] of all) {
        open.add(pane, sign)
        counts.set(pane, (counts.get(pane) ?? 0) + sign)
      }
      const expected = [...counts].filter(([, count]) => count !== 0).sort(([left], [right]) => left - right)
      expect(open.entries()).toEqual(expected)
      expect(open.total).toBe(expected.reduce((sum, [, count]) => sum + count, 0))
      const seen: [number, number][] = []
      open.forEachUntil(last, (pane, count) => seen.push([pane, count]))
      expect(seen).toEqual(expected.filter(([pane]) => pane <= last))

      const restored = new OpenVisits()
      for (const [pane, count] of open.entries().reverse()) restored.set(pane, count)
      expect(restored.entries()).toEqual(expected)
      expect(restored.total).toBe(open.total)
    }),
  )
})
