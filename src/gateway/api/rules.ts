import type { EngineView } from '../../engine/view.ts'
import { instant } from '../../event/instant.ts'
import type { SegmentLabels } from '../../event/segment.ts'
import type { ProcessDefinition, RuleDefinition } from '../../model/definitions.ts'
import { metricListSchema } from '../../protocol/metrics.ts'
import type { Owners } from '../../protocol/process-summary.ts'
import { ruleExplanationSchema } from '../../protocol/rule-explanation.ts'
import { ruleExplanationView } from '../../protocol/rule-explanation-view.ts'
import { ruleListSchema } from '../../protocol/rules.ts'
import { metricList, PAST_DAYS, ruleList } from '../../protocol/rules-view.ts'
import { ProblemError } from '../problem-error.ts'
import type { HistoryReader } from './history-reader.ts'
import { ifStoreAnswers, processNamed, ruleNamed, wallClock } from './lookup.ts'
import { segmentQuery } from './query.ts'
import { type Route, route } from './route.ts'

const DAY_MS = 86_400_000

export type RuleSources = { readonly view: EngineView; readonly owners: Owners; readonly history: HistoryReader }

export const ruleRoutes = ({ view, owners, history }: RuleSources): readonly Route[] => [
  route({
    method: 'get',
    path: '/api/v1/processes/{process}/rules',
    tag: 'rules',
    permission: 'read',
    name: 'listRules',
    summary: 'All rules of a process: what they look for, whose they are, how they stand',
    answer: { schema: ruleListSchema, means: 'In the order of their file.', csv: ({ rules }) => rules },
    refusals: ['unknown-process'],
    async handle({ params }) {
      const process = processNamed(view, params.process)
      const to = view.status(process.name).evaluatedAt ?? wallClock()
      const range = { from: instant(to - PAST_DAYS * DAY_MS), to: instant(to + 1) }
      const records = await ifStoreAnswers(() => history.ruleRecords({ process: process.name, range }))
      return ruleList(view, process, owners, records)
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/processes/{process}/metrics',
    tag: 'rules',
    permission: 'read',
    name: 'listMetrics',
    summary: 'The dictionary of metrics: what each number means, who answers for it, in which version',
    answer: { schema: metricListSchema, means: 'In the order of their file.', csv: ({ metrics }) => metrics },
    refusals: ['unknown-process'],
    handle: ({ params }) => metricList(processNamed(view, params.process), owners),
  }),
  route({
    method: 'get',
    path: '/api/v1/processes/{process}/rules/{rule}/explanation',
    tag: 'rules',
    permission: 'read',
    name: 'explainRule',
    summary: 'What a rule reads of a segment now: why it fires, or why not',
    query: segmentQuery,
    answer: { schema: ruleExplanationSchema, means: 'As of the last evaluation; nothing is changed by it.' },
    refusals: ['unknown-process', 'unknown-rule', 'unknown-segment', 'not-judged-yet'],
    handle({ params, query: { segment = {} } }) {
      const process = processNamed(view, params.process)
      const rule = ruleNamed(process, params.rule)
      checkSegment(process, rule, segment)
      const found = view.explain(process.name, rule.name, segment)
      if (found !== undefined) return ruleExplanationView(process.name, found)
      const remedy = 'wait until /readyz says that it is ready'
      throw new ProblemError('not-judged-yet', `${process.name} has not been evaluated yet`, remedy)
    },
  }),
]

/** The segment has to say a value, or null, for each dimension that the rule is cut by. */
function checkSegment(process: ProcessDefinition, { name, by }: RuleDefinition, segment: SegmentLabels): void {
  const dimensions = by.map(attribute => process.attributes[attribute]?.name ?? '')
  const isWhole = dimensions.every(dimension => segment[dimension] !== undefined)
  if (isWhole && Object.keys(segment).length === dimensions.length) return
  const example = JSON.stringify(Object.fromEntries(dimensions.map(dimension => [dimension, '…'])))
  const remedy = dimensions.length === 0 ? 'leave out `segment`' : `write segment=${example}, URL-encoded`
  const cut = dimensions.length === 0 ? 'looks at all cases together' : `is cut by ${dimensions.join(', ')}`
  throw new ProblemError('unknown-segment', `${name} ${cut}`, remedy)
}
