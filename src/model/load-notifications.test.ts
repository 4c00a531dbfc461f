import { expect, test } from 'vitest'
import { soundProcess } from '../../test/support/mistaken-process.ts'
import { formatProblem, loadDefinitions } from './load.ts'

const owners = `ops:
  title: Operations
  contact_points: [{webhook: https://a.example/hook}, {webhook: https://b.example/hook, name: night}]
boss: {title: Boss}
`

const load = (notifications: string, ownersText = owners) =>
  loadDefinitions([
    { name: 'p.yaml', text: soundProcess },
    { name: 'owners.yaml', text: ownersText },
    { name: 'notifications.yaml', text: notifications },
  ])

const told = (notifications: string, language: 'en' | 'zh' = 'en') =>
  load(notifications).problems.map(problem => formatProblem(problem, language))

const usual = { waitMs: 30_000, intervalMs: 300_000, repeatMs: 14_400_000 }

test('routes take over what they do not say from the one above, and the root has what Alertmanager has', () => {
  const { definitions, problems } = load(
    `route:
  routes:
    - matchers: [severity="critical", 'warehouse=~"WH-.*"']
      receiver: ops/night
      group_by: [warehouse, alertname]
      group_wait: 0s
      continue: true
      routes:
        - matchers: [segment=x]
          receivers: [owner, ops]
          group_by: ['...']
          repeat_interval: 1d
    - {receivers: [], group_interval: 10m}
`.replace('segment=x', 'carrier!=dhl'),
  )
  expect(problems).toEqual([])
  const root = { matchers: [], goesOn: false, receivers: [{ kind: 'owner-of-alert' }] }
  const grouping = { by: ['alertname', 'warehouse'], ...usual, waitMs: 0 }
  expect(definitions?.route).toEqual({
    ...root,
    grouping: { by: [], ...usual },
    routes: [
      {
        matchers: [
          { name: 'severity', value: 'critical', isEqual: true, isRegex: false },
          { name: 'warehouse', value: 'WH-.*', isEqual: true, isRegex: true },
        ],
        goesOn: true,
        receivers: [{ kind: 'contact-point', name: 'ops/night' }],
        grouping,
        routes: [
          {
            matchers: [{ name: 'carrier', value: 'dhl', isEqual: false, isRegex: false }],
            goesOn: false,
            receivers: [{ kind: 'owner-of-alert' }, { kind: 'owner', owner: 'ops' }],
            grouping: { ...grouping, by: undefined, repeatMs: 86_400_000 },
            routes: [],
          },
        ],
      },
      { ...root, receivers: [], grouping: { by: [], ...usual, intervalMs: 600_000 }, routes: [] },
    ],
  })
})

test('without the file nothing is routed', () => {
  const files = [
    { name: 'p.yaml', text: soundProcess },
    { name: 'owners.yaml', text: owners },
  ]
  expect(loadDefinitions(files).definitions).not.toHaveProperty('route')
})

test.each([
  [
    'route: {receiver: opps}',
    '1:19 error unknown owner "opps"; did you mean "ops"?',
    '1:19 错误 未知的负责人 "opps"；是否想写 "ops"？',
  ],
  [
    'route: {receiver: ops/nigth}',
    '1:19 error "ops" has no contact point "nigth"; did you mean "ops/night"?',
    '1:19 错误 "ops" 没有联系方式 "nigth"；是否想写 "ops/night"？',
  ],
  [
    'route: {receivers: [ops, boss]}',
    '1:26 error "boss" has no contact point; give it one in owners.yaml, contact_points: [{webhook: https://…}]',
    '1:26 错误 "boss" 没有联系方式；请在 owners.yaml 中添加 contact_points: [{webhook: https://…}]',
  ],
  [
    'route: {receivers: [ops, ops]}',
    '1:26 error "ops" stands here twice; keep one of them',
    '1:26 错误 "ops" 重复；请只保留一个',
  ],
  [
    'route: {receiver: ops, receivers: [ops]}',
    '1:24 error "receiver" and "receivers" stand in one route; put all of them into receivers',
    '1:24 错误 同一路由中同时有 "receiver" 和 "receivers"；请全部写入 receivers',
  ],
  [
    'route: {group_by: [warehose]}',
    '1:20 error no alert has a label "warehose"; did you mean "warehouse"?',
    '1:20 错误 没有告警带有标签 "warehose"；是否想写 "warehouse"？',
  ],
  [
    "route: {group_by: ['...', warehouse]}",
    '1:21 error "..." stands for all labels; leave the others out',
    '1:21 错误 "..." 表示所有标签；请删除其他标签',
  ],
  [
    'route: {group_interval: 0s}',
    '1:25 error "group_interval" must be from 1s to 30d, not 0s',
    '1:25 错误 "group_interval" 应在 1s 到 30d 之间，而不是 0s',
  ],
  [
    'route: {group_wait: 31d}',
    '1:21 error "group_wait" must be from 0s to 30d, not 31d',
    '1:21 错误 "group_wait" 应在 0s 到 30d 之间，而不是 31d',
  ],
  [
    'route:\n  routes: [{matchers: [severty="critical"]}]',
    '2:24 error no alert has a label "severty"; did you mean "severity"?',
    '2:24 错误 没有告警带有标签 "severty"；是否想写 "severity"？',
  ],
  [
    'route:\n  routes: [{matchers: [severity]}]',
    '2:24 error severity is no matcher: write name="value", with =, !=, =~ or !~ in between',
    '2:24 错误 severity 不是有效的匹配器（写作 name="value"，中间用 =、!=、=~ 或 !~）：is no matcher: write name="value", with =, !=, =~ or !~ in between',
  ],
  [
    'route:\n  routes:\n    - {matchers: [severity=critical], recever: ops}',
    '3:39 error unknown key "recever"; did you mean "receiver"?',
    '3:39 错误 未知的键 "recever"；是否想写 "receiver"？',
  ],
  [
    'route:\n  routes:\n    - routes: [{continue: maybe}]',
    '3:27 error "continue" must be true or false, not "maybe"',
    '3:27 错误 "continue" 应为 true 或 false，而不是 "maybe"',
  ],
])('%s is told with its place', (text, en, zh) => {
  expect(told(text)).toEqual([`notifications.yaml:${en}`])
  expect(told(text, 'zh')).toEqual([`notifications.yaml:${zh}`])
})

test('a pattern that is none, or too large, is told', () => {
  const of = (pattern: string) => told(`route:\n  routes:\n    - matchers: ['warehouse=~"${pattern}"']`)
  expect(of('(')).toEqual([
    expect.stringMatching(/^notifications.yaml:3:19 error warehouse=~"\(" "\(" is no regular expression of RE2: /),
  ])
  expect(of('((a{100}){100}){100}')[0]).toContain('notifications.yaml:3:19 error')
})

test('routes lie ten deep in each other at most', () => {
  const nested = (depth: number): string => (depth === 0 ? '{receiver: ops}' : `{routes: [${nested(depth - 1)}]}`)
  expect(told(`route: ${nested(10)}`)).toEqual([])
  expect(told(`route: ${nested(11)}`)).toEqual([
    expect.stringContaining('routes lie more than 10 deep in each other; name more in the matchers of one route'),
  ])
})

test('two files of that name are told, and mistakes elsewhere hide no labels that may be meant', () => {
  const { problems } = loadDefinitions([
    {
      name: 'p.yaml',
      text: soundProcess.replace('dimensions: {warehouse: warehouse, carrier: carrier}', 'dimensions: 5'),
    },
    { name: 'owners.yaml', text: owners },
    { name: 'notifications.yaml', text: 'route: {group_by: [shop]}' },
    { name: 'notifications.yml', text: 'route: {}' },
  ])
  expect(
    problems.map(problem => formatProblem(problem, 'en')).filter(text => text.startsWith('notifications')),
  ).toEqual(['notifications.yml:1:1 error notifications.yaml says who is told already; keep one of the two files'])
})
