import type { AlertTransition } from '../../alerts/transition.ts'
import { formatInstant, type Instant } from '../../event/instant.ts'
import { comparisonView } from '../../protocol/attribution-view.ts'
import { openCasesView } from '../../protocol/open-cases-view.ts'
import type { Explanation } from '../../rules/explanation.ts'
import type { BucketCounts, PaneRow, VisitRow } from '../../shard/output.ts'
import { bucketName, ZERO_BUCKET } from '../../windows/histogram.ts'

/**
 * One line of JSON for each row. Every line of a file has the same keys in the same order, what does not apply is
 * null, times are ISO 8601 in UTC with milliseconds.
 */
export const visitLine = (visit: VisitRow) =>
  line({
    process: visit.process,
    stage: visit.stage,
    case: visit.case,
    visit: visit.visit,
    started_at: formatInstant(visit.start),
    ended_at: time(visit.end),
    outcome: visit.outcome,
    reason: visit.reason ?? null,
    duration_ms: visit.durationMs ?? null,
    business_ms: visit.businessMs ?? null,
    segment: visit.segment,
    attributes: visit.attributes,
  })

export function windowLine(pane: PaneRow): string {
  const row = JSON.stringify({
    process: pane.process,
    stage: pane.stage,
    segment: pane.total ? {} : pane.segment,
    start: formatInstant(pane.start),
    end: formatInstant(pane.end),
    entered: pane.entered,
    exited: pane.exited,
    abandoned: pane.abandoned,
    expired: pane.expired,
    sum_ms: pane.sumMs,
    min_ms: pane.minMs ?? null,
    max_ms: pane.maxMs ?? null,
  })
  const business = pane.business && `{${bucketsText(pane.business.buckets)}}`
  const beside = `"business_sum_ms":${pane.business?.sumMs ?? null},"business_buckets":${business ?? null}`
  return `${row.slice(0, -1)},"buckets":{${bucketsText(pane.buckets)}},${beside}}\n`
}

export const alertLine = (transition: AlertTransition) =>
  line({
    id: transition.id,
    rule: transition.rule,
    segment: transition.segment,
    state: transition.state,
    at: formatInstant(transition.at),
    value: transition.value ?? null,
    explanation: explanationObject(transition.explanation),
  })

/** An explanation as it is written: snake case, what is unknown is null. */
export const explanationObject = (given: Explanation) => ({
  expression: given.expression,
  result: given.result ?? null,
  terms: given.terms.map(({ text, values, atLeast, atMost, result }) => ({
    text,
    values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? null])),
    at_least: atLeast ?? [],
    ...(atMost === undefined ? {} : { at_most: atMost }),
    result: result ?? null,
  })),
  window: { start: formatInstant(given.window.start), end: formatInstant(given.window.end) },
  watermark: time(given.watermark),
  samples: given.samples,
  live: given.live === undefined ? null : { window_ms: given.live.windowMs, exits: given.live.exits },
  min_samples: given.minSamples,
  version: given.version ?? null,
  past: (given.past ?? []).map(({ when, at, value }) => ({ when, at: formatInstant(at), value })),
  flow: given.flow ?? null,
  neighbours: (given.neighbours ?? []).map(({ windowMs, ...rest }) => ({ ...rest, window_ms: windowMs })),
  open_cases: given.openCases === undefined ? null : openCasesView(given.openCases),
  ...{ before: null, attribution: null, suspected: null, ...comparisonView(given) },
  silent_since: time(given.silentSince),
  owner: given.owner,
  action: given.action ?? null,
  runbook: given.runbook ?? null,
})

const line = (row: object) => `${JSON.stringify(row)}\n`

/** An Infinity has no place in JSON; a watermark that has not begun is none. */
const time = (at: Instant | undefined) => (at === undefined || !Number.isFinite(at) ? null : formatInstant(at))

/** By rising index, `zero` last: as JSON.stringify would order the keys of an object that is never made. */
function bucketsText(buckets: BucketCounts): string {
  const above = buckets.filter(([bucket]) => bucket !== ZERO_BUCKET)
  const zeros = buckets.filter(([bucket]) => bucket === ZERO_BUCKET)
  return [...above, ...zeros].map(([bucket, count]) => `"${bucketName(bucket)}":${count}`).join()
}
