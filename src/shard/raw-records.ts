import type { DeadLetter, RecordHeaders, SourceRecord } from '../event/record.ts'
import type { KeptRecord, ShardOutput } from './output.ts'

/** The records of a partition that leave as they came: those that could not be counted, and all where they are kept. */
export class RawRecords {
  readonly #process: string
  readonly #topics: readonly string[]
  readonly #partition: number
  #deadLetters: DeadLetter[] = []
  #kept: KeptRecord[] = []

  constructor(process: string, topics: readonly string[], partition: number) {
    this.#process = process
    this.#topics = topics
    this.#partition = partition
  }

  /**
   * Its bytes are copied: those of the source may lie in a buffer of megabytes, and a dead letter may have to wait long.
   *
   * @param topic position in the partition's topics.
   */
  bury(topic: number, record: SourceRecord, reason: DeadLetter['reason'], detail: string): void {
    const { timestamp } = record
    this.#deadLetters.push({
      ...this.#positionOf(topic, record),
      reason,
      detail,
      ...copyOf(record),
      ...(timestamp !== undefined && { timestamp }),
    })
  }

  /** @param topic position in the partition's topics. */
  keep(topic: number, record: SourceRecord): void {
    this.#kept.push({ ...this.#positionOf(topic, record), timestamp: record.timestamp, ...copyOf(record) })
  }

  /** Those since the last time. */
  take(): Pick<ShardOutput, 'deadLetters' | 'records'> {
    const taken = { deadLetters: this.#deadLetters, records: this.#kept }
    this.#deadLetters = []
    this.#kept = []
    return taken
  }

  #positionOf(topic: number, { offset }: SourceRecord) {
    return { process: this.#process, topic: this.#topics[topic] as string, partition: this.#partition, offset }
  }
}

/**
 * The bytes of a record may be a view of megabytes that were fetched together. These rows wait while the store is away,
 * and each would keep all of them.
 */
const copyOf = ({ key, value, headers }: SourceRecord) => ({
  key: key && Uint8Array.from(key),
  value: value && Uint8Array.from(value),
  ...(headers !== undefined && { headers: copied(headers) }),
})

const copied = (headers: RecordHeaders): RecordHeaders =>
  headers.map(([name, value]) => [name, value && Uint8Array.from(value)])
