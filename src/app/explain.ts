import { formatDuration } from '../event/duration.ts'
import { type Alert, alertHistorySchema, type Explanation } from '../protocol/alert.ts'
import { atStakeText, lateText, oldestText } from '../protocol/open-cases-text.ts'
import { type RuleExplanation, ruleExplanationSchema } from '../protocol/rule-explanation.ts'
import { suspectedText } from '../protocol/suspected-text.ts'
import { getFrom } from './api-request.ts'
import type { ExplainOptions } from './commands/explain.ts'
import { CouldNotRun } from './could-not-run.ts'

/** An alert as its latest transition left it, or how a rule stands at a segment now. */
export type Explained =
  | { readonly kind: 'alert'; readonly alert: Alert }
  | { readonly kind: 'rule'; readonly rule: RuleExplanation }

/** @throws CouldNotRun where the process cannot be reached or says why it does not answer. */
export async function explain({ what, url, process, segment }: ExplainOptions): Promise<Explained> {
  if (/^[0-9a-f]{16}$/.test(what)) {
    const { transitions } = alertHistorySchema.parse(await getFrom(new URL(`/api/v1/alerts/${what}`, url)))
    const alert = transitions.toSorted((left, right) => Date.parse(left.at) - Date.parse(right.at)).at(-1)
    if (alert === undefined) {
      throw new CouldNotRun({ problem: `alert ${what} has no transitions yet`, remedy: 'try again in some seconds' })
    }
    return { kind: 'alert', alert }
  }
  const of = process ?? (await processWith(url, what))
  const place = new URL(
    `/api/v1/processes/${encodeURIComponent(of)}/rules/${encodeURIComponent(what)}/explanation`,
    url,
  )
  if (Object.keys(segment).length > 0) place.searchParams.set('segment', JSON.stringify(segment))
  return { kind: 'rule', rule: ruleExplanationSchema.parse(await getFrom(place)) }
}

/** The one process that there is. */
async function processWith(url: URL, rule: string): Promise<string> {
  const { processes } = (await getFrom(new URL('/api/v1/processes', url))) as { processes: readonly { name: string }[] }
  const [first, ...others] = processes.map(({ name }) => name)
  if (first !== undefined && others.length === 0) return first
  throw new CouldNotRun({
    problem: `several processes are watched, and it is not said of which ${rule} is`,
    remedy: `name it: --process ${[first, ...others].join(' | ')}`,
  })
}

export function explanationText(found: Explained): string {
  const lines = found.kind === 'alert' ? alertLines(found.alert) : ruleLines(found.rule)
  return `${lines.join('\n')}\n`
}

function alertLines(alert: Alert): string[] {
  const { rule, segment, state, at, since, summary, owner_title: owner, action, runbook, explanation } = alert
  return [
    `${rule}${place(segment)}: ${state} since ${since}, as of ${at}`,
    `  ${summary.en}`,
    ...evidence(explanation),
    `  owner       ${owner.en}`,
    ...(explanation.version === undefined ? [] : [`  version     ${explanation.version}`]),
    ...(action === null ? [] : [`  do          ${action.en}`]),
    ...(runbook === null ? [] : [`  runbook     ${runbook}`]),
  ]
}

function ruleLines({ rule, segment, state, at, summary, explanation, quiet }: RuleExplanation): string[] {
  return [
    `${rule}${place(segment)}: ${state} at ${at}`,
    ...(summary === null ? [] : [`  ${summary.en}`]),
    ...evidence(explanation),
    ...quiet.map(({ text }, index) => `  ${index === 0 ? 'quiet, since' : '            '} ${text.en}`),
  ]
}

function evidence(explanation: Explanation): string[] {
  const { terms, expression, window, samples, min_samples: needed, past = [], flow, neighbours = [] } = explanation
  const marks = { true: '✓', false: '✗', null: '?' } as const
  const unit = terms[0]?.values[0]?.unit ?? 'count'
  return [
    ...(terms.length === 0 ? [`  when        ${expression}`] : []),
    ...terms.map(({ text, values, result }) => {
      const said = values.map(
        value => `${value.statistic} ${value.at_least ? '≥' : '='} ${written(value.value, value.unit)}`,
      )
      return `  ${marks[`${result}`]} ${text}${said.length === 0 ? '' : `   (${said.join(', ')})`}`
    }),
    `  window      ${window.start} to ${window.end}, ${samples} samples${needed > 0 ? ` of ${needed}` : ''}`,
    ...past.map(
      ({ when, at, value }) =>
        `  ${when === 'hour_before' ? 'an hour ago' : 'a week ago '} ${written(value, unit)} (${at})`,
    ),
    ...(flow === undefined ? [] : [`  in and out  ${counts(flow)}`]),
    ...neighbours.map(({ stage, relation, alerts, ...rest }) => {
      const open = alerts.length === 0 ? '' : `; open: ${alerts.map(({ rule }) => rule).join(', ')}`
      return `  ${relation === 'upstream' ? 'before it  ' : 'behind it  '} ${stage}: ${counts(rest)}${open}`
    }),
    ...openCasesLines(explanation),
    ...changeLines(explanation),
    ...(explanation.silent_since === undefined ? [] : [`  the feed is silent since ${explanation.silent_since}`]),
  ]
}

function openCasesLines({ open_cases: cases }: Explanation): string[] {
  if (cases === undefined) return []
  const late = lateText(cases, 'en')
  const atStake = atStakeText(cases, 'en')
  return [
    ...(cases.oldest.length === 0 ? [] : [`  oldest      ${oldestText(cases, 'en')}`]),
    ...(late === undefined ? [] : [`  ${cases.probably_late === undefined ? 'late        ' : 'maybe late  '}${late}`]),
    ...(atStake === undefined ? [] : [`  at stake    ${atStake}`]),
  ]
}

/** Why the mean time of a case has changed, part by part, and what is suspected. */
function changeLines({ before, attribution, suspected }: Explanation): string[] {
  const said = suspected && suspectedText(suspected, stage => stage, 'en')
  const line = (ms: number, what: string) => `${' '.repeat(14)}${changed(ms).padStart(9)}  ${what}`
  return [
    ...(before === undefined
      ? []
      : [`  before      ${before.start} to ${before.end}: ${before.entered} entered, ${before.exited} exited`]),
    ...(attribution === undefined
      ? []
      : [
          `  mean a case ${formatDuration(attribution.before_ms)} before, ${formatDuration(attribution.now_ms)} now:`,
          ...attribution.parts.map(({ stage, segment, cause, change_ms: ms }) =>
            line(ms, `${cause} of ${stage}${place(segment)}`),
          ),
          line(attribution.others_ms, 'other parts'),
          line(attribution.rest_ms, 'rest, which no part explains'),
        ]),
    ...(said === undefined ? [] : [`  suspected   ${said}`]),
  ]
}

const changed = (ms: number): string => `${ms < 0 ? '−' : '+'}${formatDuration(Math.abs(ms))}`

type Counts = { readonly entered: number; readonly exited: number; readonly left: number; readonly wip: number }

const counts = ({ entered, exited, left, wip }: Counts): string =>
  `${entered} entered, ${exited} exited, ${left} left otherwise, ${wip} open`

function place(segment: Readonly<Record<string, string | null>>): string {
  const values = Object.entries(segment).map(([dimension, value]) => `${dimension}=${value ?? '–'}`)
  return values.length === 0 ? '' : ` at ${values.join(', ')}`
}

function written(value: number | null, unit: string): string {
  if (value === null) return '–'
  if (unit === 'duration') return formatDuration(value)
  if (unit === 'ratio') return `${Number((value * 100).toFixed(1))} %`
  return String(Number(value.toFixed(2)))
}
