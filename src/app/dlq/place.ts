import type { TopicPartition } from '../../event/record.ts'
import type { RedriveMark } from '../../source/kafka/dead-letter-record.ts'
import type { DeadLetterFilter, KeptDeadLetter } from '../../store/queries/dead-letters.ts'

/** Where dead letters are kept: their topic, or the store. */
export type DeadLetterPlace = {
  /** For people: `topic stagewatch.dead-letters`. */
  readonly name: string
  /**
   * Hands over those that are meant, each process and position once, those of one source partition in order of their
   * offsets as they were written; waits for each.
   */
  each(filter: DeadLetterFilter, use: (letter: KeptDeadLetter) => Promise<void> | void): Promise<void>
  /** Notes what was sent back; does nothing where the marks are in the topic already. */
  note(marks: readonly RedriveMark[]): Promise<void>
  close(): Promise<void>
}

/** A position as people write it: `orders.events:3:4711`. */
export type RecordPosition = TopicPartition & { readonly offset: number }

export const positionText = ({ topic, partition, offset }: RecordPosition): string => `${topic}:${partition}:${offset}`

/** Offsets by source partition: about 40 bytes for each, whatever the topic is called. */
export class Positions {
  readonly #offsets = new Map<string, Set<number>>()

  /** @returns false where it was in already. */
  add(owner: string, { topic, partition, offset }: RecordPosition): boolean {
    const key = `${owner}\0${topic}:${partition}`
    const offsets = this.#offsets.get(key) ?? new Set()
    this.#offsets.set(key, offsets)
    if (offsets.has(offset)) return false
    offsets.add(offset)
    return true
  }
}

export const isMeant = (filter: DeadLetterFilter, letter: KeptDeadLetter): boolean =>
  (filter.process === undefined || filter.process === letter.process) &&
  (filter.reason === undefined || filter.reason === letter.reason) &&
  (filter.topic === undefined || filter.topic === letter.topic) &&
  (filter.partition === undefined || filter.partition === letter.partition) &&
  (filter.offset === undefined || filter.offset === letter.offset)
