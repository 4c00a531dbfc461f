import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ProcessDefinition } from './definitions.ts'
import { formatProblem, loadDefinitions, type SourceFile } from './load.ts'

const top = new URL('../../', import.meta.url)

const filesOf = (folder: string): SourceFile[] =>
  readdirSync(new URL(folder, top))
    .filter(name => name.endsWith('.yaml'))
    .map(name => ({ name: `${folder}${name}`, text: readFileSync(new URL(`${folder}${name}`, top), 'utf8') }))

/** The one process of the text, which has no mistakes. */
function load(text: string): ProcessDefinition {
  const files = [
    { name: 'p.yaml', text },
    { name: 'owners.yaml', text: 'ops: {title: Operations}' },
  ]
  const { definitions, problems } = loadDefinitions(files)
  expect(problems.map(problem => formatProblem(problem, 'en'))).toEqual([])
  return definitions!.processes[0]!
}

test.each([
  ['rules/', ['order-fulfilment']],
  ['rules/examples/olist/', ['olist']],
])('the shipped files in %s load without a problem', (folder, names) => {
  const { definitions, problems } = loadDefinitions(filesOf(folder))
  expect(problems.map(problem => formatProblem(problem, 'en'))).toEqual([])
  expect(definitions?.processes.map(process => process.name)).toEqual(names)
})

test('the shipped files speak Chinese wherever people read them', () => {
  for (const folder of ['rules/', 'rules/examples/olist/']) {
    const { processes, owners } = loadDefinitions(filesOf(folder)).definitions!
    const texts = processes.flatMap(process => [
      process.title,
      ...process.stages.map(stage => stage.title),
      ...process.metrics.flatMap(metric => [metric.title, metric.definition]),
      ...process.rules.flatMap(rule => [rule.summary, rule.action]),
    ])
    for (const text of [...texts, ...[...owners.values()].map(owner => owner.title)]) {
      expect(text?.zh, text?.en).toMatch(/\p{Script=Han}/u)
    }
  }
})

const smallest = `process: orders
owner: ops
sources: [{topics: [t], format: json, case: c, activity: a, time: ts}]
activities: [created, paid]
stages: {payment: {from: created, to: paid}}
`

test('what a file leaves out has its default', () => {
  expect(load(`${smallest}rules: {r: {stage: payment, window: 1h, when: wip > 5}}`)).toEqual({
    name: 'orders',
    title: { en: 'orders' },
    owner: 'ops',
    timezone: 'UTC',
    sources: [
      {
        topics: ['t'],
        format: 'json',
        case: [['c']],
        events: {
          kind: 'single',
          activity: { kind: 'path', path: ['a'] },
          time: { from: ['ts'], unit: undefined, timezone: undefined },
        },
        id: undefined,
        where: undefined,
        attributes: [],
      },
    ],
    activities: ['created', 'paid'],
    attributes: [],
    value: undefined,
    starts: [],
    ends: [],
    settleMs: 3_600_000,
    paneMs: 10_000,
    caseTimeoutMs: 2_592_000_000,
    evaluateEveryMs: 1_000,
    limits: { maxCases: 5_000_000, maxEventsPerCase: 10_000 },
    stages: [
      {
        name: 'payment',
        title: { en: 'payment' },
        from: [{ activity: 0, where: undefined }],
        to: [{ activity: 1, where: undefined }],
        owner: 'ops',
        target: undefined,
        calendar: undefined,
        by: [],
        maxSegments: 1_000,
        position: { file: 'p.yaml', line: 5, column: 10 },
      },
    ],
    measures: [],
    metrics: [],
    rules: [
      {
        name: 'r',
        stage: 0,
        by: [],
        windowMs: 3_600_000,
        when: 'wip > 5',
        recoverWhen: undefined,
        forMs: 0,
        keepFiringForMs: 0,
        minSamples: 0,
        noData: undefined,
        kind: undefined,
        graceMs: 0,
        maxAlerts: 50,
        severity: 'warning',
        owner: 'ops',
        summary: undefined,
        action: undefined,
        runbook: undefined,
        position: { file: 'p.yaml', line: 6, column: 9 },
      },
    ],
    position: { file: 'p.yaml', line: 1, column: 1 },
  })
})

const full = `process: orders
title: {en: Orders, zh: 订单}
owner: ops
timezone: Asia/Shanghai
sources:
  - topics: [events, more]
    format: json
    case: [tenant, order.id]
    activity: {from: after.status, map: {P: paid, 1: picked}}
    time: {from: at, unit: us}
    id: event_id
    where: 'tenant == "cn"'
    dimensions: {warehouse: wh.code, lifecycle: cycle}
    value: {field: total.amount, currency: CNY, decimals: 2}
  - topics: [rows]
    format: debezium
    case: $key
    timezone: Asia/Shanghai
    activities_at: {paid: after.paid_at, picked: {from: after.picked_at, unit: ms}}
    dimensions: {carrier: after.carrier}
  - topics: [clicks]
    format: cloudevents
    case: data.order
    activity: {const: created}
    time: $timestamp
activities: [created, paid, picked, cancelled]
starts: [created, {activity: paid, where: 'channel == "shop"'}]
ends: {completed: {activity: picked, where: 'order.state == "done"'}, cancelled: [cancelled]}
settle: 90s
pane: 1m
case_timeout: 2d
evaluate_every: 5s
stages:
  picking:
    from: {activity: paid, where: 'lifecycle == "start" && value > 5'}
    to: [picked, cancelled]
    target: {default: 4h, by: {warehouse: {WH-2: 2h}, carrier: {1: 30m}}}
    by: [carrier, warehouse]
    max_segments: 5
    owner: others
metrics:
  backlog:
    title: Backlog
    stage: picking
    statistic: throughput
    window: 1h
    unit: per_hour
    direction: higher_is_better
    definition: {en: Picked in an hour}
    status: published
    version: 3
rules:
  slow:
    stage: picking
    by: [warehouse]
    window: 15m
    when: age_p90 > duration("4h")
    recover_when: wip < 3
    for: 5m
    keep_firing_for: 10m
    min_samples: 7
    no_data: {after: 15m, state: alert}
    severity: critical
    owner: ops
    summary: {en: "In {{ warehouse }}", zh: "{{ warehouse }} 缓慢"}
    action: Look
    runbook: docs/picking.md
`

test('a file that uses everything becomes what it says, names as positions', () => {
  const files = [
    { name: 'p.yaml', text: full },
    {
      name: 'owners.yml',
      text: 'ops: {title: {en: Operations, zh: 运营}, members: [li]}\nothers: {title: Others, contact_points: [{webhook: http://a}]}',
    },
  ]
  const { definitions, problems } = loadDefinitions(files)
  expect(problems).toEqual([])
  const position = { file: 'owners.yml', line: 2, column: 42 }
  const common = { language: 'en', perMinute: undefined, format: 'cloudevents' }
  const webhook = { ...common, kind: 'webhook', name: 'webhook', url: 'http://a', secret: undefined, position }
  expect([...definitions!.owners.values()]).toEqual([
    { key: 'ops', title: { en: 'Operations', zh: '运营' }, members: ['li'], contactPoints: [] },
    { key: 'others', title: { en: 'Others' }, members: [], contactPoints: [webhook] },
  ])
  const process = definitions!.processes[0]!
  expect(process.sources).toEqual([
    {
      topics: ['events', 'more'],
      format: 'json',
      case: [['tenant'], ['order', 'id']],
      events: {
        kind: 'single',
        activity: { kind: 'map', path: ['after', 'status'], map: { P: 'paid', 1: 'picked' } },
        time: { from: ['at'], unit: 'us', timezone: undefined },
      },
      id: ['event_id'],
      where: 'tenant == "cn"',
      attributes: [['wh', 'code'], ['cycle'], undefined, ['total', 'amount'], ['channel'], ['order', 'state']],
    },
    {
      topics: ['rows'],
      format: 'debezium',
      case: '$key',
      events: {
        kind: 'wide',
        columns: [
          { activity: 'paid', time: { from: ['after', 'paid_at'], unit: undefined, timezone: 'Asia/Shanghai' } },
          { activity: 'picked', time: { from: ['after', 'picked_at'], unit: 'ms', timezone: undefined } },
        ],
      },
      id: undefined,
      where: undefined,
      attributes: [undefined, undefined, ['after', 'carrier'], undefined, ['channel'], ['order', 'state']],
    },
    {
      topics: ['clicks'],
      format: 'cloudevents',
      case: [['data', 'order']],
      events: {
        kind: 'single',
        activity: { kind: 'const', activity: 'created' },
        time: { from: '$timestamp', unit: undefined, timezone: undefined },
      },
      id: undefined,
      where: undefined,
      attributes: [undefined, undefined, undefined, undefined, ['channel'], ['order', 'state']],
    },
  ])
  expect(process.attributes).toEqual([
    { name: 'warehouse', kind: 'dimension', readByWhere: false },
    { name: 'lifecycle', kind: 'dimension', readByWhere: true },
    { name: 'carrier', kind: 'dimension', readByWhere: false },
    { name: 'value', kind: 'value', decimals: 2, readByWhere: true },
    { name: 'channel', kind: 'field', readByWhere: true },
    { name: 'order.state', kind: 'field', readByWhere: true },
  ])
  expect(process.value).toEqual({ currency: 'CNY' })
  expect(process.starts).toEqual([
    { activity: 0, where: undefined },
    { activity: 1, where: 'channel == "shop"' },
  ])
  expect(process.ends).toEqual([
    { group: 'completed', patterns: [{ activity: 2, where: 'order.state == "done"' }] },
    { group: 'cancelled', patterns: [{ activity: 3, where: undefined }] },
  ])
  expect([process.settleMs, process.paneMs, process.caseTimeoutMs, process.evaluateEveryMs]).toEqual([
    90_000, 60_000, 172_800_000, 5_000,
  ])
  expect(process.stages[0]).toMatchObject({
    from: [{ activity: 1, where: 'lifecycle == "start" && value > 5' }],
    to: [{ activity: 2 }, { activity: 3 }],
    owner: 'others',
    target: {
      defaultMs: 14_400_000,
      by: [
        { attribute: 0, value: 'WH-2', targetMs: 7_200_000 },
        { attribute: 2, value: '1', targetMs: 1_800_000 },
      ],
    },
    by: [2, 0],
    maxSegments: 5,
  })
  expect(process.metrics).toEqual([
    {
      name: 'backlog',
      title: { en: 'Backlog' },
      stage: 0,
      statistic: 'throughput',
      windowMs: 3_600_000,
      unit: 'per_hour',
      direction: 'higher_is_better',
      definition: { en: 'Picked in an hour' },
      owner: 'others',
      status: 'published',
      version: 3,
      position: { file: 'p.yaml', line: 42, column: 3 },
    },
  ])
  expect(process.rules[0]).toMatchObject({
    by: [0],
    recoverWhen: 'wip < 3',
    forMs: 300_000,
    keepFiringForMs: 600_000,
    minSamples: 7,
    noData: { afterMs: 900_000, state: 'alert' },
    severity: 'critical',
    owner: 'ops',
    summary: { en: 'In {{ warehouse }}', zh: '{{ warehouse }} 缓慢' },
    action: { en: 'Look' },
    runbook: 'docs/picking.md',
  })
})

test('the definitions are the same in whatever order the files come', () => {
  const files = [
    { name: 'b.yaml', text: smallest },
    { name: 'a.yaml', text: smallest.replace('orders', 'returns') },
    { name: 'owners.yaml', text: 'ops: {title: Operations}' },
  ]
  const forwards = loadDefinitions(files)
  expect(forwards.definitions?.processes.map(process => process.name)).toEqual(['orders', 'returns'])
  expect(loadDefinitions([...files].reverse())).toEqual(forwards)
})

test('a name that objects inherit something under is a name like any other', () => {
  const process = load(`process: orders
owner: ops
sources:
  - {topics: [t], format: json, case: c, activity: a, time: ts, dimensions: {constructor: x}}
  - {topics: [u], format: json, case: c, activity: a, time: ts, dimensions: {carrier: y}}
activities: [toString, paid]
stages: {valueOf: {from: toString, to: paid, by: [constructor]}}
rules: {constructor: {stage: valueOf, window: 1h, by: [constructor], when: wip > 5}}
`)
  expect(process.sources.map(source => source.attributes)).toEqual([
    [['x'], undefined],
    [undefined, ['y']],
  ])
  expect(process.rules[0]).toMatchObject({ name: 'constructor', stage: 0, by: [0] })
})

test('a single mistake in any file leaves no definitions', () => {
  const { definitions } = loadDefinitions([...filesOf('rules/'), { name: 'rules/broken.yaml', text: 'process: [' }])
  expect(definitions).toBeUndefined()
})
