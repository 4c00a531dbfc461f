import { formatCount, formatTime } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { now } from '../../state/live.ts'
import { processStatus, timeZone } from '../../state/selection.ts'

/** How the source, the watermark and the dead letters are doing. */
export function HealthView() {
  const text = words.value
  const status = processStatus.value
  if (status === undefined) return null
  return (
    <section class="panel" aria-labelledby="health-title">
      <div class="panel-head">
        <h2 id="health-title">{text.health.title}</h2>
      </div>
      <dl class="number">
        <dt>{text.detail.watermark}</dt>
        <dd>
          {status.watermark === null
            ? text.noValue
            : formatTime(Date.parse(status.watermark), timeZone.value, now.value, text)}
        </dd>
        <dt>{text.health.counted}</dt>
        <dd>{formatCount(status.events_counted, text)}</dd>
        <dt>{text.health.deadLetters}</dt>
        <dd>{formatCount(status.dead_letters, text)}</dd>
      </dl>
    </section>
  )
}
