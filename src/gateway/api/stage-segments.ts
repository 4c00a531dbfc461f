import type { EngineView } from '../../engine/view.ts'
import { formatInstant } from '../../event/instant.ts'
import type { ProcessDefinition, StageDefinition } from '../../model/definitions.ts'
import { type StageSegments, stageSegmentsSchema } from '../../protocol/stage-segments.ts'
import { isoOrNull, targetOf } from '../../protocol/statistics-view.ts'
import { attribute, changesOf } from '../../rules/attribution.ts'
import type { Changes } from '../../rules/compared.ts'
import type { ContributedSums, Contribution, Contributions } from '../../store/queries/contributions.ts'
import type { StageSums } from '../../store/queries/stage-sums.ts'
import { ProblemError } from '../problem-error.ts'
import type { HistoryReader } from './history-reader.ts'
import { checkDimensions, dimensionsOf, fromStore, processNamed, stageNamed, wallClock } from './lookup.ts'
import { paneRange, segmentsQuery } from './query.ts'
import { type Route, route } from './route.ts'

const LISTED = 50

export type StageSegmentsSources = { readonly view: EngineView; readonly history: HistoryReader }

export const stageSegmentsRoute = ({ view, history }: StageSegmentsSources): Route =>
  route({
    method: 'get',
    path: '/api/v1/processes/{process}/stages/{stage}/segments',
    tag: 'processes',
    permission: 'read',
    name: 'stageSegments',
    summary:
      'Which segments made up what a stage did in a range, and what they add to its change against the period before',
    query: segmentsQuery,
    answer: {
      schema: stageSegmentsSchema,
      means: 'The largest segments; with the rest they add up to the total.',
      csv: ({ segments }) => segments.map(({ segment, ...sums }) => ({ segment, ...sums })),
    },
    refusals: ['unknown-process', 'unknown-stage', 'store-unavailable'],
    async handle({ params, query }): Promise<StageSegments> {
      const process = processNamed(view, params.process)
      const stage = stageNamed(process, params.stage)
      const by = wantedDimensions(process, stage, query.by)
      const asOf = view.status(process.name).evaluatedAt
      const range = paneRange(query, process.paneMs, asOf ?? wallClock())
      const found = await fromStore(() =>
        history.segmentContributions({
          ...{ process: process.name, stage: stage.name, by, ...range },
          ...{ order: orders[query.order ?? 'sum_ms'], limit: query.limit ?? LISTED, compare: true },
        }),
      )
      const sides = [...found.segments, { ...found.rest, segment: {} }].map(({ segment, before, ...now }) => ({
        labels: segment,
        now,
        before: before as ContributedSums,
      }))
      const change = attribute({ own: { stage: stage.name, segments: sides }, inside: [] })
      const changes = changesOf(sides)
      return {
        process: process.name,
        stage: stage.name,
        from: formatInstant(range.from),
        to: formatInstant(range.to),
        as_of: isoOrNull(asOf),
        by,
        total: { ...sumsView(found.total), before: sumsView(found.total.before as StageSums) },
        change: change === undefined ? null : { before_ms: change.beforeMs, now_ms: change.nowMs },
        segments: found.segments.map((one, index) => ({
          segment: one.segment,
          target_ms: targetOf(process, stage, one.segment),
          ...contributed(one, change && changes[index]),
        })),
        rest: { segment_count: found.rest.segmentCount, ...contributed(found.rest, change && changes.at(-1)) },
      }
    },
  })

const orders = {
  sum_ms: 'sumMs',
  exited: 'exited',
  entered: 'entered',
  breached: 'breached',
} as const satisfies Readonly<Record<string, Contribution>>

/** Those that are named, in the order of the stage's. @throws ProblemError where the stage has no such, or none at all. */
function wantedDimensions(process: ProcessDefinition, stage: StageDefinition, named: string | undefined) {
  const own = dimensionsOf(process, stage)
  if (own.length === 0) {
    const remedy = 'ask for its history instead'
    throw new ProblemError('bad-request', `${stage.name} is cut by no dimension, so it has no segments`, remedy)
  }
  const asked = named?.split(',') ?? own
  checkDimensions(process, stage, asked, 'by')
  return own.filter(name => asked.includes(name))
}

type Compared = Contributions['rest'] | Contributions['segments'][number]

const contributed = (one: Compared, change: Changes | undefined) => ({
  ...sharedSums(one),
  before: sharedSums(one.before as ContributedSums),
  change: change === undefined ? null : { time_ms: change.time, mix_ms: change.mix, rework_ms: change.rework },
})

const sharedSums = (sums: ContributedSums) => ({
  ...sumsView(sums),
  share: {
    entered: sums.share.entered ?? null,
    exited: sums.share.exited ?? null,
    breached: sums.share.breached ?? null,
    sum_ms: sums.share.sumMs ?? null,
  },
})

const sumsView = (sums: StageSums) => ({
  entered: sums.entered,
  exited: sums.exited,
  abandoned: sums.abandoned,
  expired: sums.expired,
  reworked: sums.reworked,
  breached: sums.breached,
  sum_ms: sums.sumMs,
  avg_ms: sums.avgMs ?? null,
  p50_ms: sums.p50Ms ?? null,
  p90_ms: sums.p90Ms ?? null,
  p99_ms: sums.p99Ms ?? null,
})
