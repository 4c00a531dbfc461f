import type { TopicPartition } from '../event/record.ts'
import { Completion } from '../source/completion.ts'
import {
  type PartitionKey,
  partitionKey,
  type Source,
  type SourceListener,
  type SourceState,
} from '../source/source.ts'
import { CouldNotRun } from './could-not-run.ts'

/** A source that goes on trying is given so long. */
const PATIENCE_MS = 10_000

/** A source that finishes, and says how far it is. */
export type EndingSource = Source & {
  /** From 0 to 1. */
  readonly share: () => number
}

/**
 * A source that never ends, as one that does: it has finished when its logs have been read to where they ended when it
 * was opened. What is written to them meanwhile is left out.
 *
 * `finished` rejects with CouldNotRun where the source cannot read, or goes on trying for too long.
 */
export function untilItsEnd(source: Source): EndingSource {
  const done = new Completion()
  // Who waits for it hears of it; until then a failure must not count as unhandled.
  done.promise.catch(() => {})
  let reading: Reading | undefined
  source.finished.then(
    () => done.resolve(),
    reason => done.reject(reason),
  )
  return {
    finished: done.promise,
    start(listener) {
      reading = new Reading(listener, done)
      return source.start(reading)
    },
    async stop() {
      reading?.stop()
      await source.stop()
    },
    share: () => reading?.share() ?? 0,
  }
}

/** How far one log is read. */
type Log = { readonly from: number; end: number | undefined; readTo: number }

class Reading implements SourceListener {
  readonly #listener: SourceListener
  readonly #done: Completion
  readonly #logs = new Map<PartitionKey, Log>()
  #inHand = 0
  #failing: NodeJS.Timeout | undefined

  constructor(listener: SourceListener, done: Completion) {
    this.#listener = listener
    this.#done = done
  }

  async assigned(partitions: Parameters<SourceListener['assigned']>[0]) {
    for (const { topic, partition, log } of partitions) {
      const from = log?.low ?? 0
      this.#logs.set(partitionKey({ topic, partition }), { from, end: undefined, readTo: from })
    }
    return this.#listener.assigned(partitions)
  }

  async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    for (const partition of partitions) this.#logs.delete(partitionKey(partition))
    await this.#listener.revoked(partitions)
  }

  async batch(batch: Parameters<SourceListener['batch']>[0]): Promise<void> {
    const end = this.#logs.get(partitionKey(batch))?.end ?? Infinity
    const records = batch.records.filter(({ offset }) => offset < end)
    if (records.length === 0) return
    this.#inHand++
    try {
      await this.#listener.batch({ ...batch, records })
    } finally {
      this.#inHand--
    }
    this.#look()
  }

  end(partition: TopicPartition, endOffset: number, readTo: number): void {
    const log = this.#logs.get(partitionKey(partition))
    if (log === undefined) return
    log.end ??= endOffset
    log.readTo = Math.min(readTo, log.end)
    this.#listener.end(partition, log.end, log.readTo)
    this.#look()
  }

  state(state: SourceState): void {
    this.#listener.state(state)
    if (state.kind !== 'failed') {
      this.stop()
      return
    }
    const failure = new CouldNotRun({ problem: state.reason, remedy: state.remedy })
    if (!state.retrying) this.#done.reject(failure)
    else this.#failing ??= setTimeout(() => this.#done.reject(failure), PATIENCE_MS)
  }

  stop(): void {
    clearTimeout(this.#failing)
    this.#failing = undefined
  }

  share(): number {
    let read = 0
    let all = 0
    for (const { from, end, readTo } of this.#logs.values()) {
      if (end === undefined) return 0
      read += readTo - from
      all += end - from
    }
    return all <= 0 ? 0 : read / all
  }

  #look(): void {
    const logs = [...this.#logs.values()]
    if (this.#inHand > 0 || logs.length === 0) return
    if (logs.every(({ end, readTo }) => end !== undefined && readTo >= end)) this.#done.resolve()
  }
}
