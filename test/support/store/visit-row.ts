import { durationMs } from '../../../src/event/duration.ts'
import type { CaseId } from '../../../src/event/event.ts'
import { instant } from '../../../src/event/instant.ts'
import type { VisitRow } from '../../../src/shard/output.ts'

/** A visit of a minute that completed, and is nothing special. */
export const visitRow = (change: Partial<VisitRow> = {}): VisitRow => ({
  process: 'orders',
  stage: 'picking',
  case: 'A' as CaseId,
  visit: 1,
  ordinal: 0,
  start: instant(0),
  end: instant(60_000),
  outcome: 'completed',
  reason: undefined,
  durationMs: durationMs(60_000),
  businessMs: undefined,
  segment: {},
  attributes: {},
  deleted: false,
  source: 'events',
  partition: 0,
  epoch: 0,
  position: 1,
  ...change,
})
