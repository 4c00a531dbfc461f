import { Fragment } from 'preact'
import { metricListSchema } from '../../../protocol/metrics.ts'
import { local, statisticTitle, words } from '../../language/language.ts'
import { useAnswer } from '../../state/answer.ts'
import { process } from '../../state/selection.ts'
import { Unanswered } from '../shell/unanswered.tsx'

/** The dictionary: what each number means, and who answers for it. */
export function MetricsView() {
  const text = words.value
  const name = process.value?.name
  const answer = useAnswer(
    name === undefined ? undefined : `/api/v1/processes/${encodeURIComponent(name)}/metrics`,
    metricListSchema,
  )
  return (
    <section class="panel" aria-labelledby="metrics-title">
      <div class="panel-head">
        <h2 id="metrics-title">{text.metrics.title}</h2>
      </div>
      {answer?.kind !== 'found' ? (
        <Unanswered answer={answer} />
      ) : answer.value.metrics.length === 0 ? (
        <p class="quiet">{text.metrics.none}</p>
      ) : (
        <dl>
          {answer.value.metrics.map(metric => (
            <Fragment key={metric.name}>
              <dt data-metric={metric.name}>{local(metric.title)}</dt>
              <dd>
                {local(metric.definition)}{' '}
                <span class="quiet">
                  {statisticTitle(metric.statistic, metric.measure === null ? 'stage' : 'measure')} ·{' '}
                  {local(metric.owner_title)}
                </span>
              </dd>
            </Fragment>
          ))}
        </dl>
      )}
    </section>
  )
}
