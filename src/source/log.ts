import type { Instant } from '../event/instant.ts'
import type { TopicPartition } from '../event/record.ts'

/** The span of offsets that a partition's log holds: from `low`, and below `high`. */
export type LogSpan = { readonly low: number; readonly high: number }

/** What a source finds of a partition's log when the partition becomes ours. */
export type LogFound = LogSpan & {
  /** Names this very log: another one where the topic was deleted and created again. undefined: nobody says. */
  readonly topicId: string | undefined
  /** The first offset whose record has a timestamp of `at` or later; `high` where there is none. */
  offsetAt(at: Instant): Promise<number>
}

/** How far a log has been read, and which log that was. */
export type ReadSoFar = { readonly next: number; readonly topicId: string | undefined }

/**
 * How a log that is found stands to what was read of it.
 *
 * - `follows`: it holds what comes next.
 * - `gap`: records were deleted before they were read.
 * - `cut`: it is the same log, and ends before what was read: it has lost its last records.
 * - `other`: it is another log under the same name. Where nobody names logs, one that ends before what was read counts
 *   as another: a topic is deleted by people every day, and a log cut only when a broker fails badly.
 */
export type LogStanding = 'follows' | 'gap' | 'cut' | 'other'

export function standingOf({ next, topicId }: ReadSoFar, found: Omit<LogFound, 'offsetAt'>): LogStanding {
  const isNamed = topicId !== undefined && found.topicId !== undefined
  if (isNamed && topicId !== found.topicId) return 'other'
  if (next > found.high) return isNamed ? 'cut' : 'other'
  return next < found.low ? 'gap' : 'follows'
}

export const placeOf = ({ topic, partition }: TopicPartition): string => `topic "${topic}", partition ${partition}`

/** Why reading cannot go on at `position`, or undefined where it can. */
export function whyNotReadable(id: TopicPartition, position: number, { low, high }: LogSpan): string | undefined {
  const name = placeOf(id)
  if (position < low) {
    return `${name}: the records from offset ${position} to ${low - 1} are no longer in its log (retention has deleted them)`
  }
  if (position > high) {
    return `${name}: the log ends at offset ${high}, before offset ${position} that was read already (the topic was created anew, or has lost records)`
  }
  return undefined
}
