import { expect, test } from 'vitest'
import type { StatisticValue } from '../model/bounded.ts'
import type { BoundedLookup } from '../model/statistics.ts'
import { compileSummary } from './summary.ts'

const lookup: BoundedLookup = name =>
  (
    ({
      age_p90: 5_400_000,
      wip: 42,
      within_target: 0.9345,
      throughput: 7.125,
      live_p90: { atLeast: 5_400_000 },
    }) as Readonly<Record<string, StatisticValue>>
  )[name]

const filled = (en: string) => compileSummary({ en }, ['warehouse']).render({ warehouse: 'WH-2' }, lookup).en

test.each([
  ['Picking in {{ warehouse }} is slow: p90 {{ age_p90 | duration }}', 'Picking in WH-2 is slow: p90 1h 30m'],
  ['{{warehouse}}', 'WH-2'],
  ['{{ age_p90 }}', '1h 30m'],
  ['{{ age_p90 | number }} ms', '5400000 ms'],
  ['{{ wip }} open, {{ within_target }} in time, {{ throughput }}/h', '42 open, 93.5 % in time, 7.13/h'],
  ['{{ within_target | percent }}', '93.5 %'],
  ['{{ within_target | number }}', '0.93'],
  ['p90 {{ live_p90 }}', 'p90 ≥ 1h 30m'],
  ['p50 is {{ p50 | duration }}', 'p50 is –'],
  ['a } b { c }} d', 'a } b { c }} d'],
  ['', ''],
])('the summary %j reads %j', (text, expected) => {
  expect(filled(text)).toBe(expected)
})

test('an unknown value of a dimension is shown as a dash', () => {
  expect(compileSummary({ en: 'in {{ warehouse }}' }, ['warehouse']).render({ warehouse: null }, lookup).en).toBe(
    'in –',
  )
})

test('a summary is filled in every language that it is given in, and reads the statistics of all', () => {
  const summary = compileSummary({ en: '{{ wip }} open', zh: '{{ age_p90 }}' }, [])
  expect(summary.render({}, lookup)).toEqual({ en: '42 open', zh: '1 小时 30 分钟' })
  expect(summary.statistics).toEqual(['wip', 'age_p90'])
  expect(compileSummary({ en: '{{ wip }}' }, []).render({}, lookup)).toEqual({ en: '42' })
})

test('durations are written in the language of the summary, bounds included', () => {
  const summary = compileSummary({ en: '{{ live_p90 }}', zh: '已等待 {{ live_p90 | duration }}' }, [])
  expect(summary.render({}, lookup)).toEqual({ en: '≥ 1h 30m', zh: '已等待 ≥ 1 小时 30 分钟' })
  const between: BoundedLookup = () => ({ low: 180_000, high: 100_800_000 })
  expect(compileSummary({ en: '-', zh: '{{ age_p90 }}' }, []).render({}, between).zh).toBe('3 分钟–1 天 4 小时')
})

test('a summary that the loader would have refused is a mistake of the program and stops it', () => {
  expect(() => compileSummary({ en: 'a {{ wharehouse }}' }, ['warehouse'])).toThrow(
    /at offset 5: .*did you mean "warehouse"/,
  )
  expect(() => compileSummary({ en: 'ok', zh: '{{ wip' }, [])).toThrow('at offset 0')
})
