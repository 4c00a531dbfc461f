import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_STEPS_A_GAP } from '../../src/engine/evaluation-clock.ts'
import { atOnce, deliveries, replay, replayEngine } from './delivery.ts'
import { scenes } from './logs.ts'

test('transitions and rows are a function of the logs, however these are cut, interleaved and paused', () => {
  let transitions = 0
  fc.assert(
    fc.property(scenes({ silences: [0, 0, 20] }), deliveries(), ({ process, logs }, delivery) => {
      const whole = replay(replayEngine(process), logs, atOnce)
      const cut = replay(replayEngine(process), logs, delivery)
      expect(cut.transitions).toEqual(whole.transitions)
      expect(textOf(cut)).toBe(textOf(whole))
      transitions += whole.transitions.length
    }),
    { numRuns: 100 },
  )
  expect(transitions).toBeGreaterThan(300)
})

test('the instants of evaluation on the way through a long silence follow from the logs too', () => {
  const silence = 3 * MAX_STEPS_A_GAP
  fc.assert(
    fc.property(scenes({ silences: [0, silence, silence + 7] }), deliveries(), ({ process, logs }, delivery) => {
      const whole = replay(replayEngine(process), logs, atOnce)
      const cut = replay(replayEngine(process), logs, delivery)
      expect(cut.evaluatedAt).toEqual(whole.evaluatedAt)
      expect(textOf(cut)).toBe(textOf(whole))
    }),
    { numRuns: 6 },
  )
})

/** Sums of measures are whole numbers beyond those of JSON. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? `${one}n` : one))
