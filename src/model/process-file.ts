/**
 * What a process file may say: the one truth for the shape of the YAML, from which its messages and its JSON Schema
 * come too. Whether the names in it exist and fit together is checked by hand afterwards (`check-*.ts`).
 */
import * as z from 'zod'
import { ruleKinds } from './rule-kind.ts'
import {
  activityName,
  choice,
  condition,
  duration,
  fieldPath,
  fieldPathOr,
  identifier,
  listOf,
  localText,
  mapping,
  name,
  named,
  noted,
  text,
  wholeNumber,
  yesOrNo,
  zone,
} from './shapes.ts'

const activityMapping = noted(
  z.union([
    fieldPath,
    mapping({ const: activityName }),
    mapping({
      from: fieldPath,
      map: named(z.string().min(1), activityName, { en: 'a value of the field to an activity', zh: '字段值到活动' }),
    }),
  ]),
  'a path, {const: activity}, or {from: path, map: {value: activity}}',
  '字段路径、{const: 活动} 或 {from: 路径, map: {值: 活动}}',
)

const unit = choice(['s', 'ms', 'us', 'ns'])

const timeMapping = noted(
  z.union([
    fieldPathOr('$timestamp'),
    mapping({ from: fieldPathOr('$timestamp'), unit: unit.optional(), timezone: zone.optional() }),
  ]),
  'a path, $timestamp, or {from: path, unit: …, timezone: …}',
  '字段路径、$timestamp 或 {from: 路径, unit: …, timezone: …}',
)

const columnTime = noted(
  z.union([fieldPath, mapping({ from: fieldPath, unit: unit.optional(), timezone: zone.optional() })]),
  'a path, or {from: path, unit: …, timezone: …}',
  '字段路径，或 {from: 路径, unit: …, timezone: …}',
)

const currency = noted(z.string().regex(/^[A-Z]{3}$/), 'a currency such as CNY', '货币代码，例如 CNY')

const measuredNumber = noted(
  z.union([
    fieldPath,
    mapping({ field: fieldPath, currency: currency.optional(), decimals: wholeNumber(0, 9).optional() }),
  ]),
  'a path to a whole number, or {field: path, decimals: 2, currency: CNY}',
  '整数字段的路径，或 {field: 路径, decimals: 2, currency: CNY}',
)

const source = mapping(
  {
    topics: listOf(text, { en: 'topics', zh: '主题' }).describe('Topics whose records this mapping reads.'),
    format: choice(['json', 'cloudevents', 'debezium', 'avro'], ['protobuf']).describe('How a record is written.'),
    case: noted(
      z.union([fieldPathOr('$key'), listOf(fieldPath, { en: 'paths', zh: '字段路径' })]),
      'a path, $key, or a list of paths',
      '字段路径、$key 或字段路径的列表',
    ).describe('The field that names the case; several are joined with "/". $key is the key of the record.'),
    activity: activityMapping.optional().describe('What happened: a field, a constant, or a field that is translated.'),
    time: timeMapping.optional().describe('When it happened: a field, or $timestamp, the time of the record.'),
    activities_at: named(activityName, columnTime, {
      en: 'activities to the fields with their times',
      zh: '活动到时间字段',
    })
      .optional()
      .describe('A wide row: one time for each activity. Stands in place of activity and time.'),
    unit: unit.optional().describe('The times are epoch numbers of this unit. Without it they are ISO 8601.'),
    timezone: zone.optional().describe('Zone of ISO times that have no offset. Without it such times are refused.'),
    id: fieldPath.optional().describe("The producer's own identity of the event."),
    where: condition.optional().describe('CEL over the whole record: records for which it is false are skipped.'),
    dimensions: named(identifier, fieldPath, { en: 'dimensions to paths', zh: '维度到字段路径' })
      .optional()
      .describe('Fields that cut the statistics into segments and are kept with each visit.'),
    value: mapping({ field: fieldPath, currency: currency.optional(), decimals: wholeNumber(0, 9) })
      .optional()
      .describe('The money that is at stake with a case.'),
    instants: named(identifier, columnTime, { en: 'names to the fields of instants', zh: '名称到时刻字段' })
      .optional()
      .describe('Instants that deadlines refer to, such as the delivery date that was promised.'),
    numbers: named(identifier, measuredNumber, { en: 'names to the fields of numbers', zh: '名称到数值字段' })
      .optional()
      .describe('Numbers that measures add up: items, weights, fees.'),
  },
  ['rekey', 'registry', 'schema_registry', 'envelope'],
)

const eventPattern = noted(
  z.union([activityName, mapping({ activity: activityName, where: condition.optional() })]),
  'an activity, or {activity: …, where: …}',
  '活动，或 {activity: …, where: …}',
)

const eventPatterns = noted(
  z.union([...eventPattern.options, listOf(eventPattern, { en: 'activities', zh: '活动' })]),
  'an activity, {activity: …, where: …}, or a list of these',
  '活动、{activity: …, where: …} 或它们的列表',
)

const target = noted(
  z.union([
    duration,
    mapping({
      default: duration.optional(),
      by: named(
        identifier,
        named(z.string().min(1), duration, { en: 'values of the dimension to durations', zh: '维度值到时长' }),
        { en: 'dimensions to targets', zh: '维度到目标' },
      ).optional(),
    }),
  ]),
  'a duration, or {default: 4h, by: {warehouse: {WH-2: 2h}}}',
  '时长，或 {default: 4h, by: {warehouse: {WH-2: 2h}}}',
)

const level = noted(z.number().gt(0).max(1), 'a probability above 0, at most 1', '大于 0 且不超过 1 的概率')

const deadline = noted(
  z.union([
    identifier,
    mapping({
      at: identifier.optional().describe('The instant of the sources at which a visit is due.'),
      through: noted(z.array(name), 'a list of stages, [a, b]', '阶段的列表，[a, b]')
        .optional()
        .describe('The stages inside this one that tell how far a case is. Without it all others.'),
      window: duration.optional().describe('How far back life tables reach. Without it 30d.'),
      level: level.optional().describe('The probability from which on a case counts in late_risk. Without it 0.5.'),
    }),
  ]),
  'the name of an instant, or {at: promised_at, through: [picking], window: 30d, level: 0.5}',
  '时刻的名称，或 {at: promised_at, through: [picking], window: 30d, level: 0.5}',
)

const dimensionList = noted(z.array(identifier), 'a list of dimensions, [a, b]', '维度的列表，[a, b]')

const maxSegments = wholeNumber(1, 1_000_000)
  .default(1_000)
  .describe('Segments kept for each partition; further ones are counted under __other__.')

const stage = mapping(
  {
    title: localText.optional(),
    from: eventPatterns.describe('The activity that opens a visit of the stage.'),
    to: eventPatterns.describe('The activity that completes it.'),
    owner: name.optional().describe("A key of owners.yaml. Without it the process's owner."),
    target: target.optional().describe('How long a visit may take; what is longer counts as breached, or overdue.'),
    deadline: deadline
      .optional()
      .describe('When a visit is due: an instant of the sources; where none is known, the target.'),
    calendar: name.optional().describe('A name in calendars.yaml: its working time is what durations are counted in.'),
    by: dimensionList.default([]).describe('Dimensions that cut the statistics of the stage into segments.'),
    max_segments: maxSegments,
  },
  [],
)

const measure = mapping({
  title: localText.optional(),
  of: identifier.describe('The number: value, or a name under numbers of the sources.'),
  on: eventPatterns
    .optional()
    .describe('The activities whose events count. Without it every event that has the number.'),
  by: dimensionList
    .default([])
    .describe("Dimensions that cut the statistics into segments, by the event's own values."),
  owner: name.optional().describe("A key of owners.yaml. Without it the process's owner."),
  distinct: yesOrNo.default(false).describe('Whether distinct values are kept, for the statistic of that name.'),
  max_segments: maxSegments,
})

const metric = mapping(
  {
    title: localText,
    stage: name.optional().describe('The stage that it is about. Stands in place of measure.'),
    measure: name.optional().describe('The measure that it is about. Stands in place of stage.'),
    statistic: text.describe('One of the statistics, such as p90, wip or throughput; of a measure such as sum or avg.'),
    window: duration,
    unit: choice(['duration', 'count', 'ratio', 'per_hour', 'amount']).describe("Must be the statistic's own."),
    direction: choice(['lower_is_better', 'higher_is_better']),
    definition: localText.describe('What exactly is measured, for the people who decide by it.'),
    owner: name.optional().describe('A key of owners.yaml. Without it that of the stage or measure.'),
    status: choice(['draft', 'published', 'deprecated']).default('draft'),
    version: wholeNumber(1, 1_000_000).describe('Rises with each change of what is measured.'),
  },
  ['calendar', 'by', 'baseline'],
)

const rule = mapping(
  {
    stage: name.optional().describe('The stage that it watches. Stands in place of measure.'),
    measure: name.optional().describe('The measure that it watches. Stands in place of stage.'),
    by: dimensionList
      .default([])
      .describe('Dimensions of the `by` of the stage or measure: one alert for each combination.'),
    window: duration.optional().describe('Length of the window that the statistics cover. A kind has one of its own.'),
    when: condition.optional().describe('CEL over the statistics: the alert is on while it is true.'),
    ...ruleKinds,
    recover_when: condition.optional().describe('The alert stays on until this is true.'),
    max_alerts: wholeNumber(1, 10_000)
      .default(50)
      .describe('Where it holds in more segments at once, one alert tells of all of them.'),
    grace: duration.default('0s').describe('A segment is not judged before it has been there for so long.'),
    for: duration.default('0s').describe('The condition must hold so long before the alert fires.'),
    keep_firing_for: duration.default('0s').describe('The alert stays on so long after the condition has ended.'),
    min_samples: wholeNumber(0, 1_000_000_000)
      .default(0)
      .describe('Visits at risk, or events of a measure, in the window below which the rule is silent.'),
    no_data: mapping({ after: duration, state: choice(['alert', 'ok', 'keep']) })
      .optional()
      .describe('What a condition without data means after a while. Without it the alert stays as it is.'),
    severity: choice(['info', 'warning', 'critical']).default('warning'),
    owner: name.optional().describe('A key of owners.yaml. Without it that of the stage or measure.'),
    summary: localText.optional().describe('One sentence; {{ warehouse }} and {{ p90 | duration }} are filled in.'),
    action: localText.optional().describe('What the owner should do first.'),
    runbook: text.optional().describe('Where the steps are written down.'),
  },
  ['kind', 'baseline', 'compare', 'process'],
)

/** Defaults that checks need beside the build. */
export const defaultPane = '10s'
export const defaultSettle = '1h'

export const processFile = mapping(
  {
    process: name.describe('Name of the process, unique among the files.'),
    title: localText.optional(),
    owner: name.describe('A key of owners.yaml.'),
    timezone: zone.default('UTC').describe('For display and reports.'),
    sources: listOf(source, { en: 'sources', zh: '数据源' }),
    activities: listOf(activityName, { en: 'activities', zh: '活动' }).describe(
      'All activities; their order decides between events of the same instant.',
    ),
    starts: eventPatterns.optional().describe('A case counts from the first of these on. Without it from any event.'),
    ends: named(name, eventPatterns, {
      en: 'groups to activities that end a case',
      zh: '分组到结束案例的活动',
    }).default({}),
    settle: duration.default(defaultSettle).describe('How late an event may come and still correct what was counted.'),
    pane: duration.default(defaultPane).describe('The smallest slice of time that is kept.'),
    case_timeout: duration.default('30d').describe('A case without an event for so long has expired.'),
    max_open_cases: wholeNumber(1, 60_000_000)
      .default(5_000_000)
      .describe('Cases kept in memory for each partition; events of further ones are rejected as over-limit.'),
    max_events_per_case: wholeNumber(1, 1_000_000)
      .default(10_000)
      .describe('Events of one case kept within settle; further ones are rejected as over-limit.'),
    evaluate_every: duration.default('1s').describe('How often rules are evaluated.'),
    stages: named(name, stage, { en: 'names to stages', zh: '名称到阶段' }),
    measures: named(name, measure, { en: 'names to measures', zh: '名称到度量' }).default({}),
    metrics: named(name, metric, { en: 'names to metrics', zh: '名称到指标' }).default({}),
    rules: named(name, rule, { en: 'names to rules', zh: '名称到规则' }).default({}),
  },
  ['calendar', 'deadline', 'rekey', 'baselines', 'slos'],
)

export type ProcessFile = z.output<typeof processFile>
/** As written, defaults not filled in. */
export type WrittenProcess = z.input<typeof processFile>
