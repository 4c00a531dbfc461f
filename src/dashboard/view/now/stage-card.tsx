import type { StageSummary } from '../../../protocol/process.ts'
import { formatDuration, formatValue } from '../../language/format.ts'
import { local, statisticTitle, words } from '../../language/language.ts'
import { alertsInOrder, stages, totalOf } from '../../state/selection.ts'
import { stageCondition, targetRatio } from '../../state/stage-condition.ts'
import { conditionIcons } from '../icon.tsx'
import { Link } from '../link.tsx'

type Properties = { readonly stage: StageSummary; readonly isBottleneck: boolean; readonly wide?: boolean }

/** One stage now. It leads to the stage in detail. */
export function StageCard({ stage, isBottleneck, wide = false }: Properties) {
  const text = words.value
  const total = totalOf(stage.name)
  const values = total?.values ?? {}
  const condition = stageCondition(
    total,
    alertsInOrder.value.filter(alert => alert.stage === stage.name),
  )
  const Icon = conditionIcons[condition]
  const targetMs = total === undefined ? stage.target?.default_ms : total.target_ms
  const partial = stages.value.some(candidate => candidate.stage === stage.name && candidate.partial)
  return (
    <Link
      to={{ view: 'stage', stage: stage.name, segment: undefined }}
      class={`card condition-${condition}${isBottleneck ? ' bottleneck' : ''}${wide ? ' wide' : ''}`}
      data-stage={stage.name}
    >
      <span class="card-status">
        <Icon />
        {text.condition[condition]}
        {isBottleneck && <span class="flag">{text.bottleneck.label}</span>}
      </span>
      <span class="card-title">
        {local(stage.title)}
        {partial && <span class="quiet"> ({text.map.partial})</span>}
      </span>
      <span class="card-owner quiet">{local(stage.owner_title)}</span>
      <span class="card-wip">
        <b class="number">{formatValue(values.wip, 'count', text)}</b> {text.map.open}
      </span>
      <span class="card-age">
        <span class="card-line">
          <span>{text.map.age}</span>
          <b class="number">{formatValue(values.age_p90, 'duration', text)}</b>
        </span>
        <TargetBar ratio={targetRatio(total)} />
        <span class="quiet number">
          {targetMs ? text.map.ofTarget(formatDuration(targetMs, text)) : text.map.noTarget}
        </span>
      </span>
      <span class="card-foot">
        <span class="card-line">
          <span class="quiet">{text.map.exits}</span>
          <span class="number">{formatValue(values.throughput, 'count', text)}</span>
        </span>
        <span class="card-line">
          <span class="quiet">{text.map.completed}</span>
          <span class="number">{formatValue(values.p90, 'duration', text)}</span>
        </span>
        {values.late_risk !== undefined && (
          <span class="card-line">
            <span class="quiet">{statisticTitle('late_risk')}</span>
            <span class="number">
              {formatValue(values.late_risk, 'count', text)}
              {total?.at_most?.late_risk !== undefined && `–${formatValue(total.at_most.late_risk, 'count', text)}`}
            </span>
          </span>
        )}
        {values.live_p90 !== undefined && (
          <span class="card-line">
            <span class="quiet">{statisticTitle('live_p90')}</span>
            <span class="number">
              {total?.at_least?.includes('live_p90') ? '≥ ' : ''}
              {formatValue(values.live_p90, 'duration', text)}
            </span>
          </span>
        )}
      </span>
    </Link>
  )
}

/** The age against the target: the bar is twice the target long, the tick is the target. */
function TargetBar({ ratio }: { ratio: number | undefined }) {
  const share = Math.min(1, (ratio ?? 0) / 2)
  return (
    <span class={`bar ${ratio === undefined ? 'empty' : ratio > 1 ? 'over' : ratio > 0.8 ? 'near' : ''}`}>
      <span class="bar-fill" style={{ width: `${share * 100}%` }} />
      {ratio !== undefined && <span class="bar-tick" />}
    </span>
  )
}
