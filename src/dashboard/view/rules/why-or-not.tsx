import { type RuleExplanation, ruleExplanationSchema } from '../../../protocol/rule-explanation.ts'
import type { RuleView } from '../../../protocol/rules.ts'
import type { Segment } from '../../../protocol/vocabulary.ts'
import { formatCount, formatTime } from '../../language/format.ts'
import { local, words } from '../../language/language.ts'
import { apiPath, withQuery } from '../../state/api-path.ts'
import { now } from '../../state/live.ts'
import { useResource } from '../../state/resource.ts'
import { chosenRuleSegment } from '../../state/rule-place.ts'
import { segmentsOf } from '../../state/rule-standing.ts'
import { alertsInOrder, measures, process, stages, timeZone } from '../../state/selection.ts'
import { ConditionTerms } from '../condition-terms.tsx'
import { Link } from '../link.tsx'
import { Loaded } from '../loaded.tsx'
import { segmentTextWithNames } from '../segment-text.ts'

const AGAIN_AFTER_MS = 5_000

/** Why a rule fires in one of its segments, or why it does not: read for whoever looks. */
export function WhyOrNot({ rule }: { rule: RuleView }) {
  const text = words.value
  const statistics =
    rule.stage === null
      ? measures.value.find(({ measure }) => measure.name === rule.measure)?.statistics
      : stages.value.find(({ stage }) => stage === rule.stage)
  const segments = segmentsOf(rule, alertsInOrder.value, statistics)
  const chosen = chosenRuleSegment.value ?? (segments[0] && JSON.stringify(segments[0]))
  const explanation = useResource(
    chosen === undefined
      ? undefined
      : withQuery(apiPath('processes', process.value?.name ?? '', 'rules', rule.name, 'explanation'), {
          segment: rule.by.length === 0 ? undefined : chosen,
        }),
    ruleExplanationSchema,
    { everyMs: AGAIN_AFTER_MS },
  )
  return (
    <>
      {rule.by.length > 0 && <SegmentChoice segments={segments} chosen={chosen} />}
      {chosen === undefined ? (
        <p class="quiet">{text.rules.noSegment}</p>
      ) : (
        <Loaded of={explanation}>{found => <Reasons rule={rule} found={found} />}</Loaded>
      )}
    </>
  )
}

function SegmentChoice({ segments, chosen }: { segments: readonly Segment[]; chosen: string | undefined }) {
  const text = words.value
  const listed = segments.map(segment => JSON.stringify(segment))
  return (
    <p class="choice">
      <label for="rule-segment">{text.detail.segment}</label>
      <select
        id="rule-segment"
        value={chosen}
        onChange={event => {
          chosenRuleSegment.value = event.currentTarget.value
        }}
      >
        {chosen !== undefined && !listed.includes(chosen) && <option value={chosen}>{chosen}</option>}
        {segments.map((segment, index) => (
          <option key={listed[index]} value={listed[index]}>
            {segmentTextWithNames(segment, text)}
          </option>
        ))}
      </select>
    </p>
  )
}

function Reasons({ rule, found }: { rule: RuleView; found: RuleExplanation }) {
  const text = words.value
  const { explanation, quiet } = found
  const time = (at: string) => formatTime(Date.parse(at), timeZone.value, now.value, text)
  return (
    <div class="reasons" data-state={found.state}>
      <p>
        <b>{found.state === 'inactive' ? text.rules.standings.quiet : text.state[found.state]}</b>
        {found.summary !== null && <> · {local(found.summary)}</>}
        {found.alert !== null && (
          <>
            {' · '}
            <Link to={{ alert: found.alert }}>{text.rules.openAlert}</Link>
          </>
        )}
      </p>
      {quiet.length > 0 && (
        <>
          <h3>{found.state === 'firing' ? text.rules.whyNotTold : text.rules.whyNot}</h3>
          <ol class="quiet-reasons">
            {quiet.map(reason => (
              <li key={`${reason.kind} ${reason.text.en}`} data-reason={reason.kind}>
                {local(reason.text)}
              </li>
            ))}
          </ol>
        </>
      )}
      <ConditionTerms explanation={explanation} of={rule.measure === null ? 'stage' : 'measure'} />
      <p class="quiet number">
        {text.rules.readFrom(
          time(explanation.window.start),
          time(explanation.window.end),
          formatCount(explanation.samples, text),
        )}
      </p>
    </div>
  )
}
