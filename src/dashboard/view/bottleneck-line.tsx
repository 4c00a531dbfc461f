import { formatCount, formatDuration, formatRatio } from '../language/format.ts'
import { local, words } from '../language/language.ts'
import type { Bottleneck } from '../state/bottleneck.ts'
import { currentBottleneck, layout, stages } from '../state/selection.ts'
import { CheckIcon, CriticalIcon, PersonIcon, WarningIcon } from './icon.tsx'
import { segmentTextWithNames } from './segment-text.ts'

/** The answer that the page is opened for: where it is stuck, how much, whose it is and what to do. */
export function BottleneckLine() {
  const found = currentBottleneck.value
  if (found !== undefined) return <Found found={found} />
  const text = words.value.bottleneck
  if (stages.value.length === 0) return <p class="bottleneck-line calm">{text.waiting}</p>
  const targets = layout.value.chain.some(({ target }) => target !== null)
  return (
    <p class="bottleneck-line calm">
      <CheckIcon />
      {targets ? text.none : text.noneWithoutTargets}
    </p>
  )
}

function Found({ found }: { found: Bottleneck }) {
  const text = words.value
  const { stage, worst, ratio, alert, growth } = found
  const Icon = alert?.severity === 'critical' ? CriticalIcon : WarningIcon
  const window = formatDuration(found.windowMs, text)
  const reasons = [
    worst.values.age_p90 === undefined
      ? undefined
      : `${text.map.age} ${formatDuration(worst.values.age_p90, text)}` +
        (ratio === undefined ? '' : ` = ${text.bottleneck.ratio(formatRatio(ratio, text))}`),
    text.bottleneck.open(formatCount(worst.values.wip ?? found.wip, text)),
    growth > 0 ? text.bottleneck.filling(formatCount(growth, text), window) : undefined,
    growth < 0 ? text.bottleneck.draining(formatCount(-growth, text), window) : undefined,
  ].filter(reason => reason !== undefined)
  return (
    <section class={`bottleneck-line found ${alert?.severity ?? 'warning'}`} aria-label={text.bottleneck.label}>
      <Icon />
      <div>
        <p class="bottleneck-head">
          <span class="label">{text.bottleneck.label}</span> <strong>{local(stage.title)}</strong>
          {!worst.total && ` · ${segmentTextWithNames(worst.segment, text)}`}
        </p>
        <p class="bottleneck-why number">{reasons.join(' · ')}</p>
        <p class="bottleneck-foot">
          <span>
            <PersonIcon /> {text.bottleneck.owner(local(alert?.owner_title ?? stage.owner_title))}
          </span>
          {alert?.action && (
            <span>
              <b>{text.alerts.action}</b> {local(alert.action)}
            </span>
          )}
        </p>
      </div>
    </section>
  )
}
