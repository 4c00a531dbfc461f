import { expect, test } from 'vitest'
import { makeProcess, makeRule } from '../../test/model/process.ts'
import { livePercentilesOf, measureDisplayWindowMs, measureWindowsOf, reachMsOf, windowsOf } from './config.ts'

const bare = makeProcess({
  activities: ['paid', 'picked'],
  attributes: ['wh'],
  stages: { picking: { from: ['paid'], to: ['picked'], by: ['wh'] }, other: { from: ['picked'], to: ['paid'] } },
  settle: 60_000,
  pane: 10_000,
  timeout: 86_400_000,
  topics: { events: 'no ids' },
})

test('panes are kept for a day and an hour where a condition, a recovery or a summary reads a live percentile', () => {
  const rule = { name: 'slow', window: 900_000 }
  for (const live of [
    makeRule({ ...rule, when: 'wip > 3 && live_p90 > duration("4h")' }),
    makeRule({ ...rule, recoverWhen: 'live_p50 < duration("4h")' }),
    makeRule({ ...rule, summary: { en: 'slow', zh: '{{ live_p99 | duration }}' } }),
  ]) {
    const process = { ...bare, rules: [live] }
    expect(reachMsOf(process, 0)).toBe(25 * 3_600_000)
    expect(reachMsOf(process, 1)).toBe(0)
    expect(livePercentilesOf(process, 0)).toHaveLength(1)
    // No window is added up for it: an event costs what it costs without.
    expect(windowsOf(process, 0)).toEqual([900_000])
  }
})

test('a stage of which nobody reads a live percentile keeps the panes of its windows only', () => {
  const process = { ...bare, rules: [makeRule({ name: 'full', window: 900_000, when: 'age_p90 > duration("4h")' })] }
  expect(reachMsOf(process, 0)).toBe(0)
})

test('a measure keeps the windows that its rules and metrics ask for, and the page shows the first of them', () => {
  const rules = [
    makeRule({ name: 'a', measure: 0, window: 3_600_000 }),
    makeRule({ name: 'b', measure: 0, window: 60_000 }),
    makeRule({ name: 'c', window: 120_000 }),
  ]
  const process = { ...bare, rules }
  expect(measureWindowsOf(process, 0)).toEqual([60_000, 3_600_000])
  expect(measureDisplayWindowMs(process, 0)).toBe(3_600_000)
  // One that nobody watches is shown all the same.
  expect(measureWindowsOf(process, 1)).toEqual([900_000])
  expect(windowsOf(process, 0)).toEqual([120_000])
})
