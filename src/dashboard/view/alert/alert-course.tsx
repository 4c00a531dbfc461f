import type { AlertActionView, AlertHistory } from '../../../protocol/alert.ts'
import { formatTime, formatValue } from '../../language/format.ts'
import { reasonText, words } from '../../language/language.ts'
import { now } from '../../state/live.ts'
import { timeZone } from '../../state/selection.ts'

/** How the episode went: its transitions, and what people did. */
export function AlertCourse({ history }: { history: AlertHistory | 'away' | undefined }) {
  const text = words.value
  if (history === undefined) return null
  return (
    <>
      <h3>{text.detail.history}</h3>
      {history === 'away' ? (
        <p class="quiet">{text.detail.historyAway}</p>
      ) : (
        <ol class="episode number">
          {stepsOf(history).map(step => (
            <li key={step.key}>
              <time dateTime={step.at}>{formatTime(Date.parse(step.at), timeZone.value, now.value, text)}</time>
              <span>
                <b>{step.what}</b> <span class="quiet">{step.why}</span>
              </span>
            </li>
          ))}
        </ol>
      )}
    </>
  )
}

type Step = { readonly key: string; readonly at: string; readonly what: string; readonly why: string }

/** In the order of time; of the same instant, what the engine found comes first. */
function stepsOf({ transitions, actions }: AlertHistory): Step[] {
  const text = words.value
  const found = transitions.map(({ at, state, because, value, unit }) => ({
    key: `${at} ${state}`,
    at,
    what: text.state[state],
    why: [...(value === null ? [] : [formatValue(value, unit, text)]), reasonText(because)].join(' · '),
  }))
  const done = actions.map(action => ({ key: action.id, at: action.at, what: action.by, why: deedText(action) }))
  return [...found, ...done].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
}

/** What somebody did, as it goes on after the name. */
function deedText({ kind, fields }: AlertActionView): string {
  const text = words.value
  const said = text.detail.deeds
  switch (kind) {
    case 'acknowledge':
    case 'unacknowledge':
      return said[kind]
    case 'assign':
      return fields.to ? said.assign(fields.to) : said.assignNobody
    case 'snooze':
      return fields.until
        ? said.snooze(formatTime(Date.parse(fields.until), timeZone.value, now.value, text, false))
        : said.snoozeEnd
    case 'comment':
      return fields.text ?? ''
    case 'feedback':
      return fields.verdict === 'useful' ? said.useful : said.falseAlarm
    case 'resolve': {
      const causes: Readonly<Record<string, string>> = text.marks.causes
      const cause = causes[fields.cause ?? ''] ?? fields.cause ?? ''
      return said.resolve([cause, fields.text].filter(part => part).join(' · '))
    }
  }
}
