import { type OpenCasesSources, openCasesRoute } from './open-cases.ts'
import type { Route } from './route.ts'
import { type StageHistorySources, stageHistoryRoute } from './stage-history.ts'
import { type StageSegmentsSources, stageSegmentsRoute } from './stage-segments.ts'
import { type StageVisitsSources, stageVisitsRoute } from './stage-visits.ts'

export type StageSources = StageHistorySources & StageSegmentsSources & StageVisitsSources & OpenCasesSources

/** What is asked of one stage, of now and of any time that the store knows. */
export const stageRoutes = (sources: StageSources): readonly Route[] => [
  stageHistoryRoute(sources),
  stageSegmentsRoute(sources),
  stageVisitsRoute(sources),
  openCasesRoute(sources),
]
