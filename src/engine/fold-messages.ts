import type { TopicPartition } from '../event/record.ts'
import type { SegmentKey } from '../event/segment.ts'
import type { Publication } from '../shard/publication.ts'
import type { Shard } from '../shard/shard.ts'
import type { PartitionKey, SourceState } from '../source/source.ts'
import type { PublishedStep } from './published-partition.ts'

/*
 * Between a fold and the evaluation that reads it from elsewhere, of one process:
 *
 *     fold ── assigned …, begun ──▶       evaluation: time may go on once all folds have begun
 *          ── assigned, steps, ends, revoked ──▶
 *          ◀───────── taken, pace ──────────────
 *          ── saving ──▶            the evaluator's state is made durable once it has all steps so far
 *          ◀── maySave ──
 *          ── saved ──▶
 *          ◀── dues? ── dues ──▶    where the visits of one case stand
 */
export type FromFold =
  /** A shard is folded from here on; what was there before of its number is gone. @see ShardStart */
  | { readonly kind: 'assigned'; readonly base: Publication; readonly otherLogs: readonly PartitionKey[] }
  /** All that it was given to begin with has been assigned, be it nothing. Later ones may come and go. */
  | { readonly kind: 'begun' }
  | { readonly kind: 'revoked'; readonly partition: number }
  | { readonly kind: 'steps'; readonly partition: number; readonly steps: readonly PublishedStep[] }
  /** How far the logs go, and how far the steps so far have come in them. */
  | { readonly kind: 'ends'; readonly ends: readonly LogEnd[]; readonly hasRoom: boolean }
  | { readonly kind: 'source'; readonly state: SourceState }
  /** A state is about to be saved. */
  | { readonly kind: 'saving'; readonly save: number; readonly upTo: ReadonlyMap<number, number> }
  /** The save is over, one way or the other. */
  | { readonly kind: 'saved'; readonly save: number }
  | { readonly kind: 'dues'; readonly question: number; readonly dues: readonly NamedDue[] }

export type ToFold =
  /** The steps of a shard up to this one have been taken in. */
  | { readonly kind: 'taken'; readonly partition: number; readonly step: number }
  /** Whether time is of the past: then steps are cut where T may come. */
  | { readonly kind: 'pace'; readonly isCatchingUp: boolean }
  /** The evaluator's state that the save waits for is durable. */
  | { readonly kind: 'maySave'; readonly save: number }
  /** @see OpenDue */
  | { readonly kind: 'dues'; readonly question: number; readonly caseId: string }

export type LogEnd = {
  readonly id: TopicPartition
  readonly endOffset: number
  readonly readTo: number
  /** When the source told it, in ms since the epoch. */
  readonly toldAt: number
}

/** As `OpenDue`, with the segment by its own name. */
export type NamedDue = {
  readonly stage: number
  readonly start: number
  readonly due: number
  readonly position: number
  /** undefined: the stage at that position is not cut. */
  readonly segment: SegmentKey | undefined
  readonly entry: number
}

/** Where the open visits of a case stand within their deadlines, in the shards that are folded here. */
export function duesIn(shards: readonly Shard[], caseId: string): NamedDue[] {
  const id = new TextEncoder().encode(caseId)
  return shards.flatMap(shard =>
    shard.looks.openDuesOf(id).map(({ slot, ...due }) => ({
      ...due,
      segment: shard.allStages[due.position]?.segmentAt(slot),
    })),
  )
}
