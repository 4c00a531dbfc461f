import type { MetricView } from '../../../protocol/metrics.ts'
import { formatAmount, formatDuration, formatValue } from '../../language/format.ts'
import { statisticTitle, words } from '../../language/language.ts'
import { measures, process, stages } from '../../state/selection.ts'

/** `Time p90 over 1h` */
export function formulaText({ statistic, window_ms, measure }: MetricView): string {
  const text = words.value
  return text.metrics.over(
    statisticTitle(statistic, measure === null ? 'stage' : 'measure'),
    formatDuration(window_ms, text),
  )
}

/** What the metric comes to now; a dash where the page has it of another window only. */
export function MetricNow({ metric }: { metric: MetricView }) {
  const text = words.value
  const { statistic, unit } = metric
  const ofStage = stages.value.find(({ stage }) => stage === metric.stage)
  const ofMeasure = measures.value.find(({ measure }) => measure.name === metric.measure)?.statistics
  const found = ofStage ?? ofMeasure
  const value =
    found?.window_ms === metric.window_ms ? found.segments.find(({ total }) => total)?.values[statistic] : undefined
  if (value === undefined) return <>{text.noValue}</>
  const isBound = ofStage?.segments.find(({ total }) => total)?.at_least?.includes(statistic)
  const currency = process.value?.measures.find(({ name }) => name === metric.measure)?.currency ?? null
  return (
    <b data-now={statistic}>
      {isBound && '≥ '}
      {unit === 'amount'
        ? formatAmount(value, currency, text)
        : formatValue(value, unit === 'per_hour' ? 'rate' : unit, text)}
    </b>
  )
}
