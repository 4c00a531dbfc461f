import { expect, test } from 'vitest'
import { soundProcess } from '../../test/support/mistaken-process.ts'
import { formatProblem, loadDefinitions } from './load.ts'

const load = (text: string) =>
  loadDefinitions([
    { name: 'p.yaml', text: soundProcess },
    { name: 'owners.yaml', text: 'ops: {title: Operations}\nboss: {title: Boss}\n' },
    { name: 'notifications.yaml', text },
  ])

test('rules of inhibition have the words of Alertmanager, and need no route', () => {
  const { definitions, problems } = load(
    `inhibit:
  - source_matchers: [severity="critical"]
    target_matchers: ['severity=~"warning|info"', process!=x]
    equal: [process, warehouse]
  - {source_matchers: [rule=a], target_matchers: [alertname=b]}
`,
  )
  expect(problems).toEqual([])
  expect(definitions).not.toHaveProperty('route')
  expect(definitions?.inhibitRules).toEqual([
    {
      sourceMatchers: [{ name: 'severity', value: 'critical', isEqual: true, isRegex: false }],
      targetMatchers: [
        { name: 'severity', value: 'warning|info', isEqual: true, isRegex: true },
        { name: 'process', value: 'x', isEqual: false, isRegex: false },
      ],
      equal: ['process', 'warehouse'],
    },
    {
      sourceMatchers: [{ name: 'rule', value: 'a', isEqual: true, isRegex: false }],
      targetMatchers: [{ name: 'alertname', value: 'b', isEqual: true, isRegex: false }],
      equal: [],
    },
  ])
})

const target = 'target_matchers: [severity=info]'

test.each([
  [
    `inhibit: [{source_matchers: [severty=critical], ${target}}]`,
    '1:30 error no alert has a label "severty"; did you mean "severity"?',
    '1:30 错误 没有告警带有标签 "severty"；是否想写 "severity"？',
  ],
  [
    `inhibit: [{source_matchers: [critical], ${target}}]`,
    '1:30 error critical is no matcher: write name="value", with =, !=, =~ or !~ in between',
    '1:30 错误 critical 不是有效的匹配器（写作 name="value"，中间用 =、!=、=~ 或 !~）：is no matcher: write name="value", with =, !=, =~ or !~ in between',
  ],
  [
    `inhibit: [{source_matchers: ['severity=~".*"', 'stage!=x'], ${target}}]`,
    '1:12 error these matchers fit every alert; give one that does not match the empty text',
    '1:12 错误 这些匹配器匹配所有告警；请至少写一个不匹配空文本的匹配器',
  ],
  [
    `inhibit: [{source_matchers: [], ${target}}]`,
    '1:29 error "source_matchers" must be a list of 1 to 20 matchers, [severity="critical"], not an empty list',
    '1:29 错误 "source_matchers" 应为 1 至 20 个匹配器的列表，[severity="critical"]，而不是空列表',
  ],
  [
    `inhibit: [{source_matchers: [severity=critical], ${target}, equal: [warehose]}]`,
    '1:92 error no alert has a label "warehose"; did you mean "warehouse"?',
    '1:92 错误 没有告警带有标签 "warehose"；是否想写 "warehouse"？',
  ],
  [
    `inhibit: [{source_matchers: [severity=critical]}]`,
    '1:11 error "target_matchers" is missing; it must be a list of 1 to 20 matchers, [severity="critical"]',
    '1:11 错误 缺少 "target_matchers"；应为 1 至 20 个匹配器的列表，[severity="critical"]',
  ],
  [
    `inhibit: [{source_matcher: [severity=critical], source_matchers: [severity=critical], ${target}}]`,
    '1:12 error unknown key "source_matcher"; did you mean "source_matchers"?',
    '1:12 错误 未知的键 "source_matcher"；是否想写 "source_matchers"？',
  ],
])('%s is told with its place', (text, en, zh) => {
  const told = (language: 'en' | 'zh') => load(text).problems.map(problem => formatProblem(problem, language))
  expect(told('en')).toEqual([`notifications.yaml:${en}`])
  expect(told('zh')).toEqual([`notifications.yaml:${zh}`])
})
