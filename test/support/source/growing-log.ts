import type { SourceRecord } from '../../../src/event/record.ts'
import { Completion } from '../../../src/source/completion.ts'
import { partitionKey, type Source, type SourceListener } from '../../../src/source/source.ts'
import { recordsOf } from '../../engine/logs.ts'

/** Half of what a source may take to tell a log's end again. */
const TELL_END_EVERY_MS = 500
const BATCH = 500

/** A topic of one partition in memory that grows while it is read, as Kafka's do. */
export class GrowingLog {
  readonly #topic: string
  readonly #values: string[] = []
  #wake: () => void = () => {}
  /** What lies behind it is there, but does not come: the reader is behind. */
  readableTo = Infinity

  constructor(topic: string) {
    this.#topic = topic
  }

  append(...events: readonly object[]): void {
    for (const event of events) this.#values.push(JSON.stringify(event))
    this.#wake()
  }

  /** Reads it from where the listener goes on, until it is stopped. One reader at a time. */
  open(): Source {
    const completion = new Completion()
    let isStopped = false
    let reading = Promise.resolve()
    const read = async (listener: SourceListener) => {
      const partition = { topic: this.#topic, partition: 0 }
      const position = (await listener.assigned([partition])).get(partitionKey(partition)) ?? 0
      if (typeof position !== 'number') throw new Error(`${position.reason}; ${position.remedy}`)
      let next = position
      listener.state({ kind: 'connected', to: 'a log in memory' })
      while (!isStopped) {
        const records = this.#from(next)
        next += records.length
        if (records.length > 0) await listener.batch({ ...partition, records })
        if (isStopped) return
        listener.end(partition, this.#values.length, next)
        if (records.length === 0) await this.#pause()
      }
    }
    return {
      finished: completion.promise,
      start: async listener => {
        reading = read(listener).then(
          () => completion.resolve(),
          error => completion.reject(error),
        )
      },
      stop: async () => {
        isStopped = true
        this.#wake()
        // A batch in hand is the listener's affair.
        void reading
      },
    }
  }

  #from(next: number): SourceRecord[] {
    return recordsOf(this.#values.slice(next, Math.min(next + BATCH, this.readableTo)), next, Date.now())
  }

  #pause(): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, TELL_END_EVERY_MS)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
