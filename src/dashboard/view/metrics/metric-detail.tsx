import type { MetricView } from '../../../protocol/metrics.ts'
import { local, words } from '../../language/language.ts'
import { language } from '../../state/address.ts'
import { Link } from '../link.tsx'
import { subjectTitle } from '../subject-title.ts'
import { Versions } from '../versions.tsx'
import { formulaText, MetricNow } from './metric-now.tsx'

/** One metric in full, in both languages. */
export function MetricDetail({ metric }: { metric: MetricView }) {
  const text = words.value
  const [other, otherTag] = language.value === 'zh' ? (['en', 'en'] as const) : (['zh', 'zh-CN'] as const)
  const otherTitle = metric.title[other]
  const otherDefinition = metric.definition[other]
  return (
    <section class="panel one" aria-labelledby="metric-title" data-metric-detail={metric.name}>
      <div class="panel-head">
        <h2 id="metric-title">{local(metric.title)}</h2>
        <span class="spacer" />
        <Link to={{ metric: undefined }}>{text.detail.close}</Link>
      </div>
      <p>{local(metric.definition)}</p>
      <dl class="facts">
        <dt>{text.metrics.now}</dt>
        <dd class="number">
          <MetricNow metric={metric} />
        </dd>
        <dt>{text.metrics.about}</dt>
        <dd>
          {metric.stage === null ? (
            subjectTitle(metric)
          ) : (
            <Link to={{ view: 'stage', stage: metric.stage, segment: undefined }}>{subjectTitle(metric)}</Link>
          )}
        </dd>
        <dt>{text.metrics.formula}</dt>
        <dd>
          {formulaText(metric)} <code class="quiet">{metric.statistic}</code>
        </dd>
        <dt>{text.metrics.unit}</dt>
        <dd>{text.metrics.units[metric.unit]}</dd>
        <dt>{text.metrics.direction}</dt>
        <dd>{text.metrics.directions[metric.direction]}</dd>
        <dt>{text.metrics.owner}</dt>
        <dd>{local(metric.owner_title)}</dd>
        <dt>{text.metrics.status}</dt>
        <dd>{text.metrics.statuses[metric.status]}</dd>
        <dt>{text.metrics.version}</dt>
        <dd class="number">{metric.version}</dd>
        <dt>{text.metrics.hash}</dt>
        <dd>
          <code>{metric.hash}</code>
        </dd>
        <dt>{text.metrics.place}</dt>
        <dd>
          <code>
            {metric.file}:{metric.line}
          </code>
        </dd>
        <dt>{text.metrics.inOther}</dt>
        <dd>
          {otherDefinition === undefined ? (
            <span class="quiet">{text.metrics.untranslated}</span>
          ) : (
            <span lang={otherTag}>
              {otherTitle !== undefined && <b>{otherTitle} </b>}
              {otherDefinition}
            </span>
          )}
        </dd>
      </dl>
      <Versions kind="metric" name={metric.name} />
    </section>
  )
}
