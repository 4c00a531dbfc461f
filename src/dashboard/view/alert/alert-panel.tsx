import type { Alert } from '../../../protocol/alert.ts'
import { formatCount, formatElapsed, formatTime, formatValue } from '../../language/format.ts'
import { local, statisticTitle, words } from '../../language/language.ts'
import { openAlert } from '../../state/address.ts'
import { now, world } from '../../state/live.ts'
import { alertsInOrder, timeZone } from '../../state/selection.ts'
import { isFiring } from '../../state/stage-condition.ts'
import { isOver } from '../../state/world.ts'
import { CheckIcon, PersonIcon, severityIcons } from '../icon.tsx'
import { segmentTextWithNames } from '../segment-text.ts'
import { Attempts } from './actions/attempts.tsx'
import { AlertMarks } from './alert-marks.tsx'
import { Runbook } from './runbook.tsx'

/** What fires, then what may fire, then what is over; each with everything that its owner needs to act. */
export function AlertPanel() {
  const text = words.value
  const listed = alertsInOrder.value
  const active = listed.filter(alert => !isOver(alert))
  const over = listed.filter(isOver)
  const firing = active.filter(isFiring).length
  const { activeAlerts, alerts } = world.value
  const held = [...alerts.values()].filter(alert => !isOver(alert)).length
  return (
    <section class="panel alerts" aria-labelledby="alerts-title">
      <div class="panel-head">
        <h2 id="alerts-title">{text.alerts.title}</h2>
        <span class={firing > 0 ? 'count firing' : 'count'} data-firing={firing}>
          {firing > 0 ? text.alerts.firing(firing) : text.alerts.quiet}
        </span>
      </div>
      {listed.length === 0 && (
        <p class="quiet">
          {text.alerts.none} {text.alerts.noRules}
        </p>
      )}
      <ul class="alert-list">
        {active.map(alert => (
          <AlertItem key={alert.id} alert={alert} />
        ))}
      </ul>
      {activeAlerts > held && (
        <p class="quiet">{text.alerts.cut(formatCount(held, text), formatCount(activeAlerts, text))}</p>
      )}
      {over.length > 0 && (
        <>
          <h3>{text.alerts.resolved}</h3>
          <ul class="alert-list">
            {over.map(alert => (
              <ResolvedItem key={alert.id} alert={alert} />
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

function AlertItem({ alert }: { alert: Alert }) {
  const text = words.value
  const Icon = severityIcons[alert.severity]
  const since = Date.parse(alert.since)
  return (
    <li class={`alert ${alert.severity} state-${alert.state}`} data-alert={alert.id} data-state={alert.state}>
      <p class="alert-head">
        <Icon />
        <span class="severity">{text.severity[alert.severity]}</span>
        <span class="quiet">{text.state[alert.state]}</span>
        <span class="spacer" />
        <button type="button" class="link" onClick={() => show(alert)}>
          {text.alerts.why}
        </button>
      </p>
      <h3>
        <button type="button" class="plain" data-stop onClick={() => show(alert)}>
          {local(alert.summary)}
        </button>
      </h3>
      <p class="alert-value number">
        <ValueAgainstLimit alert={alert} />
      </p>
      <p>
        <b>{local(alert.subject_title)}</b>
        <span class="quiet"> · </span>
        {segmentTextWithNames(alert.segment, text) || text.alerts.whole}
      </p>
      <p class="quiet number">
        {text.alerts.sinceAt(
          formatTime(since, timeZone.value, now.value, text),
          formatElapsed(now.value - since, text),
        )}
      </p>
      <p class="alert-owner">
        <PersonIcon /> {local(alert.owner_title)}
      </p>
      <AlertMarks alert={alert} comments="newest" />
      <Attempts alert={alert.id} />
      {alert.action && (
        <p class="alert-action">
          <b>{text.alerts.action}</b> {local(alert.action)}
        </p>
      )}
      {alert.runbook !== null && (
        <p class="quiet">
          {text.alerts.runbook} <Runbook place={alert.runbook} />
        </p>
      )}
    </li>
  )
}

function ResolvedItem({ alert }: { alert: Alert }) {
  const text = words.value
  const at = Date.parse(alert.at)
  return (
    <li class="alert over" data-alert={alert.id} data-state={alert.state}>
      <p>
        <CheckIcon />{' '}
        <button type="button" class="plain" data-stop onClick={() => show(alert)}>
          {local(alert.summary)}
        </button>
      </p>
      <p class="number">
        {text.alerts.resolvedAt(
          formatTime(at, timeZone.value, now.value, text),
          text.ago(formatElapsed(now.value - at, text)),
        )}
      </p>
    </li>
  )
}

/** `Age p90 6m 40s > 3m`; the value alone where the condition is of another form, or the alert is over. */
export function ValueAgainstLimit({ alert }: { alert: Alert }) {
  const text = words.value
  // An alert on no statistic: its summary says all.
  if (alert.value === null && alert.unit === null) return null
  const value = `${alert.at_least ? '≥ ' : ''}${formatValue(alert.value, alert.unit, text)}`
  // Once resolved the value no longer passes the limit, and to say so with the limit's sign would be false.
  if (alert.threshold === null || alert.state === 'resolved') return <>{value}</>
  return (
    <>
      {statisticTitle(alert.threshold.statistic, alert.measure === null ? 'stage' : 'measure')} <b>{value}</b>{' '}
      {alert.threshold.operator} {formatValue(alert.threshold.value, alert.unit, text)}
    </>
  )
}

function show(alert: Alert): void {
  openAlert.value = alert.id
}
