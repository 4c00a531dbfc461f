import type { EngineView, OpenStage as OpenNow } from '../../engine/view.ts'
import { formatInstant } from '../../event/instant.ts'
import type { ProcessDefinition, StageDefinition } from '../../model/definitions.ts'
import { attributesView } from '../../protocol/attributes-view.ts'
import { visitDeadline } from '../../protocol/deadline-view.ts'
import { type OpenStage, type OpenVisit, openStageSchema } from '../../protocol/open-stage.ts'
import { targetOf } from '../../protocol/statistics-view.ts'
import type { OpenVisit as StoredOpenVisit } from '../../store/queries/open-visits.ts'
import { calendarOf } from '../../windows/stage-calendar.ts'
import { ProblemError } from '../problem-error.ts'
import type { HistoryReader } from './history-reader.ts'
import { checkDimensions, ifStoreAnswers, processNamed, stageNamed } from './lookup.ts'
import { openCasesQuery, segmentOf } from './query.ts'
import { type Route, route } from './route.ts'

const LISTED = 20

/** How many of the oldest are asked for the probability to be late: each is a look-up of its case. */
const LOOKED_AT = 200

export type OpenCasesSources = { readonly view: EngineView; readonly history: HistoryReader }

export const openCasesRoute = ({ view, history }: OpenCasesSources): Route =>
  route({
    method: 'get',
    path: '/api/v1/processes/{process}/stages/{stage}/open-cases',
    tag: 'cases',
    permission: 'read',
    name: 'openCases',
    summary: 'What is open in a stage now: how many by age, the oldest, and those that will probably be late',
    query: openCasesQuery,
    answer: {
      schema: openStageSchema,
      means:
        'Numbers as of the last evaluation; cases as they are stored, some seconds behind. As a table: the oldest.',
      csv: ({ oldest }) => oldest ?? [],
    },
    refusals: ['unknown-process', 'unknown-stage', 'not-judged-yet'],
    async handle({ params, query }): Promise<OpenStage> {
      const process = processNamed(view, params.process)
      const stage = stageNamed(process, params.stage)
      const segment = segmentOf(query.segment) ?? {}
      checkDimensions(process, stage, Object.keys(segment), 'segment')
      const now = view.openStage(process.name, stage.name, segment)
      if (now === undefined) {
        const remedy = 'wait until /readyz says that it is ready'
        throw new ProblemError('not-judged-yet', `${process.name} has not been evaluated yet`, remedy)
      }
      const { limit = LISTED } = query
      const asked = { process: process.name, stage: stage.name, segment, at: now.at, limit: LOOKED_AT }
      const stored = await ifStoreAnswers(() => history.openVisits(asked))
      const listed =
        stored && (await Promise.all(stored.visits.map(one => openVisitView(view, process, stage, now, one))))
      return {
        process: process.name,
        stage: stage.name,
        segment,
        as_of: formatInstant(now.at),
        window_ms: now.windowMs,
        target_ms: targetOf(process, stage, segment),
        values: now.values as Record<string, number>,
        ...(now.atLeast && { at_least: [...now.atLeast] }),
        ...(now.atMost && { at_most: now.atMost as Record<string, number> }),
        ages: now.ages.map(({ fromMs, toMs, count }) => ({ from_ms: fromMs, to_ms: toMs ?? null, count })),
        oldest: listed?.slice(0, limit) ?? null,
        at_risk: listed ? mostAtRisk(listed).slice(0, limit) : null,
        looked_at: listed?.length ?? 0,
      }
    },
  })

/** Those that are late already will not be. */
const mostAtRisk = (visits: readonly OpenVisit[]): OpenVisit[] =>
  visits
    .filter(({ overdue, deadline }) => !overdue && (deadline?.late?.high ?? 0) > 0)
    .toSorted((one, other) => chanceOf(other) - chanceOf(one))

const chanceOf = ({ deadline }: OpenVisit): number => {
  const { low = 0, high = 0 } = deadline?.late ?? {}
  return (low + high) / 2
}

async function openVisitView(
  view: EngineView,
  process: ProcessDefinition,
  stage: StageDefinition,
  { at }: OpenNow,
  visit: StoredOpenVisit,
): Promise<OpenVisit> {
  const targetMs = targetOf(process, stage, visit.segment)
  const ageMs = calendarOf(stage)?.businessMs(visit.start, Math.max(visit.start, at)) ?? visit.ageMs
  const stillOpen = { ...visit, outcome: 'open' as const, end: undefined }
  const deadline = visitDeadline(process, stage, stillOpen, targetMs, await view.deadlinesOf(process.name, visit.case))
  return {
    case: visit.case,
    visit: visit.visit,
    started_at: formatInstant(visit.start),
    age_ms: ageMs,
    target_ms: targetMs,
    overdue: deadline === null ? targetMs !== null && ageMs > targetMs : Date.parse(deadline.due_at) < at,
    deadline,
    segment: visit.segment,
    attributes: attributesView(process, visit.attributes),
  }
}
