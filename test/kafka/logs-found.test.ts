import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { takeSample } from '../../src/app/init/sample.ts'
import { instant } from '../../src/event/instant.ts'
import { type PartitionKey, partitionKey, type Source } from '../../src/source/source.ts'
import { describeClients } from '../support/kafka/describe-clients.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { RecordingListener } from '../support/source/recording-listener.ts'
import { createAnew, createTopics, deleteTopics, forgetBefore, openSource, produce } from './topics.ts'

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

describeClients('what the Kafka source finds of its logs', 'any', client => {
  let brokers = ''
  const open: Source[] = []
  const started = async (topics: readonly string[], listener = new RecordingListener()) => {
    const source = openSource(brokers, topics, { client })
    open.push(source)
    await source.start(listener)
    return listener
  }
  const refusals = (listener: RecordingListener) => listener.failures().filter(({ retrying }) => !retrying)

  beforeAll(async () => {
    brokers = await sharedBroker()
  }, 200_000)

  afterEach(async () => {
    await Promise.all(open.splice(0).map(source => source.stop()))
  })

  afterAll(() => deleteTopics(brokers))

  test('comes with the assignment: the span of offsets, the id of the topic, offsets by time', async () => {
    const [one = '', other = ''] = await createTopics(brokers, { numPartitions: 2 }, { numPartitions: 2 })
    const before = Date.now()
    await produce(brokers, one, { count: 100, partitions: 2 })
    await forgetBefore(brokers, one, 20)
    const listener = await started([one, other])
    await listener.until(() => listener.found.length === 4)
    const found = new Map(listener.found.map(({ log, ...id }) => [partitionKey(id), log!]))
    const of = (key: PartitionKey) => found.get(key)!
    expect(of(`${one}:0`)).toMatchObject({ low: 20, high: 50 })
    expect(of(`${one}:1`)).toMatchObject({ low: 0, high: 50 })
    expect(of(`${other}:1`)).toMatchObject({ low: 0, high: 0 })
    expect(of(`${one}:0`).topicId).toMatch(/^[\w-]{22}$/)
    expect(of(`${one}:0`).topicId).toBe(of(`${one}:1`).topicId)
    expect(of(`${one}:0`).topicId).not.toBe(of(`${other}:0`).topicId)
    expect(await of(`${one}:1`).offsetAt(instant(before - 60_000))).toBe(0)
    expect(await of(`${one}:1`).offsetAt(instant(-1))).toBe(0)
    expect(await of(`${one}:0`).offsetAt(instant(Date.now() + 60_000))).toBe(50)
    expect(await of(`${other}:0`).offsetAt(instant(before))).toBe(0)
  })

  test('a partition that the listener refuses is told with its reason and not read, the others are', async () => {
    const [topic = ''] = await createTopics(brokers, { numPartitions: 2 })
    await produce(brokers, topic, { count: 20, partitions: 2 })
    const listener = new RecordingListener()
    const refusal = { reason: 'it is not what was left', remedy: 'look at it' }
    listener.answer = () => new Map([[`${topic}:0` as const, refusal]])
    await started([topic], listener)
    await listener.until(() => listener.isAtEnd(`${topic}:1`) && refusals(listener).length > 0)
    expect(refusals(listener)).toEqual([{ kind: 'failed', retrying: false, ...refusal }])
    expect(listener.offsetsOf(`${topic}:1`)).toEqual(range(0, 10))
    expect(listener.recordsOf(`${topic}:0`)).toEqual([])
  })

  test('records deleted while they wait: the listener says anew where the partition goes on, the others flow', async () => {
    const [topic = ''] = await createTopics(brokers, { numPartitions: 2 })
    await produce(brokers, topic, { count: 8_000, partitions: 2, bytes: 1_000 })
    const listener = new RecordingListener()
    listener.hold(`${topic}:0`)
    await started([topic], listener)
    await listener.until(
      () => listener.isAtEnd(`${topic}:1`) && listener.batches.some(({ partition }) => partition === 0),
    )
    listener.answer = partitions => new Map(partitions.map(id => [partitionKey(id), id.log!.low]))
    await forgetBefore(brokers, topic, 3_999)
    await listener.until(() => listener.changes.length === 3)
    listener.release(`${topic}:0`)
    await listener.until(() => listener.isAtEnd(`${topic}:0`))
    expect(listener.changes.slice(1)).toEqual([`revoked ${topic}:0`, `assigned ${topic}:0`])
    expect(listener.offsetsOf(`${topic}:0`).at(-1)).toBe(3_999)
    expect(listener.offsetsOf(`${topic}:1`)).toEqual(range(0, 4_000))
    expect(refusals(listener)).toEqual([])
    await produce(brokers, topic, { from: 8_000, count: 10, partitions: 2 })
    await listener.until(() => listener.offsetsOf(`${topic}:0`).at(-1) === 4_004)
    await listener.until(() => listener.offsetsOf(`${topic}:1`).at(-1) === 4_004)
  }, 120_000)

  test('a topic created anew while it is read is noticed, though the new one is longer than what was read', async () => {
    const [topic = '', beside = ''] = await createTopics(brokers, {}, {})
    await produce(brokers, topic, { count: 10 })
    const listener = await started([topic, beside])
    await listener.until(() => listener.isAtEnd(`${topic}:0`))
    const former = listener.found[0]!.log!.topicId
    listener.answer = partitions => new Map(partitions.map(id => [partitionKey(id), id.log!.low]))
    const before = listener.batches.length
    await createAnew(brokers, topic)
    await produce(brokers, topic, { from: 1_000, count: 40 })
    // From its beginning, whatever had been fetched at the former position before it was noticed.
    const lastTexts = () => {
      const records = listener.batches.slice(before).flatMap(batch => batch.records)
      return records.slice(-40).map(({ value }) => Number(Buffer.from(value!).toString()))
    }
    await listener.until(() => lastTexts()[0] === 1_000 && lastTexts().length === 40)
    expect(lastTexts()).toEqual(range(1_000, 1_040))
    const found = listener.found.filter(id => id.topic === topic)
    expect(new Set(found.map(({ log }) => log!.topicId)).size).toBe(2)
    expect(found.at(-1)!.log!.topicId).not.toBe(former)
    // Topics of one process are folded together, so both were asked for again.
    expect(listener.changes.at(-1)).toBe(`assigned ${[`${beside}:0`, `${topic}:0`].sort().join(' ')}`)
  }, 120_000)

  test('a listener that says nothing of a new topic is not given its records for those of the former one', async () => {
    const [topic = ''] = await createTopics(brokers, {})
    await produce(brokers, topic, { count: 10 })
    const listener = await started([topic])
    await listener.until(() => listener.isAtEnd(`${topic}:0`))
    await createAnew(brokers, topic)
    await listener.until(() => refusals(listener).length > 0)
    expect(refusals(listener)[0]!.reason).toContain('was deleted and created anew')
  }, 120_000)

  test('a sample of a topic begins with what retention has left', async () => {
    const [topic = ''] = await createTopics(brokers, {})
    await produce(brokers, topic, { count: 50 })
    await forgetBefore(brokers, topic, 30)
    const { batches, hasMore } = await takeSample(openSource(brokers, [topic], { client }), 10)
    expect(batches.flatMap(({ records }) => records.map(({ offset }) => offset))).toEqual(range(30, 40))
    expect(hasMore).toBe(true)
  })
})
