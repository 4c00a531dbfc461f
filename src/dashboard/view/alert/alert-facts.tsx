import { Fragment } from 'preact'
import type { Alert } from '../../../protocol/alert.ts'
import { formatCount, formatDuration, formatTime, formatValue } from '../../language/format.ts'
import { local, words } from '../../language/language.ts'
import { now, processes } from '../../state/live.ts'
import { timeZone } from '../../state/selection.ts'
import { ConditionTerms } from '../condition-terms.tsx'
import { AlertChange } from './alert-change.tsx'
import { OpenCases } from './open-cases.tsx'

/** Why an alert is what it is: the condition with every term's value and result, and what it was read from. */
export function AlertFacts({ alert }: { alert: Alert }) {
  const { explanation } = alert
  const text = words.value
  const time = (at: string) => formatTime(Date.parse(at), timeZone.value, now.value, text)
  return (
    <>
      <h3>{text.detail.condition}</h3>
      <ConditionTerms explanation={explanation} of={alert.measure === null ? 'stage' : 'measure'} />
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
