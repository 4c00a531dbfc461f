import { useMemo } from 'preact/hooks'
import type { StageHistory } from '../../../protocol/history.ts'
import { words } from '../../language/language.ts'
import { stage, totalOf } from '../../state/selection.ts'
import { Chart } from '../chart/chart.tsx'

/** Two charts over one time axis: how long visits took, and how many were open. */
export function HistoryChart({ history }: { history: StageHistory }) {
  const text = words.value.history
  const { points, segment } = history
  const at = useMemo(() => points.map(({ end }) => Date.parse(end)), [points])
  const times = useMemo(
    () => [{ title: text.p90, values: points.map(({ p90_ms: p90Ms }) => p90Ms), look: 'first' as const }],
    [points, text],
  )
  const open = useMemo(
    () => [{ title: text.wip, values: points.map(({ wip }) => wip), look: 'first' as const, filled: true }],
    [points, text],
  )
  const targetMs = Object.keys(segment).length === 0 ? totalOf(stage.value?.name ?? '')?.target_ms : undefined
  return (
    <div class="charts">
      <Chart
        title={text.p90}
        unit="duration"
        at={at}
        lines={times}
        limits={targetMs ? [{ title: text.target, value: targetMs }] : []}
        together="history"
      />
      {points.some(({ wip }) => wip !== null) ? (
        <Chart title={text.wip} unit="count" at={at} lines={open} together="history" />
      ) : (
        <p class="quiet">{text.noWip}</p>
      )}
    </div>
  )
}
