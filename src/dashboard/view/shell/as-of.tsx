import { formatDuration, formatElapsed, formatTime, formatZone } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { now } from '../../state/live.ts'
import { evaluatedAt, latency, timeZone } from '../../state/selection.ts'

/** Of which instant the numbers are, how long ago that was, and in whose time. */
export function AsOf() {
  const at = evaluatedAt.value
  if (at === undefined) return null
  const text = words.value
  return (
    <p class="as-of number">
      <span>
        {text.asOf} <time dateTime={new Date(at).toISOString()}>{formatTime(at, timeZone.value, now.value, text)}</time>{' '}
        <span class="quiet">· {text.ago(formatElapsed(now.value - at, text))}</span>
      </span>
      <span class="quiet">
        {formatZone(timeZone.value, at, text)}
        <LatencyNote />
      </span>
    </p>
  )
}

function LatencyNote() {
  const text = words.value
  const { statistics, alerts } = latency.value
  if (statistics === undefined) return null
  const told = (kind: typeof statistics | undefined) =>
    kind === undefined
      ? text.noValue
      : `${formatDuration(kind.p50_ms, text)} (p99 ${formatDuration(kind.p99_ms, text)})`
  return (
    <span data-latency title={text.latencyDetail(told(statistics), told(alerts))}>
      {' '}
      · {text.latency(formatDuration(statistics.p50_ms, text))}
    </span>
  )
}
