import type { CaseAlert } from '../../../protocol/history.ts'
import { formatTime } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { alerts as live, now } from '../../state/live.ts'
import { timeZone } from '../../state/selection.ts'
import { severityIcons } from '../icon.tsx'
import { Link } from '../link.tsx'
import { RowTable } from '../row-table.tsx'
import { segmentTextWithNames } from '../segment-text.ts'
import { stageTitle } from '../subject-title.ts'

/** The alerts of stages and segments that the case was in while they lived, and those that named it. */
export function CaseAlerts({ alerts }: { alerts: readonly CaseAlert[] }) {
  const text = words.value.cases
  return (
    <div class="case-alerts" data-case-alerts={alerts.length}>
      <h3>{text.alerts}</h3>
      {alerts.length === 0 ? (
        <p class="quiet">{text.noAlerts}</p>
      ) : (
        <RowTable
          label={text.alerts}
          heads={[text.alert, words.value.detail.segment, text.because, text.fired, text.over]}
        >
          {alerts.map(alert => (
            <AlertRow key={alert.id} alert={alert} />
          ))}
        </RowTable>
      )}
    </div>
  )
}

function AlertRow({ alert }: { alert: CaseAlert }) {
  const text = words.value
  const Icon = severityIcons[alert.severity]
  const time = (at: string) => formatTime(Date.parse(at), timeZone.value, now.peek(), text)
  const reasons = [
    ...(alert.visit === null || alert.stage === null ? [] : [text.cases.inVisit(stageTitle(alert.stage))]),
    ...(alert.names_case ? [text.cases.namesCase] : []),
  ]
  return (
    <tr data-case-alert={alert.id}>
      <th scope="row">
        <span class={`severity-${alert.severity}`}>
          <Icon /> {text.severity[alert.severity]}
        </span>{' '}
        {/* One that is over for long is known by its rule only. */}
        <Link to={live.value.has(alert.id) ? { alert: alert.id } : { view: 'rules', rule: alert.rule }}>
          {alert.rule}
        </Link>
      </th>
      <td>{segmentTextWithNames(alert.segment, text) || text.alerts.whole}</td>
      <td>{reasons.join(', ')}</td>
      <td class="number">
        {alert.fired_at === null ? <span class="quiet">{text.cases.notFired}</span> : time(alert.fired_at)}
      </td>
      <td class="number">{alert.ended_at === null ? <b>{text.cases.underWay}</b> : time(alert.ended_at)}</td>
    </tr>
  )
}
