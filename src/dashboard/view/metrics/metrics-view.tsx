import { type MetricView, metricListSchema } from '../../../protocol/metrics.ts'
import { local, words } from '../../language/language.ts'
import { apiPath } from '../../state/api-path.ts'
import { chosenMetric } from '../../state/metric-place.ts'
import { useResource } from '../../state/resource.ts'
import { process } from '../../state/selection.ts'
import { CsvLink } from '../csv-link.tsx'
import { Link } from '../link.tsx'
import { Loaded } from '../loaded.tsx'
import { RowTable } from '../row-table.tsx'
import { subjectTitle } from '../subject-title.ts'
import { MetricDetail } from './metric-detail.tsx'
import { formulaText, MetricNow } from './metric-now.tsx'

/** The dictionary: what each number means, who answers for it, and in which version. */
export function MetricsView() {
  const name = process.value?.name ?? ''
  const path = apiPath('processes', name, 'metrics')
  const list = useResource(path, metricListSchema)
  const shown = list.kind === 'read' ? list.value.metrics.find(one => one.name === chosenMetric.value) : undefined
  return (
    <div class="list-and-one">
      <section class="panel" aria-labelledby="metrics-title">
        <div class="panel-head">
          <h2 id="metrics-title">{words.value.metrics.title}</h2>
          <span class="spacer" />
          <CsvLink path={path} />
        </div>
        <Loaded of={list}>{({ metrics }) => <MetricTable metrics={metrics} />}</Loaded>
      </section>
      {shown !== undefined && <MetricDetail metric={shown} />}
    </div>
  )
}

function MetricTable({ metrics }: { metrics: readonly MetricView[] }) {
  const text = words.value.metrics
  if (metrics.length === 0) return <p class="quiet">{text.none}</p>
  return (
    <RowTable
      label={text.title}
      heads={[text.metric, { alone: text.meaning }, text.formula, { end: text.now }, text.owner, text.version]}
    >
      {metrics.map(metric => (
        <MetricRow key={metric.name} metric={metric} />
      ))}
    </RowTable>
  )
}

function MetricRow({ metric }: { metric: MetricView }) {
  const text = words.value.metrics
  const isShown = chosenMetric.value === metric.name
  return (
    <tr data-metric={metric.name} class={isShown ? 'shown' : undefined}>
      <th scope="row">
        <Link
          data-stop=""
          to={{ metric: isShown ? undefined : metric.name }}
          aria-current={isShown ? 'true' : undefined}
        >
          {local(metric.title)}
        </Link>
        <span class="under quiet">{metric.name}</span>
      </th>
      <td class="wide when-alone">{local(metric.definition)}</td>
      <td>
        {formulaText(metric)}
        <span class="under quiet">{subjectTitle(metric)}</span>
      </td>
      <td class="number end">
        <MetricNow metric={metric} />
        <span class="under quiet">
          {text.direction}: {text.directions[metric.direction]}
        </span>
      </td>
      <td>{local(metric.owner_title)}</td>
      <td class="number">
        {metric.version}
        <span class={`under status-${metric.status}`}>{text.statuses[metric.status]}</span>
      </td>
    </tr>
  )
}
