/**
 * A rule that holds in very many segments at once tells one thing, not many: one alert says so, and those segments that have
 * none of their own get none.
 */
import type { Instant } from '../event/instant.ts'
import { type SegmentKey, segmentLabels } from '../event/segment.ts'
import type { LocalText } from '../model/definitions.ts'
import type { CompiledRule, Verdict, WatchingRule } from './rule.ts'

/** The alert of a storm is one of the rule, of no segment. */
export const stormRule = (rule: CompiledRule): WatchingRule => ({
  definition: { ...rule.definition, noData: undefined },
  subject: rule.subject,
  dimensions: [],
})

export type StormInput = {
  /** Where the rule holds, in the order in which segments are judged. */
  readonly holding: readonly SegmentKey[]
  /** How many were judged. */
  readonly judged: number
  readonly window: { readonly start: Instant; readonly end: Instant }
  readonly watermark: Instant | undefined
}

/** It is over when the rule holds in no more than half as many: else it would come and go around the limit. */
export function judgeStorm({ definition, dimensions, version }: CompiledRule, input: StormInput): Verdict {
  const { holding, judged, window, watermark } = input
  const { maxAlerts, name, owner, action, runbook } = definition
  const breached = holding.length > maxAlerts
  return {
    breached,
    recovered: holding.length <= maxAlerts / 2,
    value: holding.length,
    explanation: {
      expression: `${name} holds in more than ${maxAlerts} segments`,
      terms: [{ text: `it holds in ${holding.length} of ${judged} segments`, values: {}, result: breached }],
      result: breached,
      window,
      watermark,
      samples: judged,
      minSamples: 0,
      ...(version !== undefined && { version }),
      owner,
      action,
      runbook,
    },
    summary: () => summaryOf(name, dimensions, holding),
  }
}

const MOST_NAMED = 3

function summaryOf(name: string, dimensions: readonly string[], holding: readonly SegmentKey[]): LocalText {
  const named = holding.slice(0, MOST_NAMED).map(segment =>
    Object.values(segmentLabels(dimensions, segment))
      .map(value => value ?? '–')
      .join(' · '),
  )
  const count = holding.length
  return {
    en: `${name} holds in ${count} segments at once, such as ${named.join(', ')}`,
    zh: `${name} 同时在 ${count} 个细分中成立，例如 ${named.join('、')}`,
  }
}
