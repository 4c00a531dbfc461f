import { expect, test } from 'vitest'
import { type Edit, told } from '../../test/support/mistaken-process.ts'
import { lateRiskOf } from './deadline.ts'
import { foldStagesOf } from './fold-stages.ts'
import { loadDefinitions } from './load.ts'

const instants: Edit = [
  'dimensions: {warehouse: warehouse, carrier: carrier}',
  'dimensions: {warehouse: warehouse}\n    instants: {promised_at: promised}',
]
const withDeadline = (deadline: string): Edit[] => [instants, ['target: 4h', `target: 4h\n    deadline: ${deadline}`]]
const onlyDeadline = (deadline: string): Edit[] => [instants, ['target: 4h', `deadline: ${deadline}`]]

test.each([
  'promised_at',
  '{at: promised_at}',
  '{at: promised_at, through: [payment], window: 60d, level: 1}',
  '{at: promised_at, through: []}',
  '{level: 0.7}',
])('the deadline %s is none to complain of', deadline => {
  expect(told(withDeadline(deadline), 'en')).toEqual([])
})

test.each([
  [
    onlyDeadline('promised'),
    'p.yaml:18:15 error unknown instant "promised"; there is: promised_at',
    'p.yaml:18:15 错误 未知的时刻 "promised"；可用：promised_at',
  ],
  [
    onlyDeadline('{at: promised_at, through: [paymnt]}'),
    'p.yaml:18:43 error unknown stage "paymnt"; did you mean "payment"?',
    'p.yaml:18:43 错误 未知的阶段 "paymnt"；是否想写 "payment"？',
  ],
  [
    onlyDeadline('{at: promised_at, through: [picking]}'),
    'p.yaml:18:43 error "picking" does not lie inside itself; leave it out',
    'p.yaml:18:43 错误 "picking" 不能位于自身之内；请删除',
  ],
  [
    onlyDeadline('{at: promised_at, through: [payment, payment]}'),
    'p.yaml:18:52 error "payment" stands here twice; keep one of them',
    'p.yaml:18:52 错误 "payment" 重复；请只保留一个',
  ],
  [
    onlyDeadline('{level: 0.5}'),
    'p.yaml:18:5 error nothing says when a visit of "picking" is due; name an instant with at, or give the stage a target',
    'p.yaml:18:5 错误 未说明阶段 "picking" 何时到期；请用 at 指定时刻，或为该阶段设置 target',
  ],
  [
    withDeadline('{through: [payment]}'),
    'p.yaml:19:16 error a target is judged by the stage alone, so there is nothing to go through; leave it out, or name an instant with at',
    'p.yaml:19:16 错误 按 target 判断时只看本阶段，through 不起作用；请删除，或用 at 指定时刻',
  ],
  [
    onlyDeadline('{at: promised_at, level: 0}'),
    'p.yaml:18:40 error "level" must be a probability above 0, at most 1, not 0',
    'p.yaml:18:40 错误 "level" 应为大于 0 且不超过 1 的概率，而不是 0',
  ],
  [
    onlyDeadline('{at: promised_at, window: 5s}'),
    'p.yaml:18:41 error "window" must be from 10s to 36500d, not 5s',
    'p.yaml:18:41 错误 "window" 应在 10s 到 36500d 之间，而不是 5s',
  ],
  [
    onlyDeadline('{at: promised_at, trough: []}'),
    'p.yaml:18:33 error unknown key "trough"; did you mean "through"?',
    'p.yaml:18:33 错误 未知的键 "trough"；是否想写 "through"？',
  ],
])('a mistake in a deadline is told with its place, in both languages', (edits, en, zh) => {
  expect(told(edits, 'en')).toEqual([en])
  expect(told(edits, 'zh')).toEqual([zh])
})

const text = (deadline: string) => `process: orders
owner: ops
sources:
  - topics: [orders.events]
    format: json
    case: order_id
    activity: activity
    time: ts
    instants: {promised_at: promised}
activities: [created, paid, picked, delivered]
stages:
  payment: {from: created, to: paid}
  picking: {from: paid, to: picked, target: 4h}
  transit: {from: picked, to: delivered}
  lead_time: {from: created, to: delivered, deadline: ${deadline}}
`

function processOf(deadline: string) {
  const { definitions, problems } = loadDefinitions([
    { name: 'p.yaml', text: text(deadline) },
    { name: 'owners.yaml', text: 'ops: {title: Operations}' },
  ])
  expect(problems).toEqual([])
  return definitions!.processes[0]!
}

test('a deadline goes through all other stages where it names none, over 30 days, with a level of a half', () => {
  expect(processOf('promised_at').stages[3]!.deadline).toEqual({
    at: 0,
    through: [0, 1, 2],
    windowMs: 30 * 86_400_000,
    level: 0.5,
  })
})

test('a target alone is a deadline of the stage by itself; without either there is none', () => {
  const { stages } = processOf('promised_at')
  expect(stages[1]!.deadline).toBeUndefined()
  expect(lateRiskOf(stages[1]!)).toEqual({ at: undefined, through: [], windowMs: 30 * 86_400_000, level: 0.5 })
  expect(lateRiskOf(stages[0]!)).toBeUndefined()
})

test('stages inside a deadline have rests behind the stages of the process, but those that end as it does', () => {
  const process = processOf('promised_at')
  const { all, deadlines } = foldStagesOf(process)
  expect(all.map(({ name }) => name)).toEqual([
    ...['payment', 'picking', 'transit', 'lead_time'],
    ...['rest of payment', 'rest of picking'],
  ])
  expect(all[4]).toMatchObject({ from: process.stages[0]!.to, to: process.stages[3]!.to })
  expect(deadlines).toEqual([
    {
      stage: 3,
      at: 0,
      positions: [
        { stage: 3, rest: undefined },
        { stage: 4, rest: undefined },
        { stage: 5, rest: undefined },
        { stage: 0, rest: 4 },
        { stage: 1, rest: 5 },
        { stage: 2, rest: undefined },
      ],
    },
  ])
})
