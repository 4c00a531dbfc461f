import { describe, expect, test } from 'vitest'
import { compileCondition } from '../model/condition.ts'
import { conditionOfKind } from '../model/rule-kind.ts'
import { vocabularyOf } from '../model/statistics.ts'
import type { Flow } from './explanation.ts'
import { lacksWork, mayHoldWorkBack } from './starvation.ts'

/** What an alert of a condition would have to show. */
function evidence(when: string, flow: Flow, rest: Readonly<Record<string, number>> = {}) {
  const values: Readonly<Record<string, number>> = {
    throughput: flow.exited,
    at_risk: flow.wip + flow.exited,
    ...flow,
    ...rest,
  }
  const deviationOf = when.includes('_limit') ? 'entered' : undefined
  const vocabulary = vocabularyOf({ measure: undefined, deviationOf })
  const { terms, result } = compileCondition(when, vocabulary).evaluate(name => values[name])
  expect(result).toBe(true)
  return { terms, flow }
}

describe('it lacks work', () => {
  test.each([
    ['nothing comes', 'entered == 0', { entered: 0, exited: 0, left: 0, wip: 40 }],
    ['little comes', 'entered < 5 && wip >= 10', { entered: 2, exited: 3, left: 0, wip: 40 }],
    ['little comes, written the other way', '!(entered >= 5)', { entered: 2, exited: 3, left: 0, wip: 40 }],
    ['nothing leaves, for nothing is there', 'exited == 0', { entered: 0, exited: 0, left: 0, wip: 0 }],
    [
      'little leaves, and as little came',
      'throughput < 10 && at_risk >= 3',
      { entered: 3, exited: 4, left: 0, wip: 2 },
    ],
  ])('%s: %s', (_what, when, flow) => {
    // A negation is true by a term that is false, so it tells nothing that is low.
    expect(lacksWork(evidence(when, flow))).toBe(!when.startsWith('!'))
  })

  test('less comes than usual', () => {
    const { when } = conditionOfKind({ deviation: { of: 'entered', direction: 'below' } }) ?? { when: '' }
    expect(lacksWork(evidence(when, { entered: 2, exited: 3, left: 0, wip: 9 }, { lower_limit: 20 }))).toBe(true)
  })
})

describe('it is its own fault, or of something else', () => {
  test.each([
    ['nothing leaves and some are there', 'exited == 0', { entered: 0, exited: 0, left: 0, wip: 3 }],
    ['more came than left', 'throughput < 10', { entered: 9, exited: 4, left: 0, wip: 2 }],
    ['more are there than left', 'throughput < 10', { entered: 3, exited: 4, left: 0, wip: 30 }],
    ['much comes', 'entered > 5', { entered: 9, exited: 9, left: 0, wip: 0 }],
    ['many are there', 'wip >= 30', { entered: 0, exited: 0, left: 0, wip: 30 }],
  ])('%s: %s', (_what, when, flow) => {
    expect(lacksWork(evidence(when, flow))).toBe(false)
  })

  test('it takes long as well', () => {
    const flow = { entered: 0, exited: 3, left: 0, wip: 1 }
    expect(lacksWork(evidence('entered == 0 && age_max > duration("1h")', flow, { age_max: 7_200_000 }))).toBe(false)
  })
})

test.each([
  ['age_p90 > duration("70s") && wip >= 100', true],
  ['wip >= 30', true],
  ['live_p90 > 2 * live_p50', true],
  ['p90 > 2 * p90.over("24h")', true],
  ['exited == 0 && wip >= 1', true],
  ['entered < 5', true],
  ['within_target < 0.9', true],
  ['late_risk - overdue >= 5', true],
  ['breached.over("1h") > 0.72 * exited.over("1h")', true],
  ['reworked > 10', false],
  ['abandoned > 10', false],
  ['entered > 1000', false],
  ['within_target > 0.9', false],
])('what a condition can tell does not change with its values: %s may hold work back: %s', (when, expected) => {
  for (const value of [0, 1e9]) {
    const { terms } = compileCondition(when).evaluate(() => value)
    expect(mayHoldWorkBack({ terms })).toBe(expected)
  }
})
