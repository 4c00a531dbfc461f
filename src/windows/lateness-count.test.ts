import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CERTAIN, type Chance } from './lateness.ts'
import { countLateRisk } from './lateness-count.ts'
import { DueCounts } from './lateness-due-counts.ts'

const paneMs = 1_000
const at = 100_500

/** Falls with the time that is left, at a pace of the entry: half of it is known. */
function chanceOf(entry: number, due: number): Chance {
  if (due <= at) return CERTAIN
  const late = Math.exp(-(due - at) / (2_000 + (entry % 7_000)))
  return { low: due - at > 20_000 ? 0 : late, high: late }
}

const cases = fc.array(
  fc.record({ entry: fc.integer({ min: 0, max: 110_000 }), dueIn: fc.integer({ min: 1, max: 150_000 }) }),
  { maxLength: 200 },
)

describe('cases that will probably be late', () => {
  test('are as many as looking at every single one finds, to the pane of the due instant', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(0.05, 0.5, 0.9, 1), (drawn, level) => {
        const counts = new DueCounts()
        let [low, high, least, most] = [0, 0, 0, 0]
        for (const { entry, dueIn } of drawn) {
          const due = entry + dueIn
          const pane = Math.floor(entry / paneMs)
          counts.add(pane, Math.floor(due / paneMs), 1)
          if (pane * paneMs >= at) continue
          const middle = Math.min(pane * paneMs + paneMs / 2, at)
          const chance = chanceOf(middle, due)
          if (chance.low >= level) low++
          if (chance.high >= level) high++
          if (chanceOf(middle, due + paneMs).low >= level) least++
          if (chanceOf(middle, due - paneMs).high >= level) most++
        }
        const found = countLateRisk(counts.lines(), { at, paneMs, level, chanceOf })
        // Nothing surely at risk is left out of `high`, nothing surely safe is in `low`, and neither is off by over a pane.
        expect(found.low).toBeLessThanOrEqual(low)
        expect(found.high).toBeGreaterThanOrEqual(high)
        expect(found.low).toBeGreaterThanOrEqual(least)
        expect(found.high).toBeLessThanOrEqual(most)
      }),
    )
  })

  test('cost the logarithm of the due panes for each pane of entry', () => {
    let asked = 0
    const duePanes = Array.from({ length: 1_000 }, (_, index) => index)
    const lines = [{ entryPane: 3, duePanes, counts: duePanes.map(() => 1_000) }]
    const counting = (entry: number, due: number) => {
      asked++
      return chanceOf(entry, due)
    }
    const { low } = countLateRisk(lines, { at, paneMs, level: 0.5, chanceOf: counting })
    expect(low).toBeGreaterThan(100_000)
    expect(asked).toBeLessThanOrEqual(2 * 11)
  })

  test('are those that are overdue too, where nothing else is known', () => {
    const counts = new DueCounts()
    counts.add(5, 90, 3)
    counts.add(5, 120, 4)
    const unknown = (_: number, due: number) => (due <= at ? CERTAIN : { low: 0, high: 1 })
    expect(countLateRisk(counts.lines(), { at, paneMs, level: 0.5, chanceOf: unknown })).toEqual({ low: 3, high: 7 })
  })

  test('that entered after T are none', () => {
    const counts = new DueCounts()
    counts.add(101, 101, 3)
    expect(countLateRisk(counts.lines(), { at, paneMs, level: 0.5, chanceOf: () => CERTAIN })).toEqual({
      low: 0,
      high: 0,
    })
  })
})

describe('counts by entry and due instant', () => {
  test('are the same in whatever order they were changed, and forget what has gone', () => {
    const change = fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 }))
    fc.assert(
      fc.property(fc.array(change), fc.array(change), (kept, gone) => {
        const [some, all] = [new DueCounts(), new DueCounts()]
        for (const [entry, due] of kept) some.add(entry, due, 1)
        for (const [entry, due] of gone) all.add(entry, due, 1)
        for (const [entry, due] of kept.toReversed()) all.add(entry, due, 1)
        for (const [entry, due] of gone) all.add(entry, due, -1)
        expect(all.lines()).toEqual(some.lines())
        expect(all.total).toBe(kept.length)
      }),
    )
  })

  test('are told by rising panes of entry, each by rising due panes', () => {
    const counts = new DueCounts()
    counts.add(7, 20, 1)
    counts.add(-2, 9, 2)
    counts.add(7, 12, 3)
    expect(counts.lines()).toEqual([
      { entryPane: -2, duePanes: [9], counts: [2] },
      { entryPane: 7, duePanes: [12, 20], counts: [3, 1] },
    ])
  })
})
