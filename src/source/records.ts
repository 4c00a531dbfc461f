import type { SourceRecord } from '../event/record.ts'
import { Completion } from './completion.ts'
import type { Source, SourceListener } from './source.ts'

const RECORDS_A_BATCH = 1_000

/**
 * Reads records that are already in memory, one partition a topic.
 *
 * @param topics by name; the offsets rise.
 */
export function openRecordsSource(topics: ReadonlyMap<string, readonly SourceRecord[]>): Source {
  const completion = new Completion()
  let stopped = false
  const read = async (topic: string, records: readonly SourceRecord[], listener: SourceListener) => {
    const partition = { topic, partition: 0 }
    for (let first = 0; first < records.length && !stopped; first += RECORDS_A_BATCH) {
      await listener.batch({ ...partition, records: records.slice(first, first + RECORDS_A_BATCH) })
    }
    const end = (records.at(-1)?.offset ?? -1) + 1
    if (!stopped) listener.end(partition, end, end)
  }
  return {
    finished: completion.promise,
    async start(listener) {
      await listener.assigned([...topics.keys()].map(topic => ({ topic, partition: 0 })))
      Promise.all([...topics].map(([topic, records]) => read(topic, records, listener))).then(
        () => completion.resolve(),
        cause => {
          stopped = true
          completion.reject(cause)
        },
      )
    },
    async stop() {
      stopped = true
      completion.resolve()
    },
  }
}
