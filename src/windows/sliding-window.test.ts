import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TOTAL } from '../event/segment.ts'
import { comparedPanes } from './comparison.ts'
import { SlidingWindow } from './sliding-window.ts'
import { windowPanes } from './span.ts'
import { StageWindows } from './stage-windows.ts'

const paneMs = 10
const windowsMs = [10, 50, 1_000, 15_000] as const
const targetMs = 200
const comparisons = [
  { windowMs: 50, gapMs: 0, beforeMs: 50 },
  { windowMs: 1_000, gapMs: 95, beforeMs: 300 },
] as const

const visit = fc.record({
  start: fc.integer({ min: -300, max: 600 }),
  lasted: fc.nat(400),
  how: fc.constantFrom('completed', 'completed', 'abandoned', 'expired', 'open'),
  rework: fc.boolean(),
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
}

/** A stage without segments: all is counted in the total. */
const newStage = (lengths: readonly number[]): StageWindows =>
  new StageWindows({
    paneMs,
    windowsMs: lengths,
    comparisons,
    calendar: undefined,
    targetOf: () => targetMs,
    targetOfOther: () => targetMs,
    keyOf: () => TOTAL,
  })

const ignore = () => {}

function apply(stage: StageWindows, { start, lasted, how, rework }: Visit, sign: 1 | -1): void {
  stage.enter(-1, start, rework, sign)
  if (how !== 'open') stage.leave(-1, -1, start, start + lasted, how, sign, 0)
}

test('the running totals equal the sum of the panes, whatever was corrected and however the window moved', () => {
  let counted = 0
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), steps => {
      const stage = newStage(windowsMs)
      let present: Visit[] = []
      let at = 0
      for (const one of steps) {
        if (one.kind === 'add') {
          present.push(one.added)
          apply(stage, one.added, 1)
        } else if (one.kind === 'withdraw') {
          const gone = present[one.index % Math.max(1, present.length)]
          if (gone === undefined) continue
          present = present.filter(other => other !== gone)
          apply(stage, gone, -1)
        } else at += one.by
        for (const windowMs of windowsMs) {
          const { totals, range } = stage.total.windowAt(windowMs, at)
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
            breached: completed.filter(({ lasted }) => lasted > targetMs).length,
            sumMs: completed.reduce((sum, { lasted }) => sum + lasted, 0),
          })
          expect(durations.total).toBe(completed.length)
          const all = completed.map(({ lasted }) => lasted)
          expect(stage.total.extremesAt(windowMs, at)).toEqual({
            minMs: all.length === 0 ? undefined : Math.min(...all),
            maxMs: all.length === 0 ? undefined : Math.max(...all),
          })
          counted += completed.length
        }
        for (const comparison of comparisons) {
          const sides = stage.total.comparedAt(comparison, at)
          const panes = comparedPanes(at, comparison, paneMs)
          expect(panes.now).toEqual(windowPanes(at, comparison.windowMs, paneMs))
          expect(panes.before.last).toBe(panes.now.first - 1 - Math.ceil(comparison.gapMs / paneMs))
          expect(panes.before.last - panes.before.first + 1).toBe(comparison.beforeMs / paneMs)
          for (const side of ['now', 'before'] as const) {
            const { first, last } = panes[side]
            const covers = (time: number) => time >= first * paneMs && time < (last + 1) * paneMs
            const entered = present.filter(({ start }) => covers(start))
            const left = present.filter(({ start, lasted, how }) => how === 'completed' && covers(start + lasted))
            expect(sides[side]).toEqual({
              entered: entered.length,
              reworked: entered.filter(({ rework }) => rework).length,
              exited: left.length,
              sumMs: left.reduce((sum, { lasted }) => sum + lasted, 0),
            })
          }
        }
      }
    }),
    { numRuns: 100 },
  )
  expect(counted).toBeGreaterThan(1_000)
})

test('what is compared at a boundary between panes is not what was compared just before it', () => {
  const stage = newStage([50])
  apply(stage, { start: 42, lasted: 3, how: 'completed', rework: false }, 1)
  const [comparison] = comparisons
  // Up to the boundary the pane of 40 is the youngest one before the window, and 90 the youngest one in it at both.
  expect(stage.total.comparedAt(comparison, 95).now.exited).toBe(1)
  expect(stage.total.comparedAt(comparison, 100).now.exited).toBe(0)
  expect(stage.total.comparedAt(comparison, 100).before.exited).toBe(1)
})

test('before the first evaluation a window covers nothing, so changes cost it nothing', () => {
  const window = new SlidingWindow(50, paneMs)
  expect([-1, 0, 1].map(pane => window.covers(pane))).toEqual([false, false, false])
})

test('a pane that is let go of leaves the totals too', () => {
  const stage = newStage([1_000])
  apply(stage, { start: 5, lasted: 3, how: 'completed', rework: true }, 1)
  apply(stage, { start: 25, lasted: 3, how: 'completed', rework: false }, 1)
  stage.total.windowAt(1_000, 30)
  // Both settle; the first lies a window, what it is compared with, and a pane before the newest that has settled.
  expect(stage.advance(1_420, ignore, ignore)).toBe(true)
  const { durations, ...counts } = stage.total.windowAt(1_000, 30).totals
  expect(counts).toMatchObject({ entered: 1, reworked: 0, exited: 1, breached: 0, sumMs: 3 })
  expect(durations.total).toBe(1)
})

test('what is compared is kept until nothing reaches it any more', () => {
  const stage = newStage([50])
  apply(stage, { start: 5, lasted: 3, how: 'completed', rework: true }, 1)
  const [, comparison] = comparisons
  stage.advance(1_400, ignore, ignore)
  expect(stage.total.comparedAt(comparison, 1_400).before.exited).toBe(1)
  stage.advance(1_440, ignore, ignore)
  expect(stage.total.comparedAt(comparison, 1_400).before.exited).toBe(0)
})

test('a window that nobody asked for is an error, not a number', () => {
  expect(() => newStage([50]).total.windowAt(60, 0)).toThrow('60 ms')
})
