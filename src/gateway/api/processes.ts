import * as z from 'zod'
import type { EngineView } from '../../engine/view.ts'
import { processSummarySchema } from '../../protocol/process.ts'
import { type Owners, summarizeProcess } from '../../protocol/process-summary.ts'
import { processStatisticsSchema } from '../../protocol/statistics.ts'
import { statisticsView } from '../../protocol/statistics-view.ts'
import type { EventSources } from './events.ts'
import { processNamed, wallClock } from './lookup.ts'
import { type Route, route } from './route.ts'

export type ProcessSources = EventSources & {
  readonly view: EngineView
  readonly owners: Owners
  /** `host:port` of the Kafka that is read, for people to see; undefined where it is none. */
  readonly brokers: readonly string[] | undefined
}

export const processRoutes = ({ view, owners, brokers, ingest }: ProcessSources): readonly Route[] => [
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
]
