import { useMemo } from 'preact/hooks'
import type { StageHistory } from '../../../protocol/history.ts'
import { words } from '../../language/language.ts'
import { cumulativeFlow } from '../../state/cumulative-flow.ts'
import { stage, totalOf } from '../../state/selection.ts'
import { Chart, type ChartLine } from '../chart/chart.tsx'

/** Three charts over one time axis: how long visits took, what came against what left, and how many were open. */
export function HistoryCharts({ history }: { history: StageHistory }) {
  const text = words.value.stageView
  const { points, segment } = history
  const at = useMemo(() => points.map(({ end }) => Date.parse(end)), [points])
  const times = useMemo(() => {
    const lines: ChartLine[] = [
      { title: text.percentiles.p90, values: points.map(point => point.p90_ms), look: 'first' },
      { title: text.percentiles.p50, values: points.map(point => point.p50_ms), look: 'second' },
      { title: text.percentiles.p99, values: points.map(point => point.p99_ms), look: 'third' },
    ]
    if (history.compare === null) return lines
    const before = points.map(point => point.before?.p90_ms ?? null)
    return [...lines, { title: text.p90Before, values: before, look: 'before' as const }]
  }, [points, history.compare, text])
  const flow = useMemo((): ChartLine[] => {
    const { arrived, left } = cumulativeFlow(history)
    return [
      { title: text.arrived, values: arrived, look: 'first' },
      { title: text.left, values: left, look: 'second' },
    ]
  }, [history, text])
  const open = useMemo(
    (): ChartLine[] => [{ title: text.wip, values: points.map(({ wip }) => wip), look: 'first', filled: true }],
    [points, text],
  )
  const targetMs = Object.keys(segment).length === 0 ? totalOf(stage.value?.name ?? '')?.target_ms : undefined
  return (
    <div class="charts">
      <Chart
        title={text.times}
        unit="duration"
        at={at}
        lines={times}
        limits={targetMs ? [{ title: text.targetLine, value: targetMs }] : []}
        together="stage"
      />
      <Chart title={text.flow} unit="count" at={at} lines={flow} together="stage" />
      {points.some(({ wip }) => wip !== null) ? (
        <Chart title={text.wip} unit="count" at={at} lines={open} together="stage" height={110} />
      ) : (
        <p class="quiet">{text.noWip}</p>
      )}
    </div>
  )
}
