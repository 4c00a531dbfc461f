import { createHash } from 'node:crypto'
import type { KafkaConnection } from '../../source/kafka/connection.ts'
import { EventTopics } from '../../source/kafka/event-topics.ts'
import { KafkaProblem } from '../../source/kafka/failure.ts'
import type { EventKeeper, KeepBatch } from './event-ingest.ts'

type Kept = ReturnType<EventKeeper['keep']>

/** Batches that are known for what they are when they come again. */
const MOST_KNOWN = 10_000

const AGAIN = 'send the batch again: what was written already is harmless, since events are known by their identity'

/**
 * Topics of Kafka that events are written to: acknowledged when the brokers have.
 *
 * A batch that comes again under its id is known for a while, by this process alone. Otherwise, as after a restart or where an
 * answer of the brokers was lost, its records are written once more, and are duplicates for whoever counts them.
 */
export class IngestTopics implements EventKeeper {
  readonly #topics: EventTopics
  /** The oldest first. */
  readonly #known = new Map<string, { readonly sum: string; readonly kept: Kept }>()

  constructor(connection: KafkaConnection) {
    this.#topics = new EventTopics(connection)
  }

  async keep(batch: KeepBatch): Kept {
    const name = JSON.stringify([batch.topic, batch.id])
    const sum = sumOf(batch)
    const known = this.#known.get(name)
    if (known !== undefined) {
      if (known.sum !== sum) return { outcome: 'id-taken' }
      const former = await known.kept
      return former.outcome === 'kept' ? { ...former, outcome: 'repeated' } : former
    }
    const kept = this.#write(batch)
    this.#known.set(name, { sum, kept })
    const [oldest] = this.#known.keys()
    if (this.#known.size > MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest)
    let isKept = false
    try {
      isKept = (await kept).outcome === 'kept'
    } finally {
      if (!isKept) this.#known.delete(name)
    }
    return kept
  }

  close(): Promise<void> {
    return this.#topics.close()
  }

  async #write({ topic, records, areCloudEvents }: KeepBatch): Kept {
    const contentType = areCloudEvents ? 'application/cloudevents+json; charset=UTF-8' : undefined
    try {
      const at = await this.#topics.write(
        topic,
        records.map(({ key, value }) => ({ key, value, contentType })),
      )
      return { outcome: 'kept', at }
    } catch (error) {
      if (!(error instanceof KafkaProblem)) throw error
      const { reason, remedy, retrying } = error.failure
      if (retrying) return { outcome: 'kafka-away', reason, remedy: `${remedy}; then ${AGAIN}` }
      return { outcome: 'too-long', reason, remedy: `${remedy}, or shorten the record; then ${AGAIN}` }
    }
  }
}

function sumOf({ records }: KeepBatch): string {
  const hash = createHash('sha256')
  for (const { key, value } of records)
    hash
      .update(`${key?.length ?? -1} ${value.length} `)
      .update(key ?? '')
      .update(value)
  return hash.digest('base64url')
}
