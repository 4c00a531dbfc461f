import { useSignal } from '@preact/signals'
import { Fragment } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { type Alert, alertHistorySchema } from '../../../protocol/alert.ts'
import { formatCount, formatDuration, formatTime, formatValue } from '../../language/format.ts'
import { local, reasonText, statisticTitle, words } from '../../language/language.ts'
import { openAlert } from '../../state/address.ts'
import { ask } from '../../state/api.ts'
import { alerts, now, processes } from '../../state/live.ts'
import { timeZone } from '../../state/selection.ts'
import { severityIcons } from '../icon.tsx'
import { segmentTextWithNames } from '../segment-text.ts'
import { AlertChange } from './alert-change.tsx'
import { AlertMarks } from './alert-marks.tsx'
import { ValueAgainstLimit } from './alert-panel.tsx'
import { OpenCases } from './open-cases.tsx'
import { Runbook } from './runbook.tsx'

/** Why an alert is what it is: the condition with every term's value and result. */
export function AlertDetail() {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = openAlert.value
  useEffect(() => {
    if (id === undefined) dialog.current?.close()
    else if (!dialog.current?.open) dialog.current?.showModal()
  }, [id])
  const text = words.value.detail
  const alert = id === undefined ? undefined : alerts.value.get(id)
  return (
    <dialog
      ref={dialog}
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
          {alert === undefined ? <p>{text.gone}</p> : <Detail alert={alert} />}
        </>
      )}
    </dialog>
  )
}

function Detail({ alert }: { alert: Alert }) {
  const text = words.value
  const Icon = severityIcons[alert.severity]
  return (
    <div class={`detail ${alert.severity}`}>
      <p class="detail-summary">
        <Icon /> <span class="severity">{text.severity[alert.severity]}</span> <strong>{local(alert.summary)}</strong>
      </p>
      <p class="alert-value number">
        <ValueAgainstLimit alert={alert} />
      </p>
      <dl>
        <dt>{subjectKind(alert)}</dt>
        <dd>{local(alert.subject_title)}</dd>
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
      <AlertMarks alert={alert} comments="all" />
      <Terms alert={alert} />
      <EpisodeHistory alert={alert} />
    </div>
  )
}

/** `p90 (24 h)`: the window is named where it is not the rule's own. */
function readingTitle(statistic: string, windowMs: number | undefined, of: 'stage' | 'measure'): string {
  const title = statisticTitle(statistic, of)
  return windowMs === undefined ? title : `${title} (${formatValue(windowMs, 'duration', words.value)})`
}

function subjectKind({ stage, measure }: Alert): string {
  const text = words.value
  if (measure !== null) return text.measures.measure
  return stage === null ? text.detail.process : text.detail.stage
}

function Terms({ alert }: { alert: Alert }) {
  const { explanation } = alert
  const of = alert.measure === null ? 'stage' : 'measure'
  const text = words.value
  const time = (at: string) => formatTime(Date.parse(at), timeZone.value, now.value, text)
  return (
    <>
      <h3>{text.detail.condition}</h3>
      {explanation.terms.length === 0 ? (
        <p>
          <code>{explanation.expression}</code>
        </p>
      ) : (
        <table class="terms">
          <thead>
            <tr>
              <th scope="col">{text.detail.term}</th>
              <th scope="col">{text.detail.value}</th>
              <th scope="col">{text.detail.result}</th>
            </tr>
          </thead>
          <tbody>
            {explanation.terms.map(term => (
              <tr key={term.text}>
                <td>
                  <code>{term.text}</code>
                </td>
                <td class="number">
                  {term.values
                    .map(
                      ({ statistic, window_ms, value, unit, at_least }) =>
                        `${readingTitle(statistic, window_ms, of)} ${at_least ? '≥' : '='} ${formatValue(value, unit, text)}`,
                    )
                    .join(', ') || text.noValue}
                </td>
                <td class={`result-${term.result}`}>
                  {term.result === null
                    ? text.detail.unknown
                    : term.result
                      ? `✓ ${text.detail.holds}`
                      : `✗ ${text.detail.fails}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <dl class="number">
        <dt>{text.detail.window}</dt>
        <dd>
          {time(explanation.window.start)} – {time(explanation.window.end)}
        </dd>
        <dt>{text.detail.samples}</dt>
        <dd>
          {explanation.min_samples > 0
            ? text.detail.samplesAtLeast(
                formatCount(explanation.samples, text),
                formatCount(explanation.min_samples, text),
              )
            : formatCount(explanation.samples, text)}
        </dd>
        {explanation.live && (
          <>
            <dt>{text.detail.live}</dt>
            <dd>
              {text.detail.liveWidth(
                formatDuration(explanation.live.window_ms, text),
                formatCount(explanation.live.exits, text),
              )}
            </dd>
          </>
        )}
        {explanation.partial && (
          <>
            <dt>{text.map.partial}</dt>
            <dd>{text.detail.partial}</dd>
          </>
        )}
        <dt>{text.detail.watermark}</dt>
        <dd>{explanation.watermark === null ? text.noValue : time(explanation.watermark)}</dd>
        <Evidence alert={alert} time={time} />
        <OpenCases alert={alert} time={time} />
      </dl>
    </>
  )
}

/** What surrounds the condition: the past, what came in and went out, the stages before and behind. */
function Evidence({ alert, time }: { alert: Alert; time: (at: string) => string }) {
  const { terms, past = [], flow, neighbours = [], silent_since: silentSince } = alert.explanation
  const text = words.value
  const unit = terms[0]?.values[0]?.unit ?? null
  const stages = processes.value.find(({ name }) => name === alert.process)?.stages
  const titleOf = (stage: string) => local(stages?.find(({ name }) => name === stage)?.title ?? { en: stage })
  const counts = ({ entered, exited, left, wip }: NonNullable<typeof flow>) =>
    text.detail.flowCounts(
      formatCount(entered, text),
      formatCount(exited, text),
      formatCount(left, text),
      formatCount(wip, text),
    )
  return (
    <>
      {silentSince !== undefined && (
        <>
          <dt>{text.detail.silentSince}</dt>
          <dd>{time(silentSince)}</dd>
        </>
      )}
      {past.map(({ when, at, value }) => (
        <Fragment key={when}>
          <dt>{text.detail.past[when]}</dt>
          <dd>
            {formatValue(value, unit, text)} ({time(at)})
          </dd>
        </Fragment>
      ))}
      {flow && (
        <>
          <dt>{text.detail.flow}</dt>
          <dd>{counts(flow)}</dd>
        </>
      )}
      {neighbours.map(({ stage, relation, alerts: open, ...rest }) => (
        <Fragment key={`${relation} ${stage}`}>
          <dt>{text.detail[relation](titleOf(stage))}</dt>
          <dd>
            {counts(rest)}
            {open.length > 0 && ` · ${text.detail.alertsOpen(open.map(({ rule }) => rule).join(', '))}`}
          </dd>
        </Fragment>
      ))}
      <AlertChange explanation={alert.explanation} titleOf={titleOf} time={time} />
    </>
  )
}

/** The transitions of the episode, read from the store when the dialog opens and after each further one. */
function EpisodeHistory({ alert }: { alert: Alert }) {
  const transitions = useSignal<readonly Alert[] | 'away' | undefined>(undefined)
  useEffect(() => {
    const asked = new AbortController()
    ask(`/api/v1/alerts/${encodeURIComponent(alert.id)}`, alertHistorySchema, asked.signal).then(answer => {
      if (answer.kind === 'found') transitions.value = answer.value.transitions
      else if (answer.kind !== 'aborted') transitions.value = 'away'
    })
    return () => asked.abort()
  }, [alert.id, alert.at, transitions])
  const text = words.value
  if (transitions.value === undefined) return null
  return (
    <>
      <h3>{text.detail.history}</h3>
      {transitions.value === 'away' ? (
        <p class="quiet">{text.detail.historyAway}</p>
      ) : (
        <ol class="episode number">
          {transitions.value.map(({ at, state, because, value, unit }) => (
            <li key={at + state}>
              <time dateTime={at}>{formatTime(Date.parse(at), timeZone.value, now.value, text)}</time>
              <b>{text.state[state]}</b>
              <span>
                {formatValue(value, unit, text)} <span class="quiet">· {reasonText(because)}</span>
              </span>
            </li>
          ))}
        </ol>
      )}
    </>
  )
}
