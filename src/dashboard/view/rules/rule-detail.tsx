import type { RuleView } from '../../../protocol/rules.ts'
import { formatCount, formatDuration } from '../../language/format.ts'
import { local, words } from '../../language/language.ts'
import { Runbook } from '../alert/runbook.tsx'
import { Link } from '../link.tsx'
import { subjectTitle } from '../subject-title.ts'
import { Versions } from '../versions.tsx'
import { WhyOrNot } from './why-or-not.tsx'

/** One rule as its file says it, and how it stands where. */
export function RuleDetail({ rule }: { rule: RuleView }) {
  const text = words.value
  return (
    <section class="panel one" aria-labelledby="rule-title" data-rule-detail={rule.name}>
      <div class="panel-head">
        <h2 id="rule-title">{rule.name}</h2>
        <span class="spacer" />
        <Link to={{ rule: undefined, at: undefined }}>{text.detail.close}</Link>
      </div>
      <WhyOrNot rule={rule} />
      <h3>{text.rules.definition}</h3>
      <dl class="facts">
        <dt>{text.rules.about}</dt>
        <dd>
          {rule.stage === null ? (
            subjectTitle(rule)
          ) : (
            <Link to={{ view: 'stage', stage: rule.stage, segment: undefined }}>{subjectTitle(rule)}</Link>
          )}
          {rule.by.length > 0 && ` · ${text.rules.by(rule.by.join(', '))}`}
        </dd>
        <dt>{text.rules.condition}</dt>
        <dd>
          <code>{rule.when}</code>
        </dd>
        {rule.recover_when !== null && (
          <>
            <dt>{text.rules.recoverWhen}</dt>
            <dd>
              <code>{rule.recover_when}</code>
            </dd>
          </>
        )}
        <dt>{text.rules.times}</dt>
        <dd>
          {[
            text.rules.window(formatDuration(rule.window_ms, text)),
            text.rules.holdsFor(formatDuration(rule.for_ms, text)),
            text.rules.keepsFor(formatDuration(rule.keep_firing_for_ms, text)),
            ...(rule.grace_ms > 0 ? [text.rules.grace(formatDuration(rule.grace_ms, text))] : []),
          ].join(' · ')}
        </dd>
        {rule.min_samples > 0 && (
          <>
            <dt>{text.detail.samples}</dt>
            <dd>{text.rules.minSamples(formatCount(rule.min_samples, text))}</dd>
          </>
        )}
        {rule.no_data !== null && (
          <>
            <dt>{text.state.no_data}</dt>
            <dd>{text.rules.noData[rule.no_data.state](formatDuration(rule.no_data.after_ms, text))}</dd>
          </>
        )}
        {rule.action !== null && (
          <>
            <dt>{text.alerts.action}</dt>
            <dd>{local(rule.action)}</dd>
          </>
        )}
        {rule.runbook !== null && (
          <>
            <dt>{text.alerts.runbook}</dt>
            <dd>
              <Runbook place={rule.runbook} />
            </dd>
          </>
        )}
        <dt>{text.rules.place}</dt>
        <dd>
          <code>
            {rule.file}:{rule.line}
          </code>{' '}
          <span class="quiet">
            {text.rules.versionIs} <code>{rule.version}</code>
          </span>
        </dd>
      </dl>
      <Versions kind="rule" name={rule.name} />
    </section>
  )
}
