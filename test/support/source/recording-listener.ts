import type { RecordBatch, SourceRecord, TopicPartition } from '../../../src/event/record.ts'
import {
  type AssignedPartition,
  type PartitionKey,
  type Positions,
  partitionKey,
  type SourceListener,
  type SourceState,
} from '../../../src/source/source.ts'

/** Finds what hangs; less than the time limit of a test, so that it is told what was waited for. */
const WITHIN_MS = 60_000

/** Writes down all that a source says, answers as told, and lets a test wait for what it expects. */
export class RecordingListener implements SourceListener {
  readonly states: SourceState[] = []
  /** `assigned a:0 a:1`, `revoked a:1`, in order. */
  readonly changes: string[] = []
  readonly batches: RecordBatch[] = []
  /** The last report of each partition. */
  readonly ends = new Map<PartitionKey, { readonly endOffset: number; readonly readTo: number }>()
  endReports = 0
  readonly owned = new Set<PartitionKey>()
  /** What each assignment said, partition by partition. */
  readonly found: AssignedPartition[] = []
  /** Answers an assignment; a test may answer otherwise. */
  answer: (partitions: readonly AssignedPartition[]) => Positions
  readonly #held = new Map<PartitionKey, { readonly released: Promise<void>; readonly release: () => void }>()
  readonly #waiting = new Set<() => void>()

  constructor(from: Readonly<Record<PartitionKey, number>> = {}) {
    const answer = new Map(Object.entries(from) as [PartitionKey, number][])
    this.answer = () => answer
  }

  async assigned(partitions: readonly AssignedPartition[]): Promise<Positions> {
    this.found.push(...partitions)
    this.#change('assigned', partitions)
    for (const partition of partitions) this.owned.add(partitionKey(partition))
    this.#happened()
    return this.answer(partitions)
  }

  async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    this.#change('revoked', partitions)
    for (const partition of partitions) this.owned.delete(partitionKey(partition))
    this.#happened()
  }

  async batch(batch: RecordBatch): Promise<void> {
    this.batches.push(batch)
    this.#happened()
    await this.#held.get(partitionKey(batch))?.released
  }

  end(partition: TopicPartition, endOffset: number, readTo: number): void {
    this.ends.set(partitionKey(partition), { endOffset, readTo })
    this.endReports++
    this.#happened()
  }

  state(state: SourceState): void {
    this.states.push(state)
    this.#happened()
  }

  /** From now on batches of the partition are not taken. */
  hold(partition: PartitionKey): void {
    let release = () => {}
    const released = new Promise<void>(resolve => {
      release = resolve
    })
    this.#held.set(partition, { released, release })
  }

  release(partition: PartitionKey): void {
    this.#held.get(partition)?.release()
    this.#held.delete(partition)
  }

  /**
   * Resolves as soon as the condition holds; it is asked after each call of the source.
   *
   * @throws Error with the condition, and what the source has said, where it does not hold in time.
   */
  until(condition: () => boolean, withinMs = WITHIN_MS): Promise<void> {
    if (condition()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const check = () => {
        if (!condition()) return
        clearTimeout(tooLate)
        this.#waiting.delete(check)
        resolve()
      }
      const tooLate = setTimeout(() => {
        this.#waiting.delete(check)
        reject(new Error(`not within ${withinMs / 1_000} s: ${condition}\n${this.#summary()}`))
      }, withinMs)
      this.#waiting.add(check)
    })
  }

  get records(): SourceRecord[] {
    return this.batches.flatMap(({ records }) => records)
  }

  recordsOf(partition: PartitionKey): SourceRecord[] {
    return this.batches.filter(batch => partitionKey(batch) === partition).flatMap(({ records }) => records)
  }

  offsetsOf(partition: PartitionKey): number[] {
    return this.recordsOf(partition).map(({ offset }) => offset)
  }

  texts(): string[] {
    return this.records.map(({ value }) => (value === null ? '' : Buffer.from(value).toString()))
  }

  isAtEnd(partition: PartitionKey): boolean {
    const end = this.ends.get(partition)
    return end !== undefined && end.readTo >= end.endOffset
  }

  failures(): Extract<SourceState, { kind: 'failed' }>[] {
    return this.states.filter(state => state.kind === 'failed')
  }

  #summary(): string {
    const { states, changes, ends, batches, records } = this
    return [
      `states: ${states.map(state => JSON.stringify(state)).join(', ')}`,
      `changes: ${changes.join(', ')}`,
      `ends: ${[...ends].map(([key, { endOffset, readTo }]) => `${key} read to ${readTo} of ${endOffset}`).join(', ')}`,
      `${records.length} records in ${batches.length} batches`,
    ].join('\n')
  }

  #change(what: string, partitions: readonly TopicPartition[]): void {
    this.changes.push(`${what} ${partitions.map(partitionKey).sort().join(' ')}`)
  }

  #happened(): void {
    for (const check of [...this.#waiting]) check()
  }
}
