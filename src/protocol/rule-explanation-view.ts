import type { RuleAtSegment } from '../engine/rule-at-segment.ts'
import { formatDuration } from '../event/duration.ts'
import { formatInstant } from '../event/instant.ts'
import type { LocalText } from '../model/definitions.ts'
import { vocabularyOf } from '../model/statistics.ts'
import type { QuietReason } from '../rules/quiet-reasons.ts'
import { explanationView } from './alert-view.ts'
import type { RuleExplanation } from './rule-explanation.ts'
import { isoOrNull } from './statistics-view.ts'

export function ruleExplanationView(process: string, found: RuleAtSegment): RuleExplanation {
  const { rule, measure, labels, at, phase, alert, summary, explanation, quiet } = found
  return {
    process,
    rule,
    segment: labels,
    at: formatInstant(at),
    state: phase,
    alert: alert ?? null,
    summary: summary ?? null,
    explanation: explanationView(explanation, vocabularyOf({ measure, deviationOf: found.deviationOf }).unitOf),
    quiet: quiet.map(reason => ({ kind: reason.kind, text: textOf(reason), ...detailOf(reason) })),
  }
}

function detailOf(reason: QuietReason) {
  switch (reason.kind) {
    case 'term-false':
    case 'term-unknown':
      return { term: reason.term }
    case 'too-few-samples':
      return { samples: reason.samples, needed: reason.needed }
    case 'pending':
    case 'recovering':
      return { held_ms: reason.heldMs, needed_ms: reason.neededMs }
    case 'in-grace':
      return { until: isoOrNull(reason.until) }
    case 'feed-silent':
      return { since: formatInstant(reason.since) }
    case 'resolved-by-hand':
      return { since: formatInstant(reason.since), until: formatInstant(reason.until) }
    case 'snoozed':
      return { until: formatInstant(reason.until) }
    case 'silenced':
      return { silence: reason.silence, until: formatInstant(reason.until) }
    case 'in-storm':
    case 'inhibited':
      return { alert: reason.alert ?? null }
    case 'flapping':
      return { times: reason.times, since: formatInstant(reason.since) }
    case 'not-recovered':
    case 'not-expected':
    case 'no-segment':
      return {}
  }
}

function textOf(reason: QuietReason): LocalText {
  switch (reason.kind) {
    case 'term-false':
      return { en: `${reason.term} does not hold`, zh: `${reason.term} 不成立` }
    case 'term-unknown':
      return { en: `${reason.term} is not known: a value is missing`, zh: `${reason.term} 未知：缺少数值` }
    case 'too-few-samples':
      return {
        en: `samples ${reason.samples} of ${reason.needed}`,
        zh: `样本 ${reason.samples}，需要 ${reason.needed}`,
      }
    case 'pending':
      return held('pending', '已持续', reason)
    case 'recovering':
      return held('recovering', '已恢复', reason)
    case 'not-recovered':
      return {
        en: 'the condition has ended, and recover_when does not hold yet',
        zh: '条件已结束，但 recover_when 尚未成立',
      }
    case 'in-grace':
      return reason.until === undefined
        ? { en: 'the segment has not been seen for as long as grace', zh: '该细分出现的时间尚未达到 grace' }
        : {
            en: `the segment is new: grace until ${formatInstant(reason.until)}`,
            zh: `新的细分：宽限至 ${formatInstant(reason.until)}`,
          }
    case 'not-expected':
      return { en: 'nothing is expected of this segment', zh: '该细分不在预期之内' }
    case 'feed-silent':
      return {
        en: `the feed is silent since ${formatInstant(reason.since)}`,
        zh: `数据源自 ${formatInstant(reason.since)} 起没有数据`,
      }
    case 'in-storm':
      return {
        en: 'it holds in so many segments at once that one alert tells of all of them',
        zh: '同时成立的细分过多，由一个告警统一说明',
      }
    case 'resolved-by-hand':
      return {
        en: `somebody resolved it at ${formatInstant(reason.since)}: quiet until the condition has ended once, or until ${formatInstant(reason.until)}`,
        zh: `已于 ${formatInstant(reason.since)} 被人工解决：在条件结束一次之前，或 ${formatInstant(reason.until)} 之前不再告警`,
      }
    case 'snoozed':
      return { en: `snoozed until ${formatInstant(reason.until)}`, zh: `已推迟至 ${formatInstant(reason.until)}` }
    case 'silenced': {
      const { silence, by, until } = reason
      return {
        en: `silenced by ${silence} (${by}) until ${formatInstant(until)}`,
        zh: `已被静默 ${silence}（${by}），至 ${formatInstant(until)}`,
      }
    }
    case 'flapping':
      return {
        en: `flapping: fired ${reason.times} times since ${formatInstant(reason.since)}`,
        zh: `反复触发：自 ${formatInstant(reason.since)} 起 ${reason.times} 次`,
      }
    case 'inhibited':
      return {
        en: `inhibited by ${reason.rule} (${reason.alert}), which explains it`,
        zh: `已被 ${reason.rule}（${reason.alert}）抑制：由其引起`,
      }
    case 'no-segment':
      return { en: 'nothing has been counted of this segment', zh: '该细分没有任何统计' }
  }
}

const held = (
  en: string,
  zh: string,
  { heldMs, neededMs }: { readonly heldMs: number; readonly neededMs: number },
) => ({
  en: `${en} ${formatDuration(heldMs)} of ${formatDuration(neededMs)}`,
  zh: `${zh} ${formatDuration(heldMs, 'zh')}，需要 ${formatDuration(neededMs, 'zh')}`,
})
