// Node sees only some of the names that this CommonJS module exports; test runners see all of them.
import kafkajs, { type Admin } from 'kafkajs'
import type { TopicPartition } from '../../event/record.ts'
import { type PartitionKey, partitionKey } from '../source.ts'
import { describeFailure, KafkaProblem } from './failure.ts'

/** What the cluster says of the topics of one process. */
export type TopicFacts = {
  /** The same for each of the topics. */
  readonly partitions: number
  /** Topics whose records carry the broker's time of appending. */
  readonly appendTime: ReadonlySet<string>
  /** Why the kind of timestamps could not be asked for, where it could not. */
  readonly appendTimeUnknown: string | undefined
}

/**
 * @throws KafkaProblem where a topic does not exist, or the topics cannot be read together.
 * @throws whatever kafkajs throws where the cluster does not answer.
 */
export async function readTopicFacts(
  admin: Admin,
  topics: readonly string[],
  brokers: readonly string[],
): Promise<TopicFacts> {
  // Asking for one topic's metadata might create it; the list does not.
  const existing = new Set(await admin.listTopics())
  const missing = topics.filter(topic => !existing.has(topic))
  if (missing.length > 0) {
    const names = missing.map(topic => `"${topic}"`).join(', ')
    throw new KafkaProblem({
      reason: `${missing.length === 1 ? 'topic' : 'topics'} ${names} not found at ${brokers.join(', ')}`,
      remedy:
        'create it, allow this user to describe it, or correct `topics` in the process file; reading begins when it exists',
      retrying: true,
    })
  }
  const metadata = await admin.fetchTopicMetadata({ topics: [...topics] })
  const found = new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]))
  const counts = topics.map(name => ({ name, count: found.get(name) ?? 0 }))
  const partitions = counts[0]?.count ?? 0
  if (counts.some(({ count }) => count !== partitions)) {
    throw new KafkaProblem({
      reason: `the topics of one process need equal numbers of partitions: ${counts.map(({ name, count }) => `${name} has ${count}`).join(', ')}`,
      remedy:
        'give them the same number, with the same key for a case, so that all events of a case lie in one partition number',
      retrying: false,
    })
  }
  try {
    return { partitions, appendTime: await topicsWithAppendTime(admin, topics), appendTimeUnknown: undefined }
  } catch (cause) {
    return { partitions, appendTime: new Set(), appendTimeUnknown: describeFailure(cause, brokers).reason }
  }
}

async function topicsWithAppendTime(admin: Admin, topics: readonly string[]): Promise<Set<string>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(name => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: ['message.timestamp.type'],
    })),
  })
  const withAppendTime = resources.filter(({ configEntries }) =>
    configEntries.some(
      ({ configName, configValue }) => configName === 'message.timestamp.type' && configValue === 'LogAppendTime',
    ),
  )
  return new Set(withAppendTime.map(({ resourceName }) => resourceName))
}

/** The span of offsets that a partition's log holds: from `low`, and below `high`. */
export type LogSpan = { readonly low: number; readonly high: number }

export async function readLogSpans(
  admin: Admin,
  topics: readonly string[],
): Promise<ReadonlyMap<PartitionKey, LogSpan>> {
  const spans = new Map<PartitionKey, LogSpan>()
  for (const topic of topics) {
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      spans.set(partitionKey({ topic, partition }), { low: Number(low), high: Number(high) })
    }
  }
  return spans
}

export const placeOf = ({ topic, partition }: TopicPartition): string => `topic "${topic}", partition ${partition}`

/** Why reading cannot go on at `position`, or undefined where it can. */
export function whyNotReadable(
  partition: TopicPartition,
  position: number,
  { low, high }: LogSpan,
): string | undefined {
  const name = placeOf(partition)
  if (position < low) {
    return `${name}: the records from offset ${position} to ${low - 1} are no longer in Kafka (its retention has deleted them)`
  }
  if (position > high) {
    return `${name}: the log ends at offset ${high}, before offset ${position} that was read already (the topic was created anew, or has lost records)`
  }
  return undefined
}
