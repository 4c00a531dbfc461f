import { type ReadingName, readingOf } from '../model/statistics.ts'
import type { Explanation } from './explanation.ts'

/*
 * Whether a stage lacks work because one before it holds the work back: told by what a rule is about, and by what came in
 * and went out. The one tells that too little happens, the other that cases stay where they are.
 *
 *     upstream: its cases stay ──✗──▶ downstream: too few come, too few leave, and hardly any are there
 */

type Evidence = Pick<Explanation, 'terms' | 'flow'>

/** What a condition may read that tells of nothing but numbers of cases; the limits are those of a deviation. */
const counts: readonly string[] = ['entered', 'exited', 'throughput', 'at_risk', 'wip', 'lower_limit', 'upper_limit']
/** What a comparison reads first, and what it asks of it. */
const readingFirst = /^\s*([a-z_0-9]+)[^<>=!]*(>=|<=|==|!=|>|<)/

/** Cases take long, wait, or do not leave. */
const stays = /^(wip|age_\w+|live_p\d+|p\d+|avg|max|sum|overdue|breached|late_risk)$/

type Side = { readonly statistic: string; readonly isLow: boolean; readonly isHigh: boolean }

function sideOf(text: string): Side | undefined {
  const [, statistic, operator] = readingFirst.exec(text) ?? []
  if (statistic === undefined || operator === undefined) return undefined
  return { statistic, isLow: ['<', '<=', '=='].includes(operator), isHigh: operator.startsWith('>') }
}

/**
 * Whether all that an alert tells is that too little happens, for want of cases and not by the stage's own fault.
 *
 * Too few that come are for want of cases. Too few that leave are where no more came than left, and fewer are there than
 * left: else the stage itself does not do its work.
 */
export function lacksWork({ terms, flow }: Evidence): boolean {
  const held = terms.filter(({ result }) => result === true)
  const isAboutCounts = held.every(({ values }) =>
    (Object.keys(values) as ReadingName[]).every(name => counts.includes(readingOf(name).statistic)),
  )
  if (!isAboutCounts) return false
  const low = held.flatMap(({ text }) => {
    const side = sideOf(text)
    return side?.isLow ? [side.statistic] : []
  })
  if (low.includes('entered')) return true
  if (flow === undefined || !low.some(statistic => statistic === 'exited' || statistic === 'throughput')) return false
  const gone = flow.exited + flow.left
  return flow.entered <= gone && flow.wip <= gone
}

/** Whether an alert of such a condition can tell that cases stay in the stage, or that it lacks work itself. */
export function mayHoldWorkBack({ terms }: Pick<Evidence, 'terms'>): boolean {
  return terms.some(({ text }) => {
    const side = sideOf(text)
    if (side === undefined) return false
    const { statistic, isLow, isHigh } = side
    if (['entered', 'exited', 'throughput', 'within_target'].includes(statistic)) return isLow
    return isHigh && stays.test(statistic)
  })
}
