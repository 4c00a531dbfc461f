import type { SourceRecord, TopicPartition } from '../../event/record.ts'
import type { Refusal, SourceListener } from '../source.ts'

/** A batch with the listener and one waiting for it: enough that neither waits for the other, and a bound on memory. */
const MAX_BATCHES = 2

/**
 * One partition on its way from the client to the listener: at most two batches, handed over one after the other.
 *
 * It knows two positions: `position`, what the client shall fetch next, and `readTo`, below which all is handed over.
 */
export class PartitionFeed {
  readonly partition: TopicPartition
  /** Fetching is stopped because the feed is full. */
  paused = false
  /** Why fetching is stopped for good: what lies at `position` cannot be read. */
  refusal: Refusal | undefined
  /** Its log is not what was expected: whoever listens has to say anew where it goes on. */
  unsettled = false
  /** Names its log; undefined: nobody says. */
  readonly topicId: string | undefined
  #position: number
  #readTo: number
  #endOffset = 0
  #closed = false
  readonly #listener: SourceListener
  readonly #failed: (cause: unknown) => void
  readonly #queue: { readonly records: readonly SourceRecord[]; readonly next: number }[] = []
  #delivering = false
  #roomMade: () => void = () => {}

  /** @param failed is told what the listener threw; nothing more is handed over then. */
  constructor(
    partition: TopicPartition,
    from: number,
    topicId: string | undefined,
    listener: SourceListener,
    failed: (cause: unknown) => void,
  ) {
    this.partition = partition
    this.topicId = topicId
    this.#position = from
    this.#readTo = from
    this.#listener = listener
    this.#failed = failed
  }

  get broken(): boolean {
    return this.refusal !== undefined
  }

  get position(): number {
    return this.#position
  }

  /** Tells the listener how far the log goes and how far it has been handed over. */
  sawEnd(endOffset: number): void {
    // An answer may be older than what has been fetched since.
    this.#endOffset = Math.max(this.#endOffset, endOffset, this.#position)
    this.#reportEnd()
  }

  get hasRoom(): boolean {
    return this.#queue.length < MAX_BATCHES
  }

  /**
   * Takes what was fetched at `position`.
   *
   * @param records may be empty: offsets that hold nothing for a reader.
   * @param next the offset to fetch next.
   * @param endOffset where the log ended when this was fetched.
   */
  offer(records: readonly SourceRecord[], next: number, endOffset: number): void {
    this.#position = next
    this.#endOffset = Math.max(this.#endOffset, endOffset, next)
    this.#queue.push({ records, next })
    if (!this.#delivering) this.#deliver().catch(this.#failed)
  }

  /** @returns when there is room for another batch, or after `ms`. */
  async room(ms: number): Promise<void> {
    if (this.hasRoom) return
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, ms)
      this.#roomMade = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** What waits is dropped; what the listener has in hand stays its own. */
  close(): void {
    this.#closed = true
    this.#queue.length = 0
    this.#roomMade()
  }

  /** Told when a full feed has room again. */
  onRoom: () => void = () => {}

  #reportEnd(): void {
    if (!this.#closed && !this.broken) this.#listener.end(this.partition, this.#endOffset, this.#readTo)
  }

  async #deliver(): Promise<void> {
    this.#delivering = true
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      if (first.records.length > 0) await this.#listener.batch({ ...this.partition, records: first.records })
      if (this.#closed) return
      this.#readTo = first.next
      this.#reportEnd()
      this.#queue.shift()
      this.#roomMade()
      this.onRoom()
    }
    this.#delivering = false
  }
}
