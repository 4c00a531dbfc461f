// Node sees only some of the names that this CommonJS module exports; test runners see all of them.
import kafkajs, { type Admin } from 'kafkajs'
import { clientOf } from '../client.ts'
import type { KafkaConnection } from '../connection.ts'
import { describeFailure, KafkaProblem, typeOfFailure } from '../failure.ts'

/**
 * So long a value outlives the one that replaced it, in ms: whoever reads the topic may be so far behind, or away, and still
 * finds each step by itself.
 */
export const STEPS_KEPT_MS = 3_600_000

/** What is done with old records of a topic, and what happens where that is something else. */
type Cleaning = {
  readonly entries: Readonly<Record<string, string>>
  readonly must: readonly string[]
  readonly why: string
}

/** What is not cleaned yet is read by everybody who begins: so logs are cut into pieces, and these cleaned, often. */
const compacted: Cleaning = {
  entries: {
    'cleanup.policy': 'compact',
    'min.compaction.lag.ms': String(STEPS_KEPT_MS),
    'segment.bytes': String(64 * 1_048_576),
    'segment.ms': String(STEPS_KEPT_MS),
    'min.cleanable.dirty.ratio': '0.3',
  },
  must: ['cleanup.policy'],
  why: 'values that shards have published would be deleted while they hold',
}

/** Whoever writes it deletes what is superseded; nothing else may. */
const kept: Cleaning = {
  entries: { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' },
  must: ['cleanup.policy', 'retention.ms', 'retention.bytes'],
  why: 'what alerts and messages go on from would be deleted',
}

export type PreparedTopic = {
  readonly connection: KafkaConnection
  readonly topic: string
  readonly partitions: number
}

/**
 * Sees to it that there is the topic that shards publish to: made where it is missing, with more partitions where the
 * process has got more: as many as its topics have, one for each shard, so that a dead one holds up no other.
 *
 * @throws KafkaProblem where it cannot be used, or brokers do not answer.
 */
export const preparePublishedTopic = (settings: PreparedTopic): Promise<void> => prepare(settings, compacted)

/** The same of a topic with one partition that keeps all that is written to it. */
export const prepareKeptTopic = (settings: Omit<PreparedTopic, 'partitions'>): Promise<void> =>
  prepare({ ...settings, partitions: 1 }, kept)

async function prepare(settings: PreparedTopic, cleaning: Cleaning): Promise<void> {
  const { connection } = settings
  const admin = clientOf(connection, { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000 }).admin()
  try {
    await admin.connect()
    if (!(await admin.listTopics()).includes(settings.topic)) await create(admin, settings, cleaning)
    else await check(admin, settings, cleaning)
  } catch (error) {
    throw problemOf(error, settings, cleaning)
  } finally {
    await admin.disconnect()
  }
}

/** Where another process of the group was faster, kafkajs says so without a failure. */
async function create(admin: Admin, { topic, partitions }: PreparedTopic, { entries }: Cleaning): Promise<void> {
  const configEntries = Object.entries(entries).map(([name, value]) => ({ name, value }))
  try {
    // Leaders are found by whoever writes; waiting for them here fails instead of waiting.
    await admin.createTopics({ topics: [{ topic, numPartitions: partitions, configEntries }], waitForLeaders: false })
  } catch (error) {
    // Of several topics kafkajs tells several failures.
    throw error instanceof kafkajs.KafkaJSAggregateError ? error.errors[0] : error
  }
}

async function check(
  admin: Admin,
  { topic, partitions }: PreparedTopic,
  { entries, must, why }: Cleaning,
): Promise<void> {
  const found = await settingsOf(admin, topic, must)
  for (const name of must) {
    if (found.get(name) === entries[name]) continue
    throw new KafkaProblem({
      reason: `topic "${topic}" has ${name} "${found.get(name)}": ${why}`,
      remedy: `set its ${name} to ${entries[name]}, and nothing else; or delete it, so that it is made anew`,
      retrying: true,
    })
  }
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  const there = topics[0]?.partitions.length ?? 0
  if (there < partitions) await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] })
}

async function settingsOf(
  admin: Admin,
  topic: string,
  configNames: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: [...configNames] }],
  })
  return new Map(
    resources.flatMap(({ configEntries }) => configEntries.map(each => [each.configName, each.configValue])),
  )
}

function problemOf(
  error: unknown,
  { connection, topic, partitions }: PreparedTopic,
  { entries }: Cleaning,
): KafkaProblem {
  const settings = Object.entries(entries).map(([name, value]) => `${name} ${value}`)
  const failure = describeFailure(error, connection.brokers)
  if (!typeOfFailure(error)?.endsWith('_AUTHORIZATION_FAILED')) return new KafkaProblem(failure)
  const remedy = `allow this user to create topic "${topic}", to describe it and its configuration, to read and to write it; or create it with ${partitions} ${partitions === 1 ? 'partition' : 'partitions'}, ${settings.join(', ')}`
  return new KafkaProblem({ ...failure, remedy })
}
