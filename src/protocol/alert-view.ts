import type { AlertAction } from '../alerts/alert-action.ts'
import { type AlertMarks, unmarked } from '../alerts/alert-marks.ts'
import { type AlertOverlay, untouched } from '../alerts/overlay.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import { formatInstant, type Instant } from '../event/instant.ts'
import type { LocalText, ProcessDefinition } from '../model/definitions.ts'
import { type ReadingName, readingOf, type Vocabulary, vocabularyOf } from '../model/statistics.ts'
import type { ExplainedTerm, Explanation as Verdict } from '../rules/explanation.ts'
import type { Alert, AlertActionView, Explanation } from './alert.ts'
import { comparisonView } from './attribution-view.ts'
import { openCasesView } from './open-cases-view.ts'
import { type Owners, ownerTitle } from './process-summary.ts'
import { isoOrNull } from './statistics-view.ts'
import { thresholdOf } from './threshold.ts'

/**
 * @param process the transition's process; undefined where its definition is gone, the stage or measure then shows its name.
 * @param overlay what people have made of the alert; by default it is left out, as in what is told of one transition.
 * @param marks what keeps people from being told of it; by default it is left out, too.
 */
export function alertView(
  transition: AlertTransition,
  process: ProcessDefinition | undefined,
  owners: Owners,
  overlay: AlertOverlay = untouched,
  marks: AlertMarks = unmarked,
): Alert {
  const { unitOf } = vocabularyOf(transition)
  const first = transition.explanation.terms[0]
  const threshold = first && thresholdOf(first.text)
  const reading = Object.keys(first?.values ?? {})[0] as ReadingName | undefined
  const statistic = threshold?.statistic ?? (reading && readingOf(reading).statistic)
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
    ...boundsOf(first, reading),
    threshold: threshold ?? null,
    unit: (statistic && unitOf[statistic]) ?? null,
    explanation: explanationView(transition.explanation, unitOf),
    ...overlayView(overlay),
    ...marksView(marks),
  }
}

const marksView = ({ silencedBy, inhibitedBy, flapping }: AlertMarks) => ({
  ...(flapping === undefined ? {} : { flapping: { times: flapping.times, since: formatInstant(flapping.since) } }),
  ...(silencedBy.length === 0 ? {} : { silenced_by: [...silencedBy] }),
  ...(inhibitedBy === undefined ? {} : { inhibited_by: inhibitedBy }),
})

/** So many comments are shown with an alert: the list of alerts goes to every page. */
const SHOWN_COMMENTS = 20

function overlayView({ acknowledged, assignedTo, snoozedUntil, comments, feedback, resolution }: AlertOverlay) {
  const dated = <Mark extends { readonly at: Instant }>(mark: Mark) => ({ ...mark, at: formatInstant(mark.at) })
  return {
    ...(acknowledged === undefined ? {} : { acknowledged: dated(acknowledged) }),
    ...(assignedTo === undefined ? {} : { assigned_to: assignedTo }),
    ...(snoozedUntil === undefined ? {} : { snoozed_until: formatInstant(snoozedUntil) }),
    ...(comments.length === 0 ? {} : { comments: comments.slice(-SHOWN_COMMENTS).map(dated) }),
    ...(feedback === undefined ? {} : { feedback: dated(feedback) }),
    ...(resolution === undefined ? {} : { resolution: resolutionView(resolution) }),
  }
}

const resolutionView = ({ by, at, cause, text }: NonNullable<AlertOverlay['resolution']>) => ({
  by,
  at: formatInstant(at),
  cause,
  ...(text === undefined ? {} : { text }),
})

export const actionView = (action: AlertAction): AlertActionView => ({
  id: action.id,
  kind: action.kind,
  by: action.by,
  at: formatInstant(action.at),
  fields: action.kind === 'snooze' ? { until: isoOrNull(action.fields.until ?? undefined) } : action.fields,
})

function subjectTitle(
  { stage, measure, process: name }: AlertTransition,
  process: ProcessDefinition | undefined,
): LocalText {
  if (stage === undefined && measure === undefined) return process?.title ?? { en: name }
  const known = measure === undefined ? process?.stages : process?.measures
  const subject = measure ?? stage
  return known?.find(one => one.name === subject)?.title ?? { en: subject }
}

export const explanationView = (verdict: Verdict, unitOf: Vocabulary['unitOf']): Explanation => ({
  expression: verdict.expression,
  terms: verdict.terms.map(term => ({
    text: term.text,
    values: (Object.entries(term.values) as [ReadingName, number | undefined][]).map(([reading, value]) => {
      const { statistic, windowMs } = readingOf(reading)
      return {
        statistic,
        ...(windowMs === undefined ? {} : { window_ms: windowMs }),
        unit: unitOf[statistic] ?? 'count',
        value: value ?? null,
        ...boundsOf(term, reading),
      }
    }),
    result: term.result ?? null,
  })),
  result: verdict.result ?? null,
  window: { start: formatInstant(verdict.window.start), end: formatInstant(verdict.window.end) },
  watermark: isoOrNull(verdict.watermark),
  samples: verdict.samples,
  ...(verdict.live === undefined ? {} : { live: { window_ms: verdict.live.windowMs, exits: verdict.live.exits } }),
  ...(verdict.partial ? { partial: true as const } : {}),
  min_samples: verdict.minSamples,
  ...(verdict.version !== undefined && { version: verdict.version }),
  ...(verdict.past && { past: verdict.past.map(({ when, at, value }) => ({ when, at: formatInstant(at), value })) }),
  ...(verdict.flow && { flow: verdict.flow }),
  ...(verdict.neighbours && {
    neighbours: verdict.neighbours.map(({ windowMs, alerts, ...rest }) => ({
      ...rest,
      window_ms: windowMs,
      alerts: [...alerts],
    })),
  }),
  ...(verdict.openCases && { open_cases: openCasesView(verdict.openCases) }),
  ...comparisonView(verdict),
  ...(verdict.silentSince !== undefined && { silent_since: formatInstant(verdict.silentSince) }),
})

/** What is known of a reading of the term beside its value. */
function boundsOf(term: ExplainedTerm | undefined, reading: ReadingName | undefined) {
  const isBound = term?.atLeast?.some(name => name === reading) === true
  const most = reading === undefined ? undefined : term?.atMost?.[reading]
  return { ...(isBound ? { at_least: true as const } : {}), ...(most === undefined ? {} : { at_most: most }) }
}
