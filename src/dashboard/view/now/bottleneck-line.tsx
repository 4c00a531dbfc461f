import { formatCount, formatDuration, formatRatio } from '../../language/format.ts'
import { local, words } from '../../language/language.ts'
import type { Bottleneck } from '../../state/bottleneck.ts'
import { finding } from '../../state/selection.ts'
import { CheckIcon, CriticalIcon, InfoIcon, PersonIcon, WarningIcon } from '../icon.tsx'
import { segmentTextWithNames } from '../segment-text.ts'

/** The answer that the page is opened for: where it is stuck, how much, whose it is and what to do. */
export function BottleneckLine() {
  const said = finding.value
  const text = words.value.bottleneck
  switch (said.kind) {
    case 'found':
      return <Found found={said.bottleneck} />
    case 'catching-up':
      return <p class="bottleneck-line calm unsaid">{text.catchingUp}</p>
    case 'waiting':
      return <p class="bottleneck-line calm unsaid">{text.waiting}</p>
    case 'none':
      return (
        <p class={`bottleneck-line calm${said.but === 'alerts' ? ' unsaid' : ''}`}>
          {said.but === 'alerts' ? <InfoIcon /> : <CheckIcon />}
          {said.but === undefined ? text.none : text.noneBut[said.but]}
        </p>
      )
  }
}

/** How old the open visits are, against the target; a target that is not passed yet is no reason, but has to be said. */
function ageReasons({ worst, ratio }: Bottleneck): readonly string[] {
  const text = words.value
  if (worst.values.age_p90 === undefined) return []
  const age = `${text.map.age} ${formatDuration(worst.values.age_p90, text)}`
  if (ratio === undefined || !worst.target_ms) return [age]
  if (ratio > 1) return [`${age} = ${text.bottleneck.ratio(formatRatio(ratio, text))}`]
  return [`${age} (${text.map.ofTarget(formatDuration(worst.target_ms, text))})`, text.bottleneck.early]
}

function Found({ found }: { found: Bottleneck }) {
  const text = words.value
  const { stage, worst, alert, growth } = found
  const Icon = alert?.severity === 'critical' ? CriticalIcon : WarningIcon
  const window = formatDuration(found.windowMs, text)
  const reasons = [
    ...ageReasons(found),
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
