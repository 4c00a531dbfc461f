import type { MetricView } from '../../../protocol/metrics.ts'
import { formatAmount, formatDuration, formatValue } from '../../language/format.ts'
import { statisticTitle, words } from '../../language/language.ts'
import { measures, process, stages } from '../../state/selection.ts'

/** Of a moment, and of no window: what is open, and how old it is. */
const ofAMoment = /^(wip|overdue|late_risk|age_.*)$/

/** `Time p90 over 1h`, or `Open, at a moment` */
export function formulaText({ statistic, window_ms, measure }: MetricView): string {
  const text = words.value
  const title = statisticTitle(statistic, measure === null ? 'stage' : 'measure')
  if (measure === null && ofAMoment.test(statistic)) return text.metrics.atAMoment(title)
  return text.metrics.over(title, formatDuration(window_ms, text))
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
