import type { AlertTransition } from '../alerts/transition.ts'
import { formatInstant } from '../event/instant.ts'
import type { LocalText, ProcessDefinition } from '../model/definitions.ts'
import { type StatisticName, type Vocabulary, vocabularyOf } from '../model/statistics.ts'
import type { ExplainedTerm, Explanation as Verdict } from '../rules/explanation.ts'
import type { Alert, Explanation } from './alert.ts'
import { type Owners, ownerTitle } from './process-summary.ts'
import { isoOrNull } from './statistics-view.ts'
import { thresholdOf } from './threshold.ts'

/**
 * @param process the transition's process; undefined where its definition is gone, the stage or measure then shows its name.
 */
export function alertView(transition: AlertTransition, process: ProcessDefinition | undefined, owners: Owners): Alert {
  const { unitOf } = vocabularyOf(transition)
  const first = transition.explanation.terms[0]
  const threshold = first && thresholdOf(first.text)
  const statistic = threshold?.statistic ?? (Object.keys(first?.values ?? {})[0] as StatisticName | undefined)
  return {
    id: transition.id,
    process: transition.process,
    rule: transition.rule,
    stage: transition.stage ?? null,
    measure: transition.measure ?? null,
    subject_title: subjectTitle(transition, process),
    segment: transition.segment,
    state: transition.state,
    from: transition.from,
    because: transition.because,
    at: formatInstant(transition.at),
    since: formatInstant(transition.since),
    fired_at: isoOrNull(transition.firedAt),
    severity: transition.severity,
    owner: transition.owner,
    owner_title: ownerTitle(owners, transition.owner),
    summary: transition.summary,
    action: transition.explanation.action ?? null,
    runbook: transition.explanation.runbook ?? null,
    value: transition.value ?? null,
    ...boundsOf(first, Object.keys(first?.values ?? {})[0]),
    threshold: threshold ?? null,
    unit: (statistic && unitOf[statistic]) ?? null,
    explanation: explanationView(transition.explanation, unitOf),
  }
}

function subjectTitle(
  { stage, measure, process: name }: AlertTransition,
  process: ProcessDefinition | undefined,
): LocalText {
  if (stage === undefined && measure === undefined) return process?.title ?? { en: name }
  const known = measure === undefined ? process?.stages : process?.measures
  const subject = measure ?? stage
  return known?.find(one => one.name === subject)?.title ?? { en: subject }
}

const explanationView = (verdict: Verdict, unitOf: Vocabulary['unitOf']): Explanation => ({
  expression: verdict.expression,
  terms: verdict.terms.map(term => ({
    text: term.text,
    values: (Object.entries(term.values) as [StatisticName, number | undefined][]).map(([statistic, value]) => ({
      statistic,
      unit: unitOf[statistic] ?? 'count',
      value: value ?? null,
      ...boundsOf(term, statistic),
    })),
    result: term.result ?? null,
  })),
  result: verdict.result ?? null,
  window: { start: formatInstant(verdict.window.start), end: formatInstant(verdict.window.end) },
  watermark: isoOrNull(verdict.watermark),
  samples: verdict.samples,
  ...(verdict.live === undefined ? {} : { live: { window_ms: verdict.live.windowMs, exits: verdict.live.exits } }),
  ...(verdict.partial ? { partial: true as const } : {}),
  min_samples: verdict.minSamples,
})

/** What is known of a statistic of the term beside its value. */
function boundsOf(term: ExplainedTerm | undefined, statistic: string | undefined) {
  const isBound = term?.atLeast?.some(name => name === statistic) === true
  const most = statistic === undefined ? undefined : term?.atMost?.[statistic as StatisticName]
  return { ...(isBound ? { at_least: true as const } : {}), ...(most === undefined ? {} : { at_most: most }) }
}
