import type { DurationMs } from '../event/duration.ts'
import type { AttributeValue } from '../event/event.ts'
import type { Instant } from '../event/instant.ts'
import type { DeadLetter, RecordHeaders, TopicPartition } from '../event/record.ts'
import type { SegmentLabels } from '../event/segment.ts'

/**
 * Which source wrote a row and how new it is. Rows of one key replace each other; the highest version counts:
 * `epoch · 2^48 + position`, and position is how far the shard had come (`positionOf`).
 */
export type RowVersion = {
  /** The source: `orders.events`, joined with `,` where a process has several topics; of files, `file:` and their checksum. */
  readonly source: string
  readonly partition: number
  readonly epoch: number
  readonly position: number
}

/** A visit as it is now, absolute; key (process, stage, case, start, ordinal). */
export type VisitRow = RowVersion & {
  readonly process: string
  readonly stage: string
  readonly case: string
  readonly visit: number
  readonly ordinal: number
  readonly start: Instant
  readonly end: Instant | undefined
  readonly outcome: 'open' | 'completed' | 'abandoned' | 'expired'
  readonly reason: string | undefined
  /** Wall clock; set where the visit has ended. */
  readonly durationMs: DurationMs | undefined
  /** The same in business time; set where the stage has a calendar too. */
  readonly businessMs: DurationMs | undefined
  readonly segment: SegmentLabels
  /** The mapped fields that are carried: dimensions, the value, instants in ISO 8601. */
  readonly attributes: Readonly<Record<string, AttributeValue>>
  /** The visit is no longer so: a correction withdrew it. */
  readonly deleted: boolean
  /** Set where it completed later than it was due, or over its target in the stage's own time. */
  readonly breached?: true
  /** Set where it had ended before it changed: a row that said so may have been put out. */
  readonly corrected?: true
  /** How many visits the row stands for (`visit-policy.ts`), where that is not 1. */
  readonly weight?: number
}

/** A pane as it is now, absolute; key (process, stage, segment, start, source, partition). All zero: it fell to nothing. */
export type PaneRow = RowVersion & {
  readonly process: string
  readonly stage: string
  /** `{}` is the stage's total. */
  readonly segment: SegmentLabels
  readonly total: boolean
  readonly start: Instant
  readonly end: Instant
  readonly entered: number
  readonly exited: number
  readonly abandoned: number
  readonly expired: number
  readonly reworked: number
  /** Completed visits over their target, in the stage's own time; 0 where the stage has none. */
  readonly breached: number
  /** Of completed visits, wall clock. */
  readonly sumMs: number
  readonly minMs: number | undefined
  readonly maxMs: number | undefined
  /**
   * Histogram of completed durations, by rising bucket: `ZERO_BUCKET` for 0 ms, else the index i of (2^((i−1)/32), 2^(i/32)] ms.
   * Pairs, not an object: one with whole numbers as keys takes as much memory as an array up to the highest of them.
   */
  readonly buckets: BucketCounts
  /** Of completed visits, in business time; undefined where the stage has no calendar. */
  readonly business: BusinessDurations | undefined
}

/** As the fields of the same names that count the wall clock. */
export type BusinessDurations = Pick<PaneRow, 'sumMs' | 'minMs' | 'maxMs' | 'buckets'>

export type BucketCounts = readonly (readonly [bucket: number, count: number])[]

/**
 * A pane of a measure as it is now, absolute; key (process, measure, segment, start, source, partition). Values are whole
 * numbers of 10^−decimals. `count` 0: it fell to nothing.
 */
export type MeasurePaneRow = RowVersion & {
  readonly process: string
  readonly measure: string
  readonly decimals: number
  /** By the events' own values; `{}` is the measure's total. */
  readonly segment: SegmentLabels
  readonly total: boolean
  readonly start: Instant
  readonly end: Instant
  readonly count: number
  readonly sum: bigint
  readonly min: number | undefined
  readonly max: number | undefined
  /** By rising bucket, as `measureBucketOf` numbers them. */
  readonly buckets: BucketCounts
  /** undefined: the measure does not keep distinct values. */
  readonly distinct: number | undefined
}

/** How far a partition's panes have settled: those that end by `before` never change again; key (process, source, partition). */
export type SettledRow = RowVersion & {
  readonly process: string
  readonly before: Instant
}

/** A record as it came, for a store that keeps raw events; key (process, topic, partition, offset). */
export type KeptRecord = TopicPartition & {
  readonly process: string
  readonly offset: number
  /** undefined: its source has none. */
  readonly timestamp: Instant | undefined
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** Absent: it has none. */
  readonly headers?: RecordHeaders
}

/** What a step of the fold hands to its sinks. */
export type ShardOutput = {
  readonly visits: readonly VisitRow[]
  readonly panes: readonly PaneRow[]
  readonly measurePanes: readonly MeasurePaneRow[]
  readonly deadLetters: readonly DeadLetter[]
  /** Empty unless records are kept. */
  readonly records: readonly KeptRecord[]
  /** At most one for a partition. */
  readonly settled: readonly SettledRow[]
}

/** The first life whose rows are newer than all with a position. */
export const lifeAfter = (position: number): number => Math.floor(position / A_LIFE) + 1

/** More than is folded between two states that are saved: of an earlier life no row is newer than those of the next. */
const A_LIFE = 2 ** 28

/**
 * Its next offsets, summed over its topics, and a step for each life of the program.
 *
 * Where a shard has several topics the sum alone would not do: after a crash these come in another order, so that what is
 * known later may have the smaller sum.
 */
export const positionOf = (life: number, nextOffsets: readonly number[]): number =>
  nextOffsets.reduce((sum, offset) => sum + offset, life * A_LIFE)
