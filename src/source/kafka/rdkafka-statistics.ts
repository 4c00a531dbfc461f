import * as z from 'zod'
import { type PartitionKey, partitionKey } from '../source.ts'

/** Of librdkafka's statistics what we read. */
const statistics = z.object({
  topics: z.record(z.string(), z.object({ partitions: z.record(z.string(), z.object({ fetch_state: z.string() })) })),
})

/** The partitions that librdkafka knows and does not fetch, be it that they are not ours or that it has given them up. */
export function partitionsNotFetched(json: string): Set<PartitionKey> {
  const { topics } = statistics.parse(JSON.parse(json))
  return new Set(
    Object.entries(topics).flatMap(([topic, { partitions }]) =>
      Object.entries(partitions)
        .filter(([, state]) => state.fetch_state === 'none' || state.fetch_state === 'stopped')
        .map(([partition]) => partitionKey({ topic, partition: Number(partition) })),
    ),
  )
}
