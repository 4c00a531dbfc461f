import { durationMs } from '../../src/event/duration.ts'
import type { CaseId } from '../../src/event/event.ts'
import { instant } from '../../src/event/instant.ts'
import type { DeadLetter } from '../../src/event/record.ts'
import type { PaneRow, ShardOutput, VisitRow } from '../../src/shard/output.ts'

/*
 * What a shard would put out, as a function of the number of the batch: rows whose keys come again in later batches with
 * higher versions, and dead letters that come once. Visits lie in several months, so that one insert makes several parts.
 */
const VISITS = 3_000
const VISITS_A_BATCH = 1_200
const PANES = 900
const PANES_A_BATCH = 400
const DEAD_LETTERS_A_BATCH = 60
const MONTH_MS = 2_629_746_000
const MONTHS = 4

const from = (batch: number) => ({ source: 'events', partition: 0, epoch: 1, position: batch })

export const visitOf = (key: number, batch: number): VisitRow => ({
  process: 'p',
  stage: 'picking',
  case: `C-${key}` as CaseId,
  visit: 1,
  ordinal: 0,
  start: instant((key % MONTHS) * MONTH_MS + key),
  end: instant((key % MONTHS) * MONTH_MS + key + batch),
  outcome: 'completed',
  reason: undefined,
  durationMs: durationMs(batch),
  businessMs: undefined,
  segment: { warehouse: `W-${key % 7}` },
  attributes: { amount: key * batch },
  deleted: false,
  ...from(batch),
})

export const paneOf = (key: number, batch: number): PaneRow => ({
  process: 'p',
  stage: 'picking',
  segment: {},
  total: true,
  start: instant(key * 10_000),
  end: instant(key * 10_000 + 10_000),
  entered: batch,
  exited: batch,
  abandoned: 0,
  expired: 0,
  reworked: 0,
  breached: 0,
  sumMs: batch * 700,
  minMs: 700,
  maxMs: 700,
  buckets: [[303, batch]],
  business: undefined,
  ...from(batch),
})

const deadLetterOf = (offset: number): DeadLetter => ({
  process: 'p',
  topic: 'events',
  partition: 0,
  offset,
  reason: 'not-json',
  detail: `at ${offset}`,
  key: null,
  value: Buffer.from(`{${offset}`),
})

/** @param batch from 1 on. */
export function batchOf(batch: number): ShardOutput {
  const keys = (count: number, of: number) => Array.from({ length: count }, (_, nth) => (batch * count + nth) % of)
  return {
    visits: keys(VISITS_A_BATCH, VISITS).map(key => visitOf(key, batch)),
    panes: keys(PANES_A_BATCH, PANES).map(key => paneOf(key, batch)),
    measurePanes: [],
    records: [],
    settled: [],
    deadLetters: keys(DEAD_LETTERS_A_BATCH, Infinity).map(deadLetterOf),
  }
}
