import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EvaluationClock, MAX_STEPS_A_GAP } from './evaluation-clock.ts'

test('over history the step is the pane, in whole steps of evaluate_every', () => {
  expect(new EvaluationClock(1_000, 10_000).historyStepMs).toBe(10_000)
  expect(new EvaluationClock(1_000, 2_500).historyStepMs).toBe(3_000)
  expect(new EvaluationClock(15_000, 10_000).historyStepMs).toBe(15_000)
})

test('the first T is the one after the first event, also where that lies on the grid', () => {
  const clock = new EvaluationClock(1_000, 10_000)
  expect([-1, 0, 999, 1_000].map(first => clock.next(1_000, first))).toEqual([0, 1_000, 1_000, 2_000])
  expect(clock.last).toBeUndefined()
})

test('after an evaluation the next T follows it, whatever the first event was', () => {
  const clock = new EvaluationClock(1_000, 10_000)
  clock.passed(12_340)
  expect(clock.next(1_000, 5)).toBe(13_000)
  expect(clock.nextOverHistory(5, 12_000, 40_000)).toBe(20_000)
})

test('time that goes back is a bug', () => {
  const clock = new EvaluationClock(1_000, 10_000)
  clock.passed(2_000)
  expect(() => clock.passed(1_000)).toThrow('went back')
})

const silences = fc.record({
  stepMs: fc.constantFrom(1, 7, 1_000, 3_600_000),
  from: fc.integer({ min: -100, max: 100 }),
  since: fc.nat(50),
  lengthMs: fc.double({ min: 0, max: 12, noNaN: true }).map(power => Math.floor(10 ** power)),
})

test('a silence is crossed in few equal steps that never go past the event after it', () => {
  fc.assert(
    fc.property(silences, ({ stepMs, from, since, lengthMs }) => {
      const clock = new EvaluationClock(stepMs, stepMs)
      const quietSince = from * stepMs + (since % stepMs)
      const next = clock.next(stepMs, quietSince)
      const quietUntil = next + lengthMs
      const all: number[] = []
      for (;;) {
        const at = clock.nextOverHistory(quietSince, quietSince, quietUntil)
        if (at > quietUntil) break
        clock.passed(at)
        all.push(at)
        expect(all.length).toBeLessThanOrEqual(MAX_STEPS_A_GAP + 2)
      }
      expect(all[0]).toBeGreaterThanOrEqual(next)
      expect(all.every((at, index) => at % stepMs === 0 && (index === 0 || at > all[index - 1]!))).toBe(true)
      // The last one before the event is the one of the plain grid, so nothing of the silence is missed.
      expect(quietUntil - all.at(-1)!).toBeLessThan(stepMs)
      if (lengthMs / stepMs < MAX_STEPS_A_GAP - 2) expect(all.length).toBe(Math.floor(lengthMs / stepMs) + 1)
      const strides = new Set(all.slice(2, -1).map((at, index) => at - all[index + 1]!))
      expect(strides.size).toBeLessThanOrEqual(1)
    }),
    { numRuns: 60 },
  )
})

test('without an event to come the step stays as it is', () => {
  const clock = new EvaluationClock(1_000, 10_000)
  expect(clock.nextOverHistory(0, 0, Infinity)).toBe(10_000)
})
