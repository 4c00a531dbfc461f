import { type RuleView, ruleListSchema } from '../../../protocol/rules.ts'
import { formatCount, formatElapsed, formatTime, formatValue } from '../../language/format.ts'
import { local, words } from '../../language/language.ts'
import { apiPath } from '../../state/api-path.ts'
import { now } from '../../state/live.ts'
import { useResource } from '../../state/resource.ts'
import { chosenRule } from '../../state/rule-place.ts'
import { feedbackOf, firingCount, lastFiredAt, ruleStanding, rulesInOrder } from '../../state/rule-standing.ts'
import { process, timeZone } from '../../state/selection.ts'
import { CsvLink } from '../csv-link.tsx'
import { severityIcons } from '../icon.tsx'
import { Link } from '../link.tsx'
import { Loaded } from '../loaded.tsx'
import { RowTable } from '../row-table.tsx'
import { subjectTitle } from '../subject-title.ts'
import { RuleDetail } from './rule-detail.tsx'
import { StandingMark } from './standing-mark.tsx'

const AGAIN_AFTER_MS = 5_000

/** Every rule of the process, whose it is and how it stands; one of them in full, with its reasons. */
export function RulesView() {
  const name = process.value?.name ?? ''
  const path = apiPath('processes', name, 'rules')
  const list = useResource(path, ruleListSchema, { everyMs: AGAIN_AFTER_MS })
  const shown = list.kind === 'read' ? list.value.rules.find(rule => rule.name === chosenRule.value) : undefined
  return (
    <div class="list-and-one">
      <section class="panel" aria-labelledby="rules-title">
        <div class="panel-head">
          <h2 id="rules-title">{words.value.rules.title}</h2>
          {list.kind === 'read' && <Counts rules={list.value.rules} />}
          <span class="spacer" />
          <CsvLink path={path} />
        </div>
        <Loaded of={list}>{({ rules }) => <RuleTable rules={rules} />}</Loaded>
      </section>
      {shown !== undefined && <RuleDetail key={`${name} ${shown.name}`} rule={shown} />}
    </div>
  )
}

function Counts({ rules }: { rules: readonly RuleView[] }) {
  const standings = rules.map(ruleStanding)
  const text = words.value
  return (
    <span class="quiet number">
      {(['firing', 'pending', 'quiet'] as const)
        .map(standing => text.rules.count[standing](standings.filter(one => one === standing).length))
        .join(' · ')}
    </span>
  )
}

function RuleTable({ rules }: { rules: readonly RuleView[] }) {
  const text = words.value.rules
  if (rules.length === 0) return <p class="quiet">{text.none}</p>
  return (
    <RowTable
      label={text.title}
      heads={[
        text.standing,
        text.rule,
        { alone: text.condition },
        text.owner,
        text.lastFired,
        { end: text.noise },
        { end: text.precision },
      ]}
    >
      {rulesInOrder(rules).map(rule => (
        <RuleRow key={rule.name} rule={rule} />
      ))}
    </RowTable>
  )
}

function RuleRow({ rule }: { rule: RuleView }) {
  const text = words.value
  const isShown = chosenRule.value === rule.name
  const Icon = severityIcons[rule.severity]
  return (
    <tr data-rule={rule.name} class={isShown ? 'shown' : undefined}>
      <td>
        <StandingMark standing={ruleStanding(rule)} count={firingCount(rule) || rule.alerts.pending} />
      </td>
      <th scope="row">
        <Link
          data-stop=""
          to={{ rule: isShown ? undefined : rule.name, at: undefined }}
          aria-current={isShown ? 'true' : undefined}
        >
          {rule.name}
        </Link>
        <span class="under quiet">
          {subjectTitle(rule)}
          {rule.by.length > 0 && ` · ${text.rules.by(rule.by.join(', '))}`}
        </span>
      </th>
      <td class="wide when-alone">
        <code>{rule.when}</code>
      </td>
      <td>
        {local(rule.owner_title)}
        <span class={`under severity-${rule.severity}`}>
          <Icon /> {text.severity[rule.severity]}
        </span>
      </td>
      <td class="number">
        <LastFired rule={rule} />
      </td>
      <td class="number end">
        <Noise rule={rule} />
      </td>
      <td class="number end">
        <Precision rule={rule} />
      </td>
    </tr>
  )
}

function LastFired({ rule }: { rule: RuleView }) {
  const text = words.value
  const last = lastFiredAt(rule)
  if (last === undefined) {
    return (
      <span class="quiet">
        {rule.past === null ? text.rules.notWithinDay : text.rules.notWithin(formatCount(rule.past.days, text))}
      </span>
    )
  }
  const at = Date.parse(last)
  return (
    <>
      <time dateTime={last}>{formatTime(at, timeZone.value, now.value, text, false)}</time>
      <span class="under quiet">{text.ago(formatElapsed(Math.floor((now.value - at) / 60_000) * 60_000, text))}</span>
    </>
  )
}

/** How often it fires: a rule that fires all the time tells nobody anything. */
function Noise({ rule: { past } }: { rule: RuleView }) {
  const text = words.value
  if (past === null) return <span class="quiet">{text.noValue}</span>
  return (
    <>
      {formatCount(past.fired_per_week, text)}
      <span class="under quiet">
        {text.rules.firedWithin(formatCount(past.fired, text), formatCount(past.days, text))}
      </span>
    </>
  )
}

function Precision({ rule }: { rule: RuleView }) {
  const text = words.value
  const { useful, false_alarm } = feedbackOf(rule)
  const told = useful + false_alarm
  if (told === 0) return <span class="quiet">{text.rules.notCalled}</span>
  return (
    <>
      {formatValue(useful / told, 'ratio', text)}
      <span class="under quiet">{text.rules.useful(formatCount(useful, text), formatCount(told, text))}</span>
    </>
  )
}
