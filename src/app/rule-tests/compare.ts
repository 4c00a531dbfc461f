/**
 * What a test expects, held against what was seen: the differences for a person, and what the check proves of its rule.
 */
import type { AlertPhase, AlertTransition } from '../../alerts/transition.ts'
import type { SegmentLabels } from '../../event/segment.ts'
import type { OutboxMessage } from '../../journal/outbox.ts'
import type { Position } from '../../model/definitions.ts'
import type { CheckedTest } from '../../model/load-tests.ts'
import { writtenText } from '../../model/local-text.ts'
import type { RuleTest } from '../../model/test-file.ts'
import { labelsKey, type Observations, type SeenVerdict } from './observations.ts'

export type Difference = { readonly what: string; readonly expected: string; readonly got: string }

/** What a rule can be proved to do. */
export const aspects = ['fires', 'stays quiet', 'recovers', 'no data'] as const
export type Aspect = (typeof aspects)[number]

export type CheckResult = {
  readonly rule: string
  readonly evalTime: string
  readonly position: Position
  /** Empty: it passed. */
  readonly differences: readonly Difference[]
  /** Empty where it did not pass. */
  readonly proves: readonly Aspect[]
}

/** @param asked T of each of the test's expectations. */
export function resultsOf(test: CheckedTest, asked: readonly number[], seen: Observations): CheckResult[] {
  return test.written.alert_rule_test.map((expected, index) => {
    const at = asked[index] as number
    const differences = [
      ...alertDifferences(expected, at, seen),
      ...segmentDifferences(expected, at, seen),
      ...notificationDifferences(expected, at, seen),
    ]
    const position = test.checkPositions[index] ?? test.position
    const proves = differences.length > 0 ? [] : aspectsOf(expected, at, seen)
    return { rule: expected.rule, evalTime: expected.eval_time, position, differences, proves }
  })
}

const isOpen = (state: AlertPhase): boolean => state === 'firing' || state === 'recovering' || state === 'no_data'

function alertDifferences({ rule, exp_alerts: expected }: RuleTest, at: number, seen: Observations): Difference[] {
  if (expected === undefined) return []
  const open = new Map(
    seen.latest(rule, at).flatMap(alert => (isOpen(alert.state) ? [[labelsKey(alert.segment), alert] as const] : [])),
  )
  const differences: Difference[] = []
  for (const alert of expected) {
    const key = labelsKey(alert.exp_labels)
    const got = open.get(key)
    open.delete(key)
    const who = `alert ${labelsText(alert.exp_labels)}`
    if (got === undefined) {
      const state = seen.stateOf(rule, alert.exp_labels, at)
      if (state !== alert.exp_state) differences.push({ what: who, expected: alert.exp_state, got: state })
      continue
    }
    differences.push(...detailDifferences(who, alert, got))
  }
  for (const alert of open.values()) {
    differences.push({ what: `alert ${labelsText(alert.segment)}`, expected: 'none', got: alertText(alert) })
  }
  return differences
}

function detailDifferences(
  who: string,
  expected: NonNullable<RuleTest['exp_alerts']>[number],
  got: AlertTransition,
): Difference[] {
  const summary = expected.exp_summary === undefined ? undefined : writtenText(expected.exp_summary)
  const pairs: (readonly [string, unknown, unknown])[] = [
    ['state', expected.exp_state, got.state],
    ['value', expected.exp_value, got.value],
    ['severity', expected.exp_severity, got.severity],
    ['owner', expected.exp_owner, got.owner],
    ['summary', summary?.en, got.summary.en],
    ['summary (zh)', summary?.zh, got.summary.zh],
  ]
  return pairs.flatMap(([what, wanted, has]) =>
    wanted === undefined || fits(wanted, has ?? null)
      ? []
      : [{ what: `${who}: ${what}`, expected: String(wanted), got: String(has) }],
  )
}

function segmentDifferences(expected: RuleTest, at: number, seen: Observations): Difference[] {
  const { rule, segment, exp_state, exp_verdict, exp_explain } = expected
  const differences: Difference[] = []
  const verdict = verdictOf(rule, segment, at, seen)
  const because = verdict === undefined ? 'nothing was there to judge' : termsText(verdict)
  const state = seen.stateOf(rule, segment, at)
  if (exp_state !== undefined && state !== exp_state) {
    differences.push({ what: `state ${labelsText(segment)}`, expected: exp_state, got: `${state} (${because})` })
  }
  const word = verdictWord(verdict)
  if (exp_verdict !== undefined && word !== exp_verdict) {
    differences.push({ what: `verdict ${labelsText(segment)}`, expected: exp_verdict, got: `${word} (${because})` })
  }
  if (exp_explain !== undefined && !fits(exp_explain, verdict?.explanation ?? null)) {
    differences.push({
      what: `explanation ${labelsText(segment)}`,
      expected: JSON.stringify(exp_explain),
      got: JSON.stringify(verdict?.explanation ?? null),
    })
  }
  return differences
}

function notificationDifferences(
  { rule, exp_notifications: expected }: RuleTest,
  at: number,
  seen: Observations,
): Difference[] {
  if (expected === undefined) return []
  const sent = seen.sent.flatMap(({ message, alerts }) => {
    const own = alerts.filter(alert => alert.rule === rule)
    return message.at <= at && own.length > 0 ? [toldOf(message, own)] : []
  })
  const fitting = expected.every((wanted, index) => {
    const got = sent[index]
    if (got === undefined || wanted.contact_point !== got.contactPoint) return false
    if (wanted.rule !== undefined && wanted.rule !== rule) return false
    if (wanted.alerts !== undefined && wanted.alerts !== got.told.length) return false
    const labels = wanted.labels === undefined ? undefined : labelsKey(wanted.labels)
    return got.told.some(
      ({ segment, state }) => state === wanted.state && (labels === undefined || labelsKey(segment) === labels),
    )
  })
  if (fitting && sent.length === expected.length) return []
  const told = sent.map(
    message =>
      `${message.contactPoint} ${message.told.map(({ state, segment }) => `${state} ${labelsText(segment)}`).join(' + ')}`,
  )
  const wanted = expected.map(({ contact_point, state, labels, alerts }) => {
    const count = alerts === undefined ? '' : ` of ${alerts}`
    return `${contact_point} ${state} ${labelsText(labels ?? {})}${count}`
  })
  return [{ what: 'notifications', expected: listText(wanted), got: listText(told) }]
}

/** What a message says of alerts of one rule. */
function toldOf({ contactPoint, tells }: OutboxMessage, alerts: readonly AlertTransition[]) {
  const told = alerts.map(({ id, segment }) => ({ segment, state: tells.find(({ alert }) => alert === id)?.state }))
  return { contactPoint, told }
}

function aspectsOf(expected: RuleTest, at: number, seen: Observations): Aspect[] {
  const { rule, segment, exp_alerts, exp_state, exp_verdict } = expected
  const states = [...(exp_state === undefined ? [] : [exp_state]), ...(exp_alerts ?? []).map(alert => alert.exp_state)]
  const proves = new Set<Aspect>()
  if (states.includes('firing')) proves.add('fires')
  if (states.includes('resolved')) proves.add('recovers')
  if (states.includes('no_data')) proves.add('no data')
  // Of what never was there nothing is proved by its absence.
  if (exp_verdict === 'no_data' && seen.hadData(rule, segment, at)) proves.add('no data')
  if (exp_state === 'inactive' && isQuiet(verdictOf(rule, segment, at, seen)) && !seen.hasFired(rule, segment, at)) {
    proves.add('stays quiet')
  }
  const isAnyQuiet = [...seen.verdictsAt(rule, at).values()].some(isQuiet)
  if (exp_alerts?.length === 0 && isAnyQuiet && !seen.hasFired(rule, undefined, at)) proves.add('stays quiet')
  return [...proves]
}

/** Judged on data, and found to be well. */
const isQuiet = (verdict: SeenVerdict | undefined): boolean => verdict?.breached === false && verdict.samples > 0

const verdictOf = (rule: string, labels: SegmentLabels, at: number, seen: Observations): SeenVerdict | undefined => {
  const key = labelsKey(labels)
  return [...seen.verdictsAt(rule, at).values()].find(verdict => labelsKey(verdict.labels) === key)
}

function verdictWord(verdict: SeenVerdict | undefined): 'breached' | 'quiet' | 'no_data' {
  if (verdict === undefined || verdict.breached === undefined) return 'no_data'
  if (verdict.breached) return 'breached'
  return verdict.samples === 0 ? 'no_data' : 'quiet'
}

const bound = /^(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)$/

/** Whether `wanted` is in `got`: of an object its keys, of a list its items in any order; ">= 5" is a bound. */
export function fits(wanted: unknown, got: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(got) && wanted.every(item => got.some(other => fits(item, other)))
  }
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof got !== 'object' || got === null) return false
    return Object.entries(wanted).every(
      ([key, item]) => Object.hasOwn(got, key) && fits(item, (got as Record<string, unknown>)[key]),
    )
  }
  if (typeof wanted === 'number' && typeof got === 'number') {
    return Math.abs(wanted - got) <= 1e-9 * Math.max(1, Math.abs(wanted))
  }
  const [, sign, limit] = (typeof wanted === 'string' && typeof got === 'number' ? bound.exec(wanted) : null) ?? []
  if (sign === undefined || typeof got !== 'number') return wanted === got
  const most = Number(limit)
  return sign === '>=' ? got >= most : sign === '<=' ? got <= most : sign === '>' ? got > most : got < most
}

export const labelsText = (labels: SegmentLabels): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ')}}`

const alertText = (alert: AlertTransition): string => `${alert.state}, "${alert.summary.en}"`

function termsText({ explanation }: SeenVerdict): string {
  const { terms } = explanation as { terms: readonly { text: string; values: object; result: boolean | null }[] }
  return terms
    .map(({ text, values, result }) => `${text} is ${result ?? 'unknown'} with ${JSON.stringify(values)}`)
    .join('; ')
}

const listText = (items: readonly string[]): string => (items.length === 0 ? 'none' : items.join('; '))
