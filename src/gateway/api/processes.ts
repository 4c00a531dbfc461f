import * as z from 'zod'
import type { EngineView } from '../../engine/view.ts'
import { formatInstant, instant } from '../../event/instant.ts'
import { type StageHistory, stageHistorySchema } from '../../protocol/history.ts'
import { processSummarySchema } from '../../protocol/process.ts'
import { type Owners, summarizeProcess } from '../../protocol/process-summary.ts'
import { processStatisticsSchema } from '../../protocol/statistics.ts'
import { isoOrNull, statisticsView } from '../../protocol/statistics-view.ts'
import type { EventSources } from './events.ts'
import type { HistoryReader } from './history-reader.ts'
import { fromStore, processNamed, stageNamed, wallClock } from './lookup.ts'
import { historyQuery, historyRange } from './query.ts'
import { type Route, route } from './route.ts'
import { fillSeries } from './series.ts'

export type ProcessSources = EventSources & {
  readonly view: EngineView
  readonly owners: Owners
  /** `host:port` of the Kafka that is read, for people to see; undefined where it is none. */
  readonly brokers: readonly string[] | undefined
  readonly history: HistoryReader
}

export const processRoutes = ({ view, owners, brokers, ingest, history }: ProcessSources): readonly Route[] => [
  route({
    method: 'get',
    path: '/api/v1/processes',
    tag: 'processes',
    permission: 'read',
    name: 'listProcesses',
    summary: 'All processes: their stages, targets, owners and sources',
    answer: {
      schema: z.object({ processes: z.array(processSummarySchema) }),
      means: 'All processes. As a table: their stages.',
      csv: ({ processes }) =>
        processes.flatMap(({ name, stages }) =>
          stages.map(({ name: stage, title, owner, target, by }) => ({
            process: name,
            stage,
            title,
            owner,
            target,
            by,
          })),
        ),
    },
    handle: () => ({
      processes: view.processes.map(process => summarizeProcess(process, owners, brokers, wallClock(), ingest?.topics)),
    }),
  }),
  route({
    method: 'get',
    path: '/api/v1/processes/{process}/statistics',
    tag: 'processes',
    permission: 'read',
    name: 'processStatistics',
    summary: 'What every stage, all its segments and every measure come to now',
    answer: {
      schema: processStatisticsSchema,
      means: 'As of the last evaluation.',
      csv: ({ as_of, stages, measures }) => [
        ...stages.flatMap(({ stage, window_ms, segments }) =>
          segments.map(one => ({ as_of, stage, measure: null, window_ms, ...one })),
        ),
        ...measures.flatMap(({ measure, window_ms, segments }) =>
          segments.map(one => ({ as_of, stage: null, measure, window_ms, ...one })),
        ),
      ],
    },
    refusals: ['unknown-process'],
    handle: ({ params }) => statisticsView(view, processNamed(view, params.process), Number.POSITIVE_INFINITY),
  }),
  route({
    method: 'get',
    path: '/api/v1/processes/{process}/stages/{stage}/history',
    tag: 'processes',
    permission: 'read',
    name: 'stageHistory',
    summary: 'One stage over time, by steps; the last hour where no range is named',
    query: historyQuery,
    answer: {
      schema: stageHistorySchema,
      means: 'The points of the range, oldest first.',
      csv: ({ points }) => points,
    },
    refusals: ['unknown-process', 'unknown-stage', 'store-unavailable'],
    async handle({ params, query }): Promise<StageHistory> {
      const process = processNamed(view, params.process)
      const stage = stageNamed(process, params.stage)
      const asOf = view.status(process.name).evaluatedAt
      const { segment, from, to, stepMs } = historyRange(query, process.paneMs, asOf ?? wallClock())
      // Open visits are known now only, so the series runs up to now and is cut afterwards.
      const end = instant(Math.max(to, Math.ceil((asOf ?? to) / stepMs) * stepMs))
      const sums = await fromStore(() =>
        history.paneSeries({ process: process.name, stage: stage.name, segment, from, to: end, stepMs }),
      )
      const wipNow = segment === undefined ? totalWip(view, process.name, stage.name) : undefined
      return {
        process: process.name,
        stage: stage.name,
        segment: segment ?? {},
        from: formatInstant(from),
        to: formatInstant(to),
        step_ms: stepMs,
        as_of: isoOrNull(asOf),
        points: fillSeries(sums, { from, to: end, stepMs }, wipNow).slice(0, (to - from) / stepMs),
      }
    },
  }),
]

function totalWip(view: EngineView, process: string, stage: string): number | undefined {
  const statistics = view.statistics(process).find(candidate => candidate.stage === stage)
  return statistics?.segments.find(segment => segment.total)?.values.wip
}
