import { type DurationMs, durationMs, parseDuration } from '../event/duration.ts'
import { segmentKey } from '../event/segment.ts'
import { attributesOf, VALUE } from './attributes.ts'
import { buildSource } from './build-source.ts'
import { DEADLINE_DEFAULTS } from './deadline.ts'
import type {
  AttributeDefinition,
  CalendarDefinition,
  Deadline,
  EventPattern,
  MeasureDefinition,
  MetricDefinition,
  ProcessDefinition,
  RuleDefinition,
  RuleKind,
  StageDefinition,
  Subject,
  Target,
} from './definitions.ts'
import { writtenText } from './local-text.ts'
import { patternsAt } from './patterns.ts'
import type { ProcessFile } from './process-file.ts'
import { absentOf, conditionOfKind, kindDefaults, wholePanes } from './rule-kind.ts'
import type { StatisticName } from './statistics.ts'
import type { YamlFile } from './yaml-file.ts'

/** Turns a process file in which every check has passed into its definition; names become positions. */
export function buildProcess(file: YamlFile, written: ProcessFile, calendars: Calendars): ProcessDefinition {
  const attributes = attributesOf(written)
  const stages = Object.entries(written.stages).map(([name, stage]) =>
    buildStage(name, stage, { file, written, attributes, calendars }),
  )
  const measures = Object.entries(written.measures).map(([name, measure]) =>
    buildMeasure(name, measure, { file, written, attributes }),
  )
  const subjects = { stages, measures }
  const value = written.sources.find(source => source.value !== undefined)?.value
  return {
    name: written.process,
    title: writtenText(written.title ?? written.process),
    owner: written.owner,
    timezone: written.timezone,
    sources: written.sources.map(source => buildSource(source, attributes)),
    activities: written.activities,
    attributes,
    value: value && { currency: value.currency },
    starts: patterns(written, written.starts),
    ends: Object.entries(written.ends).map(([group, ends]) => ({ group, patterns: patterns(written, ends) })),
    settleMs: duration(written.settle),
    paneMs: duration(written.pane),
    caseTimeoutMs: duration(written.case_timeout),
    evaluateEveryMs: duration(written.evaluate_every),
    limits: { maxCases: written.max_open_cases, maxEventsPerCase: written.max_events_per_case },
    stages,
    measures,
    metrics: Object.entries(written.metrics).map(([name, metric]) => buildMetric(name, metric, file, subjects)),
    rules: Object.entries(written.rules).map(([name, rule]) =>
      buildRule(name, rule, { file, subjects, attributes, pane: written.pane }),
    ),
    position: file.keyAt(['process']),
  }
}

/** By name; the checks have made sure that those which stages name are there. */
type Calendars = ReadonlyMap<string, CalendarDefinition>

type Around = {
  readonly file: YamlFile
  readonly attributes: readonly AttributeDefinition[]
}

function buildStage(
  name: string,
  stage: ProcessFile['stages'][string],
  { file, written, attributes, calendars }: Around & { readonly written: ProcessFile; readonly calendars: Calendars },
): StageDefinition {
  return {
    name,
    title: writtenText(stage.title ?? name),
    from: patterns(written, stage.from),
    to: patterns(written, stage.to),
    owner: stage.owner ?? written.owner,
    target: buildTarget(stage.target, attributes),
    deadline: buildDeadline(name, stage.deadline, Object.keys(written.stages), attributes),
    calendar: stage.calendar === undefined ? undefined : calendarNamed(stage.calendar, calendars),
    by: positions(stage.by, attributes),
    maxSegments: stage.max_segments,
    position: file.keyAt(['stages', name]),
  }
}

function buildTarget(
  target: ProcessFile['stages'][string]['target'],
  attributes: readonly AttributeDefinition[],
): Target | undefined {
  if (target === undefined) return undefined
  if (typeof target === 'string') return { defaultMs: duration(target), by: [] }
  return {
    defaultMs: target.default === undefined ? undefined : duration(target.default),
    by: Object.entries(target.by ?? {}).flatMap(([dimension, targets]) =>
      Object.entries(targets).map(([value, text]) => ({
        attribute: positionOf(dimension, attributes),
        value,
        targetMs: duration(text),
      })),
    ),
  }
}

function buildMeasure(
  name: string,
  measure: ProcessFile['measures'][string],
  { file, written, attributes }: Around & { readonly written: ProcessFile },
): MeasureDefinition {
  const attribute = positionOf(measure.of, attributes)
  return {
    name,
    title: writtenText(measure.title ?? name),
    attribute,
    decimals: attributes[attribute]?.decimals ?? 0,
    currency: currencyOf(measure.of, written),
    on: patterns(written, measure.on),
    by: positions(measure.by, attributes),
    owner: measure.owner ?? written.owner,
    distinct: measure.distinct,
    maxSegments: measure.max_segments,
    position: file.keyAt(['measures', name]),
  }
}

/** Of the value, or of a number; all sources name the same. */
function currencyOf(name: string, { sources }: ProcessFile): string | undefined {
  if (name === VALUE) {
    const value = sources.find(source => source.value !== undefined)?.value
    if (value !== undefined) return value.currency
  }
  for (const { numbers = {} } of sources) {
    const number = Object.hasOwn(numbers, name) ? numbers[name] : undefined
    if (number !== undefined) return typeof number === 'object' ? number.currency : undefined
  }
  return undefined
}

type Subjects = { readonly stages: readonly StageDefinition[]; readonly measures: readonly MeasureDefinition[] }

/** What a metric or a rule is about; the checks have made sure that it names a stage or a measure. */
function subjectOf(
  { stage, measure }: { readonly stage?: string | undefined; readonly measure?: string | undefined },
  { stages, measures }: Subjects,
): { readonly subject: Subject; readonly owner: string } {
  if (measure !== undefined) {
    const position = positionOf(measure, measures)
    return { subject: { measure: position }, owner: measures[position]!.owner }
  }
  const position = positionOf(stage ?? '', stages)
  return { subject: { stage: position }, owner: stages[position]!.owner }
}

type WrittenDeadline = Exclude<NonNullable<ProcessFile['stages'][string]['deadline']>, string>

function buildDeadline(
  stage: string,
  written: ProcessFile['stages'][string]['deadline'],
  stages: readonly string[],
  attributes: readonly AttributeDefinition[],
): Deadline | undefined {
  if (written === undefined) return undefined
  const { at, through, window, level }: WrittenDeadline = typeof written === 'string' ? { at: written } : written
  const inside = at === undefined ? [] : (through ?? stages.filter(name => name !== stage))
  return {
    at: at === undefined ? undefined : positionOf(at, attributes),
    through: inside.map(name => stages.indexOf(name)).sort((left, right) => left - right),
    windowMs: window === undefined ? DEADLINE_DEFAULTS.windowMs : duration(window),
    level: level ?? DEADLINE_DEFAULTS.level,
  }
}

function buildMetric(
  name: string,
  metric: ProcessFile['metrics'][string],
  file: YamlFile,
  subjects: Subjects,
): MetricDefinition {
  const { subject, owner } = subjectOf(metric, subjects)
  return {
    ...subject,
    name,
    title: writtenText(metric.title),
    statistic: metric.statistic,
    windowMs: duration(metric.window),
    unit: metric.unit,
    direction: metric.direction,
    definition: writtenText(metric.definition),
    owner: metric.owner ?? owner,
    status: metric.status,
    version: metric.version,
    position: file.keyAt(['metrics', name]),
  }
}

function buildRule(
  name: string,
  rule: ProcessFile['rules'][string],
  { file, subjects, attributes, pane }: Around & { readonly subjects: Subjects; readonly pane: string },
): RuleDefinition {
  const { subject, owner } = subjectOf(rule, subjects)
  const { when, window } = saidOf(rule, pane)
  return {
    ...subject,
    name,
    by: positions(rule.by, attributes),
    windowMs: duration(window),
    when,
    kind: kindOf(rule),
    graceMs: duration(rule.grace),
    maxAlerts: rule.max_alerts,
    recoverWhen: rule.recover_when,
    forMs: duration(rule.for),
    keepFiringForMs: duration(rule.keep_firing_for),
    minSamples: rule.min_samples,
    noData: noDataOf(rule),
    severity: rule.severity,
    owner: rule.owner ?? owner,
    summary: rule.summary === undefined ? undefined : writtenText(rule.summary),
    action: rule.action === undefined ? undefined : writtenText(rule.action),
    runbook: rule.runbook,
    position: file.keyAt(['rules', name]),
  }
}

type WrittenRule = ProcessFile['rules'][string]

function kindOf(rule: WrittenRule): RuleKind | undefined {
  const { absent, deviation } = rule
  if (absent !== undefined) {
    const { expire = kindDefaults.expire } = absent
    const expected = absent.expected?.map(labels => segmentKey(rule.by.map(dimension => labels[dimension] ?? null)))
    return { kind: 'absent', of: absentOf(rule), expected, expireMs: duration(expire) }
  }
  if (deviation === undefined) return undefined
  const { of, weeks, limits, min_change: minChange } = deviation
  return { kind: 'deviation', of: of as StatisticName, weeks, limits, minChange }
}

/** That the feed itself is silent is told once, by an absence that looks at all of it, and not for each of its segments. */
function noDataOf({ no_data: said, absent, by }: WrittenRule): RuleDefinition['noData'] {
  if (said !== undefined) return { afterMs: duration(said.after), state: said.state }
  return absent !== undefined && by.length === 0 ? { afterMs: durationMs(0), state: 'alert' } : undefined
}

/** What the rule is judged by: its own condition, or that of its kind. The checks have made sure that there is one. */
function saidOf(rule: ProcessFile['rules'][string], pane: string): { readonly when: string; readonly window: string } {
  const kind = conditionOfKind(rule)
  const when = rule.when ?? kind?.when
  const window = rule.window ?? (kind?.window && wholePanes(kind.window, pane))
  if (when === undefined || window === undefined) throw new Error('a rule passed the checks without a condition')
  return { when, window }
}

const patterns = ({ activities }: ProcessFile, written: Parameters<typeof patternsAt>[0]): EventPattern[] =>
  patternsAt(written, []).map(({ activity, where }) => ({ activity: activities.indexOf(activity!), where }))

/** Where the named one stands in its list, which the checks have made sure of. */
function positionOf(name: string, list: readonly { readonly name: string }[]): number {
  const position = list.findIndex(item => item.name === name)
  if (position === -1) throw new Error(`"${name}" passed the checks but stands nowhere`)
  return position
}

function calendarNamed(name: string, calendars: Calendars): CalendarDefinition {
  const calendar = calendars.get(name)
  if (calendar === undefined) throw new Error(`the calendar "${name}" passed the checks but is nowhere`)
  return calendar
}

const positions = (names: readonly string[], attributes: readonly AttributeDefinition[]): number[] =>
  names.map(name => positionOf(name, attributes))

function duration(text: string): DurationMs {
  const ms = parseDuration(text)
  if (ms === undefined) throw new Error(`"${text}" passed the checks but is no duration`)
  return ms
}
