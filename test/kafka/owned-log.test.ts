import { randomUUID } from 'node:crypto'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { SourceRecord } from '../../src/event/record.ts'
import type { KafkaFailure } from '../../src/source/kafka/failure.ts'
import { type Claim, type LogRecord, OwnedLog, TakenOver } from '../../src/source/kafka/published/owned-log.ts'
import { preparePublishedTopic } from '../../src/source/kafka/published/published-topic.ts'
import { readLog } from '../../src/source/kafka/published/read-log.ts'
import { startBroker } from '../support/kafka/broker.ts'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { until } from '../support/until.ts'
import { connectionTo } from './published-scene.ts'
import { createTopics, deleteTopics, newTopicName } from './topics.ts'

const WITHIN_MS = 90_000
const logs: OwnedLog[] = []

afterEach(async () => {
  for (const log of logs.splice(0)) await log.close()
})

/** Claims are records under the key "claim", as `generation owner`. */
const claimIn = ({ key, value }: SourceRecord): Claim | undefined => {
  if (Buffer.from(key ?? []).toString() !== 'claim') return undefined
  const [generation = '', owner = ''] = Buffer.from(value ?? [])
    .toString()
    .split(' ')
  return { generation: Number(generation), owner }
}

const begin = ({ generation, owner }: Claim): LogRecord => recordOf('claim', `${generation} ${owner}`)

const recordOf = (key: string, value: string): LogRecord => ({
  key: Buffer.from(key),
  value: Buffer.from(value),
  headers: [],
})

function open(
  brokers: string,
  topic: string,
  health: (problem: KafkaFailure | undefined) => void = () => {},
): OwnedLog {
  const log = new OwnedLog({
    connection: connectionTo({ brokers }),
    topic,
    partition: 0,
    partitions: 1,
    transactionalId: `id-${topic}`,
    owner: randomUUID(),
    claimIn,
    health,
  })
  logs.push(log)
  return log
}

async function valuesIn(brokers: string, topic: string, key: string): Promise<string[]> {
  const values: string[] = []
  const where = { connection: connectionTo({ brokers }), topic, partition: 0, partitions: 1, from: undefined }
  await readLog({ ...where, signal: new AbortController().signal }, record => {
    if (Buffer.from(record.key ?? []).toString() === key) values.push(Buffer.from(record.value ?? []).toString())
  })
  return values
}

/** Begins with the id of the log and says nothing of it, as a writer does that has lost its connection. */
async function disturb(brokers: string, topic: string): Promise<void> {
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    transactionalId: `id-${topic}`,
    idempotent: true,
    maxInFlightRequests: 1,
  })
  await producer.connect()
  await (await producer.transaction()).abort()
  await producer.disconnect()
}

describeKafka('a log with one owner', 'any', () => {
  let brokers = ''

  beforeAll(async () => {
    brokers = await sharedBroker()
  }, 200_000)
  afterAll(() => deleteTopics(brokers))

  const newLog = async () => (await createTopics(brokers, { configEntries: compacted }))[0] as string

  test('each owner begins a generation of its own, and is told what is there', async () => {
    const topic = await newLog()
    const first = open(brokers, topic)
    expect(await first.claim(() => {}, begin)).toBe(1)
    await first.write([recordOf('a', '1'), recordOf('b', '2')])
    const found: string[] = []
    const second = open(brokers, topic)
    expect(await second.claim(({ key }) => found.push(Buffer.from(key ?? []).toString()), begin)).toBe(2)
    expect(found).toEqual(['claim', 'a', 'b'])
  })

  test('a former owner writes nothing more, and does not disturb the new one', async () => {
    const topic = await newLog()
    const first = open(brokers, topic)
    await first.claim(() => {}, begin)
    const problems: (KafkaFailure | undefined)[] = []
    const second = open(brokers, topic, problem => problems.push(problem))
    await second.claim(() => {}, begin)
    await expect(first.write([recordOf('a', 'of the first')])).rejects.toThrow(TakenOver)
    await second.write([recordOf('a', 'of the second')])
    expect(await valuesIn(brokers, topic, 'a')).toEqual(['of the second'])
    expect(problems.filter(problem => problem !== undefined)).toEqual([])
  })

  test('an owner whose id somebody has begun with goes on where the log still names it', async () => {
    const topic = await newLog()
    const log = open(brokers, topic)
    await log.claim(() => {}, begin)
    await disturb(brokers, topic)
    await log.write([recordOf('a', '1')])
    expect(await valuesIn(brokers, topic, 'a')).toEqual(['1'])
    expect(await valuesIn(brokers, topic, 'claim')).toHaveLength(1)
  })

  test('more than a request takes is one transaction all the same', async () => {
    const topic = await newLog()
    const log = open(brokers, topic)
    await log.claim(() => {}, begin)
    const large = 'x'.repeat(400_000)
    await log.write(Array.from({ length: 5 }, (_, index) => recordOf('a', `${index}${large}`)))
    expect((await valuesIn(brokers, topic, 'a')).map(value => value[0])).toEqual(['0', '1', '2', '3', '4'])
  })

  test('the topic is made where it is missing, gets more partitions, and must not delete values', async () => {
    const topic = newTopicName()
    const connection = connectionTo({ brokers })
    const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    try {
      await preparePublishedTopic({ connection, topic, partitions: 2 })
      const partitions = async () => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions.length
      await until('two partitions', WITHIN_MS, async () => ((await partitions()) === 2 ? true : undefined))
      await preparePublishedTopic({ connection, topic, partitions: 3 })
      await until('three partitions', WITHIN_MS, async () => ((await partitions()) === 3 ? true : undefined))
    } finally {
      await admin.deleteTopics({ topics: [topic] })
      await admin.disconnect()
    }
    const [deleting = ''] = await createTopics(brokers, {
      configEntries: [{ name: 'cleanup.policy', value: 'delete' }],
    })
    await expect(preparePublishedTopic({ connection, topic: deleting, partitions: 1 })).rejects.toThrow(
      /cleanup\.policy "delete".*set its cleanup\.policy to compact/,
    )
  })
})

const compacted = [{ name: 'cleanup.policy', value: 'compact' }]

describeKafka('a log with one owner, and a broker of its own', 'ours', () => {
  test('what is written while the broker is away stands in the log when it is back, and health says why not before', {
    timeout: 300_000,
  }, async () => {
    const broker = await startBroker()
    try {
      const topic = newTopicName()
      await preparePublishedTopic({ connection: connectionTo(broker), topic, partitions: 1 })
      const problems: (KafkaFailure | undefined)[] = []
      const log = open(broker.brokers, topic, problem => problems.push(problem))
      await log.claim(() => {}, begin)
      await broker.kill()
      const written = log.write([recordOf('a', '1')])
      await until('a problem', WITHIN_MS, () => problems.find(problem => problem !== undefined))
      await broker.restart()
      await written
      expect(problems.at(-1)).toBeUndefined()
      expect(new Set(await valuesIn(broker.brokers, topic, 'a'))).toEqual(new Set(['1']))
      await log.close()
    } finally {
      await broker.stop()
    }
  })
})
