import type { StageSummary } from '../../../protocol/process.ts'
import type { SegmentStatistics } from '../../../protocol/statistics.ts'
import { formatDuration, formatRatio, formatValue } from '../../language/format.ts'
import { local, statisticTitle, words } from '../../language/language.ts'
import type { Bottleneck } from '../../state/bottleneck.ts'
import { alertsInOrder, stages, totalOf } from '../../state/selection.ts'
import { stageCondition } from '../../state/stage-condition.ts'
import { conditionIcons } from '../icon.tsx'
import { Link } from '../link.tsx'
import { StageTrend } from './stage-trend.tsx'

type Properties = {
  readonly stage: StageSummary
  /** Where this stage is it, why. */
  readonly bottleneck: Bottleneck | undefined
  readonly wide?: boolean
}

/** One stage now. It leads to the stage in detail. */
export function StageCard({ stage, bottleneck, wide = false }: Properties) {
  const text = words.value
  const total = totalOf(stage.name)
  const values = total?.values ?? {}
  const condition = stageCondition(
    total,
    alertsInOrder.value.filter(alert => alert.stage === stage.name),
  )
  const Icon = conditionIcons[condition]
  const partial = stages.value.some(candidate => candidate.stage === stage.name && candidate.partial)
  return (
    <Link
      to={{ view: 'stage', stage: stage.name, segment: undefined }}
      class={`card condition-${condition}${bottleneck === undefined ? '' : ' bottleneck'}${wide ? ' wide' : ''}`}
      data-stage={stage.name}
      data-stop=""
    >
      <span class="card-status">
        <Icon />
        {text.condition[condition]}
        {bottleneck !== undefined && <Flag bottleneck={bottleneck} />}
      </span>
      <span class="card-title" title={local(stage.title)}>
        {local(stage.title)}
        {partial && <span class="quiet"> ({text.map.partial})</span>}
      </span>
      <span class="card-owner quiet">{local(stage.owner_title)}</span>
      <span class="card-wip">
        <b class="number">{formatValue(values.wip, 'count', text)}</b> {text.map.open}
      </span>
      <TimeAgainstTarget stage={stage} total={total} />
      <span class="card-foot">
        <span class="card-line">
          <span class="quiet">{text.map.exits}</span>
          <span class="number">{formatValue(values.throughput, 'count', text)}</span>
        </span>
        {values.late_risk === undefined ? (
          <span class="card-line">
            <span class="quiet">{text.map.completed}</span>
            <span class="number">{formatValue(values.p90, 'duration', text)}</span>
          </span>
        ) : (
          <span class="card-line">
            <span class="quiet">{statisticTitle('late_risk')}</span>
            <span class="number">
              {formatValue(values.late_risk, 'count', text)}
              {total?.at_most?.late_risk !== undefined && `–${formatValue(total.at_most.late_risk, 'count', text)}`}
            </span>
          </span>
        )}
        <StageTrend stage={stage.name} />
      </span>
    </Link>
  )
}

/** It is the bottleneck, and by how much: the alert or the target says so. */
function Flag({ bottleneck: { ratio } }: { bottleneck: Bottleneck }) {
  const text = words.value
  return (
    <span class="flag number">
      {text.bottleneck.label}
      {ratio !== undefined && ratio > 1 && ` ${formatRatio(ratio, text)}`}
    </span>
  )
}

/**
 * How long nine visits of ten take, those that are open counted in; where that cannot be told, how old nine open ones of
 * ten are. The bar is twice the target long, the tick is the target.
 */
function TimeAgainstTarget({ stage, total }: { stage: StageSummary; total: SegmentStatistics | undefined }) {
  const text = words.value
  const { live_p90: live, age_p90: age } = total?.values ?? {}
  const shown = live ?? age
  const targetMs = total === undefined ? stage.target?.default_ms : total.target_ms
  const ratio = shown === undefined || !targetMs ? undefined : shown / targetMs
  const isBound = live !== undefined && total?.at_least?.includes('live_p90') === true
  return (
    <span class="card-age">
      <span class="card-line">
        <span>{live === undefined ? text.map.age : statisticTitle('live_p90')}</span>
        <b class="number">
          {isBound ? '≥ ' : ''}
          {formatValue(shown, 'duration', text)}
        </b>
      </span>
      <span class={`bar ${ratio === undefined ? 'empty' : ratio > 1 ? 'over' : ratio > 0.8 ? 'near' : ''}`}>
        <span class="bar-fill" style={{ width: `${Math.min(1, (ratio ?? 0) / 2) * 100}%` }} />
        {ratio !== undefined && <span class="bar-tick" />}
      </span>
      <span class="quiet number">
        {targetMs ? text.map.ofTarget(formatDuration(targetMs, text)) : text.map.noTarget}
      </span>
    </span>
  )
}
