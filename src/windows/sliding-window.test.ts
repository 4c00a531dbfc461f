import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Series } from './series.ts'
import { SlidingWindow } from './sliding-window.ts'
import { windowPanes } from './span.ts'

const paneMs = 10
const windows = [10, 50, 1_000, 15_000] as const

const visit = fc.record({
  start: fc.integer({ min: -300, max: 600 }),
  lasted: fc.nat(400),
  how: fc.constantFrom('completed', 'completed', 'abandoned', 'expired', 'open'),
  rework: fc.boolean(),
  breach: fc.boolean(),
})

const step = fc.oneof(
  { weight: 6, arbitrary: visit.map(added => ({ kind: 'add', added }) as const) },
  { weight: 2, arbitrary: fc.nat(100).map(index => ({ kind: 'withdraw', index }) as const) },
  // Mostly forward, sometimes far, sometimes back.
  {
    weight: 4,
    arbitrary: fc
      .oneof(fc.integer({ min: -100, max: 200 }), fc.integer({ min: -20_000, max: 20_000 }))
      .map(by => ({ kind: 'move', by }) as const),
  },
)

type Visit = {
  readonly start: number
  readonly lasted: number
  readonly how: 'completed' | 'abandoned' | 'expired' | 'open'
  readonly rework: boolean
  readonly breach: boolean
}

function apply(series: Series, { start, lasted, how, rework, breach }: Visit, sign: 1 | -1): void {
  series.enter(start, rework, sign)
  if (how !== 'open') series.leave(start + lasted, how, lasted, how === 'completed' && breach, sign)
}

test('the running totals equal the sum of the panes, whatever was corrected and however the window moved', () => {
  let counted = 0
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), steps => {
      const series = new Series(paneMs, windows)
      let present: Visit[] = []
      let at = 0
      for (const one of steps) {
        if (one.kind === 'add') {
          present.push(one.added)
          apply(series, one.added, 1)
        } else if (one.kind === 'withdraw') {
          const gone = present[one.index % Math.max(1, present.length)]
          if (gone === undefined) continue
          present = present.filter(other => other !== gone)
          apply(series, gone, -1)
        } else at += one.by
        for (const windowMs of windows) {
          const { totals, range } = series.windowAt(windowMs, at)
          expect(range).toEqual(windowPanes(at, windowMs, paneMs))
          const covers = (time: number) => time >= range.first * paneMs && time < (range.last + 1) * paneMs
          const entered = present.filter(({ start }) => covers(start))
          const left = present.filter(({ start, lasted, how }) => how !== 'open' && covers(start + lasted))
          const completed = left.filter(({ how }) => how === 'completed')
          const { durations, ...counts } = totals
          expect(counts).toEqual({
            entered: entered.length,
            reworked: entered.filter(({ rework }) => rework).length,
            exited: completed.length,
            abandoned: left.filter(({ how }) => how === 'abandoned').length,
            expired: left.filter(({ how }) => how === 'expired').length,
            breached: completed.filter(({ breach }) => breach).length,
            sumMs: completed.reduce((sum, { lasted }) => sum + lasted, 0),
          })
          expect(durations.total).toBe(completed.length)
          counted += completed.length
        }
      }
    }),
    { numRuns: 100 },
  )
  expect(counted).toBeGreaterThan(1_000)
})

test('before the first evaluation a window covers nothing, so changes cost it nothing', () => {
  const window = new SlidingWindow(50, paneMs)
  expect([-1, 0, 1].map(pane => window.covers(pane))).toEqual([false, false, false])
})

test('a pane that is let go of leaves the totals too', () => {
  const series = new Series(paneMs, [1_000])
  apply(series, { start: 5, lasted: 3, how: 'completed', rework: true, breach: true }, 1)
  apply(series, { start: 25, lasted: 3, how: 'completed', rework: false, breach: false }, 1)
  series.windowAt(1_000, 30)
  const unsaved: number[] = []
  series.settleUntil(0)
  series.dropUntil(0, index => unsaved.push(index))
  expect(unsaved).toEqual([0])
  const { durations, ...counts } = series.windowAt(1_000, 30).totals
  expect(counts).toMatchObject({ entered: 1, reworked: 0, exited: 1, breached: 0, sumMs: 3 })
  expect(durations.total).toBe(1)
})

test('a window that nobody asked for is an error, not a number', () => {
  expect(() => new Series(paneMs, [50]).windowAt(60, 0)).toThrow('60 ms')
})
