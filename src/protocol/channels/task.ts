import type { Notification } from '../notification.ts'
import { alertsIn } from '../urgency.ts'
import { alertText } from './alert-text.ts'
import { channelWords, type TextLanguage } from './words.ts'

/** An alert as a task tells of it: what takes the places of `model/task-template.ts`, but for the task's id. */
export type TaskWords = {
  readonly alert: string
  readonly isOver: boolean
  readonly words: Readonly<Record<string, string>>
}

export function taskWords(notification: Notification, language: TextLanguage): TaskWords[] {
  const { colon, segment: segmentLabel, since: sinceLabel } = channelWords[language]
  const { data } = notification
  // A task that nothing has happened to is not told again.
  const alerts = alertsIn(notification).filter(({ id }) => !('changed' in data) || data.changed.includes(id))
  return alerts.map(alert => {
    const { status, summary, facts, links, isOver } = alertText(alert, data, language)
    const factOf = (wanted: string) => facts.find(({ label }) => label === wanted)?.text ?? ''
    const lines = [...facts, ...links.map(({ label, url }) => ({ label, text: url }))]
    return {
      alert: alert.id,
      isOver,
      words: {
        title: `${status}${colon}${summary}`,
        text: [status, summary, '', ...lines.map(({ label, text }) => `${label}${colon}${text}`)].join('\n'),
        summary,
        severity: alert.severity,
        state: alert.state,
        process: alert.process,
        stage: alert.stage ?? alert.measure ?? '',
        segment: factOf(segmentLabel),
        rule: alert.rule,
        owner: alert.owner,
        since: factOf(sinceLabel),
        episode: alert.id,
        link: links[0]?.url ?? '',
      },
    }
  })
}
