import { useLayoutEffect, useRef } from 'preact/hooks'
import { type Alert, alertHistorySchema } from '../../../protocol/alert.ts'
import { local, words } from '../../language/language.ts'
import { openAlert } from '../../state/address.ts'
import { useAlertHistory } from '../../state/alert-history.ts'
import { apiPath } from '../../state/api-path.ts'
import { alerts } from '../../state/live.ts'
import { useResource } from '../../state/resource.ts'
import { severityIcons } from '../icon.tsx'
import { Link } from '../link.tsx'
import { Loaded } from '../loaded.tsx'
import { segmentTextWithNames } from '../segment-text.ts'
import { AlertActions } from './actions/alert-actions.tsx'
import { AlertChart } from './alert-chart.tsx'
import { AlertCourse } from './alert-course.tsx'
import { AlertFacts } from './alert-facts.tsx'
import { AlertMarks } from './alert-marks.tsx'
import { ValueAgainstLimit } from './alert-panel.tsx'
import { Runbook } from './runbook.tsx'

/** One alert: why it is what it is, how it went, and what can be done about it. */
export function AlertDetail() {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = openAlert.value
  useLayoutEffect(() => {
    if (id === undefined) dialog.current?.close()
    else if (!dialog.current?.open) dialog.current?.showModal()
  }, [id])
  const text = words.value.detail
  const alert = id === undefined ? undefined : alerts.value.get(id)
  return (
    <dialog
      ref={dialog}
      class="alert-dialog"
      aria-labelledby="detail-title"
      onClose={() => {
        openAlert.value = undefined
      }}
    >
      {id !== undefined && (
        <>
          <div class="panel-head">
            <h2 id="detail-title">{text.title}</h2>
            <button type="button" onClick={() => dialog.current?.close()}>
              {text.close}
            </button>
          </div>
          {alert === undefined ? <PastAlert id={id} /> : <Detail alert={alert} />}
        </>
      )}
    </dialog>
  )
}

/** One that is no longer listed, as its last transition left it; a link to it may be months old. */
function PastAlert({ id }: { id: string }) {
  const history = useResource(apiPath('alerts', id), alertHistorySchema)
  return (
    <Loaded of={history}>
      {({ transitions }) => {
        const last = transitions.at(-1)
        return last === undefined ? <p>{words.value.detail.gone}</p> : <Detail alert={last} />
      }}
    </Loaded>
  )
}

const noTransitions: readonly Alert[] = []

function Detail({ alert }: { alert: Alert }) {
  const text = words.value
  const Icon = severityIcons[alert.severity]
  const history = useAlertHistory(alert)
  const transitions = history === undefined || history === 'away' ? noTransitions : history.transitions
  return (
    <div class={`detail ${alert.severity}`}>
      <div class="detail-main">
        <p class="detail-summary">
          <Icon /> <span class="severity">{text.severity[alert.severity]}</span> <strong>{local(alert.summary)}</strong>
        </p>
        <p class="alert-value number">
          <ValueAgainstLimit alert={alert} />
        </p>
        <dl>
          <dt>{subjectKind(alert)}</dt>
          <dd>
            <Subject alert={alert} />
          </dd>
          <dt>{text.detail.segment}</dt>
          <dd>{segmentTextWithNames(alert.segment, text) || text.alerts.whole}</dd>
          <dt>{text.detail.state}</dt>
          <dd>{text.state[alert.state]}</dd>
          <dt>{text.alerts.owner}</dt>
          <dd>{local(alert.owner_title)}</dd>
          {alert.action && (
            <>
              <dt>{text.alerts.action}</dt>
              <dd>{local(alert.action)}</dd>
            </>
          )}
          {alert.runbook !== null && (
            <>
              <dt>{text.alerts.runbook}</dt>
              <dd>
                <Runbook place={alert.runbook} />
              </dd>
            </>
          )}
          <dt>{text.detail.rule}</dt>
          <dd>
            <code>{alert.rule}</code>
            {alert.explanation.version !== undefined && <span class="quiet"> {alert.explanation.version}</span>}
          </dd>
        </dl>
        <AlertChart alert={alert} transitions={transitions} />
        <AlertFacts alert={alert} />
      </div>
      <div class="detail-side">
        <AlertActions alert={alert} />
        <AlertMarks alert={alert} comments="all" />
        <AlertCourse history={history} />
      </div>
    </div>
  )
}

/** Leads to the stage, where it is about one. */
function Subject({ alert }: { alert: Alert }) {
  const { stage, process, segment } = alert
  if (stage === null) return <>{local(alert.subject_title)}</>
  const isWhole = Object.keys(segment).length === 0
  return (
    <Link to={{ view: 'stage', process, stage, segment: isWhole ? undefined : JSON.stringify(segment) }}>
      {local(alert.subject_title)}
    </Link>
  )
}

function subjectKind({ stage, measure }: Alert): string {
  const text = words.value
  if (measure !== null) return text.measures.measure
  return stage === null ? text.detail.process : text.detail.stage
}
