import type { EngineView } from '../engine/view.ts'
import { instant } from '../event/instant.ts'
import { definitionHash, VERSION_DIGITS } from '../model/definition-version.ts'
import type { Position, ProcessDefinition, RuleDefinition, Subject } from '../model/definitions.ts'
import type { RuleRecord } from '../store/queries/rule-records.ts'
import type { MetricList } from './metrics.ts'
import { type Owners, ownerTitle } from './process-summary.ts'
import type { RuleList, RuleView } from './rules.ts'
import { isoOrNull } from './statistics-view.ts'

/** What `past` is told of. */
export const PAST_DAYS = 28

/**
 * A process's rules as they were loaded, and how each stands now.
 *
 * @param records of the last `PAST_DAYS`; undefined: the store cannot be read now.
 */
export const ruleList = (
  view: EngineView,
  process: ProcessDefinition,
  owners: Owners,
  records: readonly RuleRecord[] | undefined,
): RuleList => ({
  process: process.name,
  as_of: isoOrNull(view.status(process.name).evaluatedAt),
  rules: process.rules.map(rule => ({
    name: rule.name,
    ...subjectOf(process, rule),
    by: rule.by.map(attribute => process.attributes[attribute]?.name ?? `#${attribute}`),
    kind: rule.kind?.kind ?? null,
    when: rule.when,
    recover_when: rule.recoverWhen ?? null,
    window_ms: rule.windowMs,
    for_ms: rule.forMs,
    keep_firing_for_ms: rule.keepFiringForMs,
    grace_ms: rule.graceMs,
    min_samples: rule.minSamples,
    max_alerts: rule.maxAlerts,
    no_data: rule.noData === undefined ? null : { after_ms: rule.noData.afterMs, state: rule.noData.state },
    severity: rule.severity,
    owner: rule.owner,
    owner_title: ownerTitle(owners, rule.owner),
    action: rule.action ?? null,
    runbook: rule.runbook ?? null,
    version: shortHash(rule),
    file: fileName(rule.position),
    line: rule.position.line,
    ...standing(view, process, rule),
    past: records === undefined ? null : pastOf(records.find(record => record.rule === rule.name)),
  })),
})

/** A process's dictionary of metrics. */
export const metricList = (process: ProcessDefinition, owners: Owners): MetricList => ({
  process: process.name,
  metrics: process.metrics.map(metric => ({
    name: metric.name,
    title: metric.title,
    ...subjectOf(process, metric),
    statistic: metric.statistic,
    window_ms: metric.windowMs,
    unit: metric.unit,
    direction: metric.direction,
    definition: metric.definition,
    owner: metric.owner,
    owner_title: ownerTitle(owners, metric.owner),
    status: metric.status,
    version: metric.version,
    hash: shortHash(metric),
    file: fileName(metric.position),
    line: metric.position.line,
  })),
})

function standing(view: EngineView, process: ProcessDefinition, { name }: RuleDefinition) {
  const alerts = { pending: 0, firing: 0, recovering: 0, no_data: 0 }
  const feedback = { useful: 0, false_alarm: 0 }
  let lastFiredAt = -Infinity
  for (const { id, rule, state, firedAt } of view.alerts(process.name)) {
    if (rule !== name) continue
    if (state in alerts) alerts[state as keyof typeof alerts]++
    if (firedAt !== undefined) lastFiredAt = Math.max(lastFiredAt, firedAt)
    const said = view.overlayOf(id).feedback
    if (said !== undefined) feedback[said.verdict]++
  }
  const last = isoOrNull(lastFiredAt === -Infinity ? undefined : instant(lastFiredAt))
  return { alerts, last_fired_at: last, feedback } satisfies Partial<RuleView>
}

function pastOf(record: RuleRecord | undefined): NonNullable<RuleView['past']> {
  const { fired = 0, useful = 0, falseAlarm = 0 } = record ?? {}
  return {
    days: PAST_DAYS,
    fired,
    fired_per_week: (fired * 7) / PAST_DAYS,
    last_fired_at: isoOrNull(record?.lastFiredAt),
    useful,
    false_alarm: falseAlarm,
    precision: useful + falseAlarm === 0 ? null : useful / (useful + falseAlarm),
  }
}

const subjectOf = (process: ProcessDefinition, { stage, measure }: Subject) => ({
  stage: stage === undefined ? null : (process.stages[stage]?.name ?? null),
  measure: measure === undefined ? null : (process.measures[measure]?.name ?? null),
})

/** Without the folders of the machine that it lies on. */
const fileName = ({ file }: Position): string => file.split(/[\\/]/).at(-1) ?? file

const shortHash = (definition: object): string => definitionHash(definition).slice(0, VERSION_DIGITS)
