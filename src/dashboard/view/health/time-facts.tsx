import { Fragment } from 'preact'
import type { ProcessHealth } from '../../../protocol/health.ts'
import { formatCount, formatDuration, formatElapsed, formatTime, formatValue } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { now } from '../../state/live.ts'
import { latency, timeZone } from '../../state/selection.ts'
import { CheckIcon, CriticalIcon, InfoIcon, WaitIcon, WarningIcon } from '../icon.tsx'

const icons = {
  live: CheckIcon,
  catching_up: InfoIcon,
  held: WarningIcon,
  partial: WarningIcon,
  waiting: WaitIcon,
  retrying: CriticalIcon,
  failed: CriticalIcon,
} as const

type Properties = { readonly health: ProcessHealth; readonly notReady: readonly string[] }

/** How far the process is, by its own time, and what it waits for. */
export function TimeFacts({ health, notReady }: Properties) {
  const text = words.value
  const time = (at: string) => formatTime(Date.parse(at), timeZone.value, now.value, text)
  const Icon = icons[health.state]
  const { source, held, catch_up: catchUp } = health
  return (
    <>
      <p class={`health-state ${health.state}`} data-health={health.state}>
        <Icon /> <b>{text.health.states[health.state]}</b> <span class="quiet">{text.health.means[health.state]}</span>
      </p>
      <dl class="facts number">
        <dt>{text.health.source}</dt>
        <dd>
          {text.health.sources[source.state]} <span class="quiet">{text.health.since(time(source.since))}</span>
          {source.problem !== null && (
            <span class="under">
              {source.problem}
              {source.remedy !== null && <>: {source.remedy}</>}
            </span>
          )}
        </dd>
        <dt>{text.health.lag}</dt>
        <dd>{health.lag_ms === null ? text.noValue : formatDuration(Math.max(0, health.lag_ms), text)}</dd>
        <dt>{text.health.watermark}</dt>
        <dd>{health.watermark === null ? text.noValue : time(health.watermark)}</dd>
        <dt>{text.health.evaluated}</dt>
        <dd>{health.evaluated_at === null ? text.noValue : time(health.evaluated_at)}</dd>
        {held !== null && (
          <>
            <dt>{text.health.heldBy}</dt>
            <dd data-held>{heldText(held)}</dd>
          </>
        )}
        {catchUp !== null && (
          <>
            <dt>{text.health.catchUp}</dt>
            <dd>
              <progress max={Math.max(1, catchUp.of)} value={catchUp.read} aria-label={text.health.catchUp} />{' '}
              {text.health.readOf(
                formatCount(catchUp.read, text),
                formatCount(catchUp.of, text),
                formatValue(catchUp.of === 0 ? 1 : catchUp.read / catchUp.of, 'ratio', text),
              )}
            </dd>
          </>
        )}
        <LatencyFacts />
        <dt>{text.health.casesInMemory}</dt>
        <dd>{formatCount(health.cases_in_memory, text)}</dd>
        {health.saved_at !== null && (
          <>
            <dt>{text.health.saved}</dt>
            <dd>
              {time(health.saved_at)}{' '}
              <span class="quiet">{text.ago(formatElapsed(now.value - Date.parse(health.saved_at), text))}</span>
            </dd>
          </>
        )}
        {notReady.length > 0 && (
          <>
            <dt>{text.health.notReady}</dt>
            <dd>{notReady.join('; ')}</dd>
          </>
        )}
      </dl>
    </>
  )
}

/** How long it takes from reading a record until the page hears of it, as measured lately. */
function LatencyFacts() {
  const text = words.value
  const { statistics, alerts } = latency.value
  return [statistics, alerts].map(
    measured =>
      measured !== undefined && (
        <Fragment key={measured.of}>
          <dt>{text.health.latencies[measured.of]}</dt>
          <dd data-latency-of={measured.of}>
            {text.health.latencyOf(formatDuration(measured.p50_ms, text), formatDuration(measured.p99_ms, text))}
          </dd>
        </Fragment>
      ),
  )
}

function heldText({ by, since }: NonNullable<ProcessHealth['held']>): string {
  const text = words.value
  const places = by.map(({ topic, partition }) => `${topic}/${partition}`).join(', ')
  if (since === null) return places
  const at = Date.parse(since)
  return text.health.heldSince(
    places,
    formatTime(at, timeZone.value, now.value, text),
    formatElapsed(now.value - at, text),
  )
}
