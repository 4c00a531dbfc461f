import type { Route } from './route.ts'
import { type StageHistorySources, stageHistoryRoute } from './stage-history.ts'

export type StageSources = StageHistorySources

/** What is asked of one stage, of now and of any time that the store knows. */
export const stageRoutes = (sources: StageSources): readonly Route[] => [stageHistoryRoute(sources)]
