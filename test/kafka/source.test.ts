import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Source } from '../../src/source/source.ts'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { RecordingListener } from '../support/source/recording-listener.ts'
import {
  addPartitions,
  createTopics,
  deleteTopics,
  forgetBefore,
  newTopicName,
  openSource,
  produce,
  produceInTransactions,
} from './topics.ts'

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

/** Why it reads no further. Before that it may have said that a broker which has just started is not ready. */
async function refusal(listener: RecordingListener) {
  const find = () => listener.failures().find(({ retrying }) => !retrying)
  await listener.until(() => find() !== undefined)
  return find()!
}

describeKafka('the Kafka source', 'any', () => {
  let brokers = ''
  const open: Source[] = []
  const started = async (source: Source, listener: RecordingListener): Promise<RecordingListener> => {
    open.push(source)
    await source.start(listener)
    return listener
  }

  beforeAll(async () => {
    brokers = await sharedBroker()
  }, 200_000)

  afterEach(async () => {
    await Promise.all(open.splice(0).map(source => source.stop()))
  })

  afterAll(() => deleteTopics(brokers))

  test('hands over every record of every partition in the order of offsets, and says when it is at the end', async () => {
    const [topic] = await createTopics(brokers, { numPartitions: 6 })
    await produce(brokers, topic!, { count: 6_000, partitions: 6 })
    const listener = await started(openSource(brokers, [topic!]), new RecordingListener())
    const partitions = range(0, 6).map(partition => `${topic}:${partition}` as const)
    await listener.until(() => partitions.every(partition => listener.isAtEnd(partition)))
    for (const [number, partition] of partitions.entries()) {
      expect(listener.offsetsOf(partition)).toEqual(range(0, 1_000))
      const first = listener.recordsOf(partition)[0]!
      expect(Buffer.from(first.value!).toString().trim()).toBe(String(number))
      expect(Buffer.from(first.key!).toString()).toBe(`k${number}`)
    }
    expect(listener.changes).toEqual([`assigned ${partitions.join(' ')}`])
    // In between, a broker that has just started may have no coordinator for the group yet.
    expect(listener.states[0]!.kind).toBe('connecting')
    await listener.until(() => listener.states.at(-1)!.kind === 'connected')
    await produce(brokers, topic!, { from: 6_000, count: 6, partitions: 6 })
    await listener.until(() => partitions.every(partition => listener.offsetsOf(partition).length === 1_001))
  })

  test('goes on from the offsets that the listener names', async () => {
    const [topic] = await createTopics(brokers, { numPartitions: 2 })
    await produce(brokers, topic!, { count: 400, partitions: 2 })
    const listener = await started(openSource(brokers, [topic!]), new RecordingListener({ [`${topic}:0`]: 150 }))
    await listener.until(() => listener.isAtEnd(`${topic}:0`) && listener.isAtEnd(`${topic}:1`))
    expect(listener.offsetsOf(`${topic}:0`)).toEqual(range(150, 200))
    expect(listener.offsetsOf(`${topic}:1`)).toEqual(range(0, 200))
  })

  test('begins after the last record where the log is not to be read from its beginning', async () => {
    const [topic] = await createTopics(brokers, {})
    await produce(brokers, topic!, { count: 10 })
    const listener = await started(openSource(brokers, [topic!], { fromBeginning: false }), new RecordingListener())
    await listener.until(() => listener.isAtEnd(`${topic}:0`))
    await produce(brokers, topic!, { from: 10, count: 5 })
    await listener.until(() => listener.records.length === 5)
    expect(listener.offsetsOf(`${topic}:0`)).toEqual(range(10, 15))
  })

  test('a partition that the listener does not take waits, while the others flow and the membership lasts', async () => {
    const [topic] = await createTopics(brokers, { numPartitions: 2 })
    await produce(brokers, topic!, { count: 8_000, partitions: 2, bytes: 1_000 })
    const listener = new RecordingListener()
    listener.hold(`${topic}:0`)
    await started(openSource(brokers, [topic!]), listener)
    await listener.until(() => listener.isAtEnd(`${topic}:1`))
    expect(listener.batches.filter(({ partition }) => partition === 0)).toHaveLength(1)
    expect(listener.isAtEnd(`${topic}:0`)).toBe(false)
    // The ends come once a second: longer than the session of a member that sends no heartbeats lasts.
    const reports = listener.endReports
    await listener.until(() => listener.endReports >= reports + 2 * 13)
    await produce(brokers, topic!, { from: 8_000, count: 500, partitions: 2 })
    await listener.until(() => listener.offsetsOf(`${topic}:1`).length === 4_250)
    expect(listener.batches.filter(({ partition }) => partition === 0)).toHaveLength(1)
    listener.release(`${topic}:0`)
    await listener.until(() => listener.isAtEnd(`${topic}:0`))
    expect(listener.offsetsOf(`${topic}:0`)).toEqual(range(0, 4_250))
    expect(listener.changes).toHaveLength(1)
  }, 120_000)

  test('members share the partitions, the same numbers of all topics together, and each record is read on', async () => {
    const [first, second] = await createTopics(brokers, { numPartitions: 3 }, { numPartitions: 3 })
    const topics = [first!, second!]
    const group = { groupId: `test-${randomUUID()}`, sharedGroup: true }
    for (const topic of topics) await produce(brokers, topic, { count: 300, partitions: 3 })
    const one = await started(openSource(brokers, topics, group), new RecordingListener())
    await one.until(() => one.records.length === 600)
    const two = await started(
      openSource(brokers, topics, group),
      new RecordingListener(
        Object.fromEntries(topics.flatMap(topic => range(0, 3).map(partition => [`${topic}:${partition}`, 100]))),
      ),
    )
    await one.until(
      () => one.changes.some(change => change.startsWith('revoked')) && one.owned.size + two.owned.size === 6,
    )
    await two.until(() => one.owned.size + two.owned.size === 6 && two.owned.size > 0)
    const numbers = [...two.owned].map(key => key.split(':')[1])
    for (const number of numbers) for (const topic of topics) expect(two.owned).toContain(`${topic}:${number}`)
    expect([...one.owned].filter(key => two.owned.has(key))).toEqual([])

    for (const topic of topics) await produce(brokers, topic, { from: 300, count: 300, partitions: 3 })
    await one.until(() => [...one.owned].every(key => one.offsetsOf(key).at(-1) === 199))
    await two.until(() => [...two.owned].every(key => two.offsetsOf(key).at(-1) === 199))
    for (const key of one.owned) expect(one.offsetsOf(key)).toEqual(range(0, 200))
    for (const key of two.owned) expect(two.offsetsOf(key)).toEqual(range(100, 200))

    await open.pop()!.stop()
    await one.until(() => one.owned.size === 6)
  }, 120_000)

  test('transaction markers and aborted records leave gaps that do not keep a reader from its end', async () => {
    const [topic] = await createTopics(brokers, {})
    await produceInTransactions(brokers, topic!, ['commit', 'abort', 'commit', 'abort'])
    const listener = await started(openSource(brokers, [topic!]), new RecordingListener())
    await listener.until(() => listener.isAtEnd(`${topic}:0`))
    expect(listener.texts()).toEqual(['commit 0', 'commit 2'])
    expect(listener.offsetsOf(`${topic}:0`)).toEqual([0, 4])
    expect(listener.ends.get(`${topic}:0`)).toEqual({ endOffset: 8, readTo: 8 })
  }, 120_000)

  test('records that Kafka has deleted before they were read are reported, not skipped', async () => {
    const [topic] = await createTopics(brokers, {})
    await produce(brokers, topic!, { count: 100 })
    await forgetBefore(brokers, topic!, 60)
    const listener = await started(openSource(brokers, [topic!]), new RecordingListener({ [`${topic}:0`]: 20 }))
    expect((await refusal(listener)).reason).toBe(
      `topic "${topic}", partition 0: the records from offset 20 to 59 are no longer in Kafka (its retention has deleted them)`,
    )
    expect(listener.records).toEqual([])
  })

  test('records deleted while their partition waits for the listener are reported, not skipped', async () => {
    const [topic] = await createTopics(brokers, {})
    await produce(brokers, topic!, { count: 4_000, bytes: 1_000 })
    const listener = new RecordingListener()
    listener.hold(`${topic}:0`)
    await started(openSource(brokers, [topic!]), listener)
    await listener.until(() => listener.batches.length === 1)
    await forgetBefore(brokers, topic!, 3_999)
    expect((await refusal(listener)).reason).toMatch(/to 3998 are no longer in Kafka/)
    listener.release(`${topic}:0`)
  })

  test('a log that ends before what was read is reported, not read again', async () => {
    const [topic] = await createTopics(brokers, {})
    await produce(brokers, topic!, { count: 10 })
    const listener = await started(openSource(brokers, [topic!]), new RecordingListener({ [`${topic}:0`]: 11 }))
    expect((await refusal(listener)).reason).toMatch(
      /the log ends at offset 10, before offset 11 that was read already/,
    )
    expect(listener.records).toEqual([])
  })

  test('an event may be ten minutes after the append time where the topic has it, else after the wall clock', async () => {
    const now = Date.UTC(2026, 10, 23)
    const appendTime = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }]
    const [created, appended] = await createTopics(brokers, {}, { configEntries: appendTime })
    await produce(brokers, created!, { count: 1 })
    await produce(brokers, appended!, { count: 1 })
    const listener = await started(
      openSource(brokers, [created!, appended!], { now: () => now }),
      new RecordingListener(),
    )
    await listener.until(() => listener.records.length === 2)
    expect(listener.recordsOf(`${created!}:0`)[0]!.notAfter).toBe(now + 600_000)
    const record = listener.recordsOf(`${appended!}:0`)[0]!
    expect(record.notAfter).toBe(record.timestamp! + 600_000)
    expect(Math.abs(record.timestamp! - Date.now())).toBeLessThan(60_000)
  })

  test('a topic that does not exist is named, and read as soon as it does', async () => {
    const topic = newTopicName()
    const listener = await started(openSource(brokers, [topic]), new RecordingListener())
    const notFound = `topic "${topic}" not found at ${brokers.replaceAll(',', ', ')}`
    await listener.until(() => listener.failures().some(({ reason, retrying }) => reason === notFound && retrying))
    await createTopics(brokers, { topic })
    await produce(brokers, topic, { count: 3 })
    await listener.until(() => listener.records.length === 3)
  })

  test('topics of one process with different numbers of partitions are refused', async () => {
    const [one, two] = await createTopics(brokers, { numPartitions: 1 }, { numPartitions: 2 })
    const listener = await started(openSource(brokers, [one!, two!]), new RecordingListener())
    expect((await refusal(listener)).reason).toContain(`${one} has 1, ${two} has 2`)
  })

  test('partitions added to a topic are reported, because cases may then lie in two of them', async () => {
    const [topic] = await createTopics(brokers, {})
    const listener = await started(openSource(brokers, [topic!]), new RecordingListener())
    await listener.until(() => listener.isAtEnd(`${topic}:0`))
    await addPartitions(brokers, topic!, 3)
    expect((await refusal(listener)).reason).toMatch(/has got new partitions \(\d; there were 1\)/)
    await produce(brokers, topic!, { count: 5 })
    await listener.until(() => listener.offsetsOf(`${topic}:0`).length === 5)
  })

  test('what the listener throws ends the source', async () => {
    const [topic] = await createTopics(brokers, {})
    await produce(brokers, topic!, { count: 1 })
    const listener = new RecordingListener()
    listener.batch = async () => {
      throw new Error('the disk is full')
    }
    const source = openSource(brokers, [topic!])
    await started(source, listener)
    await expect(source.finished).rejects.toThrow('the disk is full')
  })
})
