/**
 * What a file of rule tests (`*.test.yaml`) may say: the one truth for its shape. Words are promtool's where it has one.
 * Whether the names in it exist and fit together is checked afterwards (`load-tests.ts`).
 */
import * as z from 'zod'
import { alertPhases } from './alert-phases.ts'
import {
  activityName,
  choice,
  duration,
  identifier,
  listOf,
  localText,
  mapping,
  name,
  named,
  noted,
  text,
  wholeNumber,
} from './shapes.ts'

const scalar = noted(
  z.union([z.string(), z.number(), z.boolean()]),
  'a text, a number, true or false',
  '文本、数字、true 或 false',
)

const fields = named(text, scalar, { en: 'dimensions, names or paths to values', zh: '维度、名称或路径到值' })

const anything = noted(z.unknown(), 'any value', '任意值')

const record = noted(z.record(z.string(), z.unknown()), 'a record, as the source reads it', '一条来源记录')

const segment = named(
  identifier,
  noted(z.string().nullable(), 'the text of a dimension, or null', '维度的文本，或 null'),
  { en: 'dimensions to values', zh: '维度到值' },
)

const factor = noted(z.number().positive(), 'a number above 0', '大于 0 的数')

const step = mapping({
  activity: activityName,
  after: duration.optional().describe('Since the step before; without it at the same instant.'),
  spread: noted(z.number().min(0).max(0.95), 'a number from 0 to 0.95', '0 到 0.95 之间的数')
    .default(0)
    .describe('`after` is drawn evenly from this share below it to this share above it.'),
  fields: fields.optional().describe('What this event has beside, or in place of, what all have.'),
})

const generator = mapping({
  from: duration.default('0s').describe('When the first case begins.'),
  to: duration.describe('No case begins then or later.'),
  every: duration.optional().describe('Between the beginnings of two cases; without it the `interval` of the test.'),
  fields: fields
    .optional()
    .describe('What all events have: dimensions, `value`, instants (as a time after the beginning), paths.'),
  steps: listOf(step, { en: 'steps', zh: '步骤' }),
  stop: noted(
    z.array(mapping({ activity: activityName, from: duration, to: duration.optional() })),
    'a list of {activity: …, from: …, to: …}',
    '{activity: …, from: …, to: …} 的列表',
  )
    .default([])
    .describe('The activity does not happen from an instant on; what waits happens at `to`, without it never.'),
  slow: noted(
    z.array(mapping({ activity: activityName, by: factor, from: duration, to: duration.optional() })),
    'a list of {activity: …, by: …, from: …, to: …}',
    '{activity: …, by: …, from: …, to: …} 的列表',
  )
    .default([])
    .describe('The step takes so many times as long where it begins in that time.'),
  seed: wholeNumber(0, 4_294_967_295).default(1).describe('Of what is drawn: the same seed, the same events.'),
})

const inputEvent = mapping({
  at: duration.optional().describe('When it comes, since `start`.'),
  case: text.optional(),
  activity: activityName.optional(),
  fields: fields.optional(),
  record: record.optional().describe('The whole record in place of case and activity, with its own time.'),
  file: text.optional().describe('NDJSON, plain or .gz, beside this file; all of it comes at `at`.'),
  generator: generator.optional(),
  topic: text.optional().describe('Needed where the process reads several.'),
  key: text.optional().describe('The key of the record.'),
})

const value = noted(
  z.union([
    noted(z.number(), 'a number', '数字'),
    noted(z.string().regex(/^(>=|<=|>|<)\s*-?\d+(\.\d+)?$/), 'a bound such as ">= 20"', '如 ">= 20" 的界限'),
  ]),
  'a number, or a bound such as ">= 20"',
  '数字，或如 ">= 20" 的界限',
)

const expectedAlert = mapping({
  exp_labels: segment.default({}),
  exp_state: choice(alertPhases).default('firing'),
  exp_value: value.optional(),
  exp_severity: choice(['info', 'warning', 'critical']).optional(),
  exp_owner: name.optional(),
  exp_summary: localText.optional(),
})

const expectedNotification = mapping({
  contact_point: text.describe('As owner/name.'),
  rule: name.optional(),
  state: choice(['firing', 'no_data', 'resolved']),
  labels: segment.optional(),
  alerts: wholeNumber(1, 1_000).optional().describe('How many alerts of the rule the message lists.'),
})

const ruleTest = mapping({
  eval_time: duration.describe('Since `start`; the last evaluation by then counts.'),
  rule: name,
  exp_alerts: noted(z.array(expectedAlert), 'a list of alerts, [] for none', '告警的列表，没有则为 []')
    .optional()
    .describe('All alerts of the rule that fire, recover or have no data; no more and no fewer.'),
  segment: segment.default({}),
  exp_state: choice(alertPhases).optional(),
  exp_verdict: choice(['breached', 'quiet', 'no_data'])
    .optional()
    .describe('Of the evaluation itself; no_data: unknown, or nothing was there to judge.'),
  exp_explain: noted(
    z.record(z.string(), anything),
    'part of an explanation, {samples: …, terms: […]}',
    '解释的一部分，{samples: …, terms: […]}',
  ).optional(),
  exp_notifications: noted(z.array(expectedNotification), 'a list of messages, [] for none', '消息的列表，没有则为 []')
    .optional()
    .describe('All that contact points have been told of the rule by then, in their order.'),
})

const oneTest = mapping({
  name: text,
  process: name.optional().describe('Needed where the rule files have several.'),
  start: noted(
    z.string().min(1),
    'an ISO time such as 2026-11-23T08:00:00+08:00',
    'ISO 时间，例如 2026-11-23T08:00:00+08:00',
  )
    .default('2026-01-05T00:00:00Z')
    .describe('What all times of the test are counted from.'),
  interval: duration.default('1m').describe('Between two cases of a generator that says nothing else.'),
  input_events: listOf(inputEvent, { en: 'events', zh: '事件' }),
  alert_rule_test: listOf(ruleTest, { en: 'expectations', zh: '期望' }),
})

export const testFile = mapping({
  rule_files: listOf(text, { en: 'files', zh: '文件' })
    .optional()
    .describe('Process files, owners and calendars; without it all that lie beside this file.'),
  tests: listOf(oneTest, { en: 'tests', zh: '测试' }),
})

export type WrittenTests = z.output<typeof testFile>
export type WrittenTest = WrittenTests['tests'][number]
export type InputEvent = WrittenTest['input_events'][number]
export type EventGenerator = z.output<typeof generator>
export type RuleTest = WrittenTest['alert_rule_test'][number]
export type EventFields = Readonly<Record<string, string | number | boolean>>
