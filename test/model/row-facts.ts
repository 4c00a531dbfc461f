import type { ProcessDefinition } from '../../src/model/definitions.ts'
import type { BusinessDurations, MeasurePaneRow, VisitRow } from '../../src/shard/output.ts'
import type { StoredPane } from '../../src/store/stored.ts'
import { bucketName } from '../../src/windows/histogram.ts'
import { measureBucketName } from '../../src/windows/measure-buckets.ts'
import { byName, type PaneFact } from './comparable.ts'
import type { MeasureFact } from './measures.ts'

/* Rows, as a shard puts them out and as the store has them, in the form in which they are compared with the model's. */

const stageOf = ({ stages }: ProcessDefinition, { stage }: { readonly stage: string }): number =>
  stages.findIndex(({ name }) => name === stage)

const segmentOf = ({ total, segment }: Pick<StoredPane, 'total' | 'segment'>): string =>
  total ? 'total' : JSON.stringify(Object.values(segment))

export const visitLine = (process: ProcessDefinition, row: VisitRow): string =>
  JSON.stringify({
    stage: stageOf(process, row),
    case: row.case,
    start: row.start,
    ordinal: row.ordinal,
    visit: row.visit,
    outcome: row.outcome,
    end: row.end ?? null,
    reason: row.reason ?? null,
    businessMs: row.businessMs ?? null,
    segment: Object.values(row.segment),
    attributes: row.attributes,
  })

export const measureFact = (process: ProcessDefinition, row: MeasurePaneRow): MeasureFact => ({
  measure: process.measures.findIndex(({ name }) => name === row.measure),
  segment: segmentOf(row),
  start: row.start,
  count: row.count,
  sum: String(row.sum),
  min: row.min ?? Number.NaN,
  max: row.max ?? Number.NaN,
  buckets: row.buckets.map(([bucket, count]): [string, number] => [measureBucketName(bucket), count]).sort(byName),
  distinct: row.distinct ?? null,
})

export const paneFact = (process: ProcessDefinition, row: StoredPane): PaneFact => ({
  stage: stageOf(process, row),
  segment: segmentOf(row),
  start: row.start,
  entered: row.entered,
  reworked: row.reworked,
  exited: row.exited,
  abandoned: row.abandoned,
  expired: row.expired,
  breached: row.breached,
  ...durationFact(row),
  business: row.business === undefined ? null : durationFact(row.business),
})

const durationFact = ({ sumMs, minMs, maxMs, buckets }: BusinessDurations): NonNullable<PaneFact['business']> => ({
  sum: sumMs,
  min: minMs ?? null,
  max: maxMs ?? null,
  buckets: buckets.map(([bucket, count]): [string, number] => [bucketName(bucket), count]).sort(byName),
})
