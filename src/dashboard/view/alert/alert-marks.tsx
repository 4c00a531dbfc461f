import type { Alert } from '../../../protocol/alert.ts'
import { formatCount, formatTime } from '../../language/format.ts'
import { local, words } from '../../language/language.ts'
import { openAlert } from '../../state/address.ts'
import { alerts, now } from '../../state/live.ts'
import { timeZone } from '../../state/selection.ts'

/** What people have made of an alert, and why nobody is told of it. */
export function AlertMarks({ alert, comments }: { alert: Alert; comments: 'all' | 'newest' }) {
  const text = words.value.marks
  const time = (at: string) => formatTime(Date.parse(at), timeZone.value, now.value, words.value, false)
  const { acknowledged, assigned_to: assigned, snoozed_until: snoozed, feedback, flapping } = alert
  const { resolution } = alert
  const { silenced_by: silencedBy = [], inhibited_by: inhibitor, comments: said = [] } = alert
  const shown = comments === 'all' ? said : said.slice(-1)
  const marks = [
    acknowledged && text.acknowledged(acknowledged.by, time(acknowledged.at)),
    assigned !== undefined && text.assigned(assigned),
    snoozed !== undefined && Date.parse(snoozed) > now.value && text.snoozed(time(snoozed)),
    silencedBy.length > 0 && text.silenced,
    flapping && text.flapping(formatCount(flapping.times, words.value), time(flapping.since)),
    feedback && text[feedback.verdict](feedback.by),
    resolution && resolutionText(resolution, time(resolution.at)),
  ].filter(mark => typeof mark === 'string')
  if (marks.length === 0 && shown.length === 0 && inhibitor === undefined) return null
  return (
    <ul class="alert-marks" data-marks={alert.id}>
      {marks.map(mark => (
        <li key={mark}>{mark}</li>
      ))}
      {inhibitor !== undefined && <Inhibitor id={inhibitor} />}
      {shown.map(({ by, at, text: comment }) => (
        <li key={at + by} class="comment">
          <b>{by}</b> <span class="quiet number">{time(at)}</span> {comment}
        </li>
      ))}
    </ul>
  )
}

function resolutionText({ by, cause, text: said }: NonNullable<Alert['resolution']>, time: string): string {
  const text = words.value.marks
  const known: Readonly<Record<string, string>> = text.causes
  return [text.resolved(by, time), known[cause] ?? cause, said].filter(part => part !== undefined).join(' · ')
}

/** The alert that explains this one, to be opened where it is listed. */
function Inhibitor({ id }: { id: string }) {
  const text = words.value.marks
  const other = alerts.value.get(id)
  return (
    <li>
      {text.inhibited}{' '}
      {other === undefined ? (
        <code>{id}</code>
      ) : (
        <button
          type="button"
          class="link"
          onClick={() => {
            openAlert.value = id
          }}
        >
          {local(other.summary)}
        </button>
      )}
    </li>
  )
}
