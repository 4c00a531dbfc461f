import { expect, test } from 'vitest'
import { soundProcess } from '../../test/support/mistaken-process.ts'
import { formatProblem, loadDefinitions } from './load.ts'

const load = (escalation: string) =>
  loadDefinitions([
    { name: 'p.yaml', text: soundProcess },
    {
      name: 'owners.yaml',
      text: `ops: {title: Operations, escalation: ${escalation}}
duty: {title: Duty, contact_points: [{webhook: https://a.example, name: pager}]}
idle: {title: Idle}
`,
    },
  ])

test('steps are as written, and wait until somebody has acknowledged where they say nothing else', () => {
  const { definitions, problems } = load('[{after: 10m, to: duty}, {after: 1h, unless: over, to: [duty/pager, duty]}]')
  expect(problems).toEqual([])
  expect(definitions?.owners.get('ops')?.escalation).toEqual([
    { afterMs: 600_000, unless: 'acknowledged', to: ['duty'] },
    { afterMs: 3_600_000, unless: 'over', to: ['duty/pager', 'duty'] },
  ])
})

test.each([
  [
    '{after: 10m, to: dutty}',
    '56 error unknown owner "dutty"; did you mean "duty"?',
    '56 错误 未知的负责人 "dutty"；是否想写 "duty"？',
  ],
  [
    '{after: 10m, to: duty/pagr}',
    '56 error "duty" has no contact point "pagr"; did you mean "duty/pager"?',
    '56 错误 "duty" 没有联系方式 "pagr"；是否想写 "duty/pager"？',
  ],
  ['{after: 10m, to: [duty, idle]}', '63 error "idle" has no contact point', '63 错误 "idle" 没有联系方式'],
  [
    '{after: 0s, to: duty}',
    '47 error "after" must be longer than 0s, and at most 30d',
    '47 错误 "after" 应大于 0s，且不超过 30d',
  ],
  [
    '{after: 10m, to: duty}, {after: 10m, to: duty/pager}',
    '71 error "after" must be later than that of the step before',
    '71 错误 "after" 应晚于上一步',
  ],
])('of steps this is told: %s', (steps, en, zh) => {
  const told = (language: 'en' | 'zh') => load(`[${steps}]`).problems.map(problem => formatProblem(problem, language))
  expect(told('en')).toEqual([`owners.yaml:1:${en}`])
  expect(told('zh')).toEqual([`owners.yaml:1:${zh}`])
})
