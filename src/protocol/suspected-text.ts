import { formatDuration } from '../event/duration.ts'
import type { Suspected } from './attribution.ts'

type Language = 'en' | 'zh'

/**
 * What an alert most probably comes from, as one sentence.
 *
 * @param title of a stage, by its name.
 * @returns undefined: a kind that a newer server tells.
 */
export function suspectedText(
  {
    kind,
    stage,
    segment = {},
    change_ms: changeMs = 0,
    before_per_hour: before = 0,
    now_per_hour: now = 0,
    alert,
  }: Suspected,
  title: (stage: string) => string,
  language: Language,
): string | undefined {
  const say = sentences[language][kind]
  const labels = Object.entries(segment).map(([dimension, value]) => `${dimension}: ${value ?? unknown[language]}`)
  const where = labels.length === 0 ? title(stage) : placed[language](title(stage), labels.join(', '))
  return say?.({
    where,
    by: formatDuration(changeMs, language),
    before: perHour(before),
    now: perHour(now),
    rule: alert?.rule ?? '',
  })
}

type Said = Readonly<Record<'where' | 'by' | 'before' | 'now' | 'rule', string>>

const unknown = { en: 'unknown', zh: '未知' } as const

const placed = {
  en: (stage: string, labels: string) => `${stage} (${labels})`,
  zh: (stage: string, labels: string) => `${stage}（${labels}）`,
} as const

const sentences: Readonly<Record<Language, Readonly<Record<string, (said: Said) => string>>>> = {
  en: {
    time: ({ where, by }) => `${where} takes longer: +${by} a case`,
    mix: ({ where, by }) => `other shares of cases go through ${where}: +${by} a case`,
    rework: ({ where, by }) => `cases come back to ${where} more often: +${by} a case`,
    arrivals_up: ({ where, before, now }) => `more arrives at ${where}: ${now} an hour, ${before} before`,
    arrivals_down: ({ where, before, now }) => `less arrives at ${where}: ${now} an hour, ${before} before`,
    exits_down: ({ where, before, now }) => `less gets through ${where}: ${now} an hour, ${before} before`,
    starved: ({ where, rule }) => `little comes from ${where}, which has the alert ${rule}`,
    blocked: ({ where, rule }) => `little goes on to ${where}, which has the alert ${rule}`,
  },
  zh: {
    time: ({ where, by }) => `${where}耗时变长：平均每个案例 +${by}`,
    mix: ({ where, by }) => `经过${where}的案例占比变化：平均每个案例 +${by}`,
    rework: ({ where, by }) => `${where}返工增多：平均每个案例 +${by}`,
    arrivals_up: ({ where, before, now }) => `${where}到达增多：每小时 ${now}，此前 ${before}`,
    arrivals_down: ({ where, before, now }) => `${where}到达减少：每小时 ${now}，此前 ${before}`,
    exits_down: ({ where, before, now }) => `${where}完成减少：每小时 ${now}，此前 ${before}`,
    starved: ({ where, rule }) => `上游${where}送来很少，该环节有告警 ${rule}`,
    blocked: ({ where, rule }) => `下游${where}接收很少，该环节有告警 ${rule}`,
  },
}

const perHour = (value: number): string => String(Number(value.toFixed(value >= 10 ? 0 : 1)))
