import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Source } from '../../src/source/source.ts'
import { describeClients } from '../support/kafka/describe-clients.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { RecordingListener } from '../support/source/recording-listener.ts'
import { until } from '../support/until.ts'
import {
  addPartitions,
  beginTransaction,
  createTopics,
  deleteTopics,
  forgetBefore,
  newTopicName,
  openSource,
  produce,
  produceInTransactions,
} from './topics.ts'

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

const compacting = Object.entries({
  'cleanup.policy': 'compact',
  'min.cleanable.dirty.ratio': '0.01',
  'max.compaction.lag.ms': '1',
  'segment.ms': '100',
}).map(([name, value]) => ({ name, value }))

/** Why it reads no further. Before that it may have said that a broker which has just started is not ready. */
async function refusal(listener: RecordingListener) {
  const find = () => listener.failures().find(({ retrying }) => !retrying)
  await listener.until(() => find() !== undefined)
  return find()!
}

describeClients('the Kafka source', 'any', client => {
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
    const listener = await started(openSource(brokers, [topic!], { client }), new RecordingListener())
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
    const listener = await started(
      openSource(brokers, [topic!], { client }),
      new RecordingListener({ [`${topic}:0`]: 150 }),
    )
    await listener.until(() => listener.isAtEnd(`${topic}:0`) && listener.isAtEnd(`${topic}:1`))
    expect(listener.offsetsOf(`${topic}:0`)).toEqual(range(150, 200))
    expect(listener.offsetsOf(`${topic}:1`)).toEqual(range(0, 200))
  })

  test('begins after the last record where the log is not to be read from its beginning', async () => {
    const [topic] = await createTopics(brokers, {})
    await produce(brokers, topic!, { count: 10 })
    const listener = await started(
      openSource(brokers, [topic!], { client, fromBeginning: false }),
      new RecordingListener(),
    )
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
    await started(openSource(brokers, [topic!], { client }), listener)
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

  test('transaction markers and aborted records leave gaps that do not keep a reader from its end', async () => {
    const [topic] = await createTopics(brokers, {})
    await produceInTransactions(brokers, topic!, ['commit', 'abort', 'commit', 'abort'])
    const listener = await started(openSource(brokers, [topic!], { client }), new RecordingListener())
    await listener.until(() => listener.isAtEnd(`${topic}:0`))
    expect(listener.texts()).toEqual(['commit 0', 'commit 2'])
    expect(listener.offsetsOf(`${topic}:0`)).toEqual([0, 4])
    expect(listener.ends.get(`${topic}:0`)).toEqual({ endOffset: 8, readTo: 8 })
  }, 120_000)

  test('what an open transaction holds back is still to come: the reader is behind, and loses nothing', async () => {
    const [topic] = await createTopics(brokers, {})
    await produce(brokers, topic!, { count: 3 })
    const listener = new RecordingListener()
    const { end } = await beginTransaction(brokers, topic!, ['within'])
    await produce(brokers, topic!, { from: 3, count: 2 })
    await started(openSource(brokers, [topic!], { client }), listener)
    await listener.until(() => listener.records.length === 3)
    // Longer than a partition may stand still without reason.
    const reports = listener.endReports
    await listener.until(() => listener.endReports >= reports + 4)
    expect(listener.ends.get(`${topic}:0`)).toEqual({ endOffset: 6, readTo: 3 })
    await end('commit')
    await listener.until(() => listener.records.length === 6)
    expect(listener.offsetsOf(`${topic}:0`)).toEqual(range(0, 6))
    expect(listener.texts()[3]).toBe('within')
    expect(listener.failures()).toEqual([])
  })

  test('gaps that compaction has left are no loss, also where the next record to read lies in one', async () => {
    const [topic] = await createTopics(brokers, { configEntries: compacting })
    await produce(brokers, topic!, { count: 100, keys: 10 })
    let next = 100
    const left = await until('a compacted log', 60_000, async () => {
      // A segment is compacted only when a later one has begun. Each of these has a key of its own: with one key for all
      // of them, compaction might take away between the two reads what the first one has seen.
      await produce(brokers, topic!, { from: next++, count: 1 })
      const source = openSource(brokers, [topic!], { client })
      const reader = new RecordingListener()
      await source.start(reader)
      await reader.until(() => reader.isAtEnd(`${topic}:0`))
      await source.stop()
      expect(reader.failures()).toEqual([])
      const offsets = reader.offsetsOf(`${topic}:0`)
      return offsets[0] === 90 ? offsets : undefined
    })
    expect(left.slice(0, 10)).toEqual(range(90, 100))
    const inTheGap = await started(
      openSource(brokers, [topic!], { client }),
      new RecordingListener({ [`${topic}:0`]: 40 }),
    )
    await inTheGap.until(() => inTheGap.isAtEnd(`${topic}:0`))
    expect(inTheGap.offsetsOf(`${topic}:0`)).toEqual(left)
    expect(inTheGap.failures()).toEqual([])
  }, 120_000)

  test('records that Kafka has deleted before they were read are reported, not skipped', async () => {
    const [topic] = await createTopics(brokers, {})
    await produce(brokers, topic!, { count: 100 })
    await forgetBefore(brokers, topic!, 60)
    const listener = await started(
      openSource(brokers, [topic!], { client }),
      new RecordingListener({ [`${topic}:0`]: 20 }),
    )
    expect((await refusal(listener)).reason).toBe(
      `topic "${topic}", partition 0: the records from offset 20 to 59 are no longer in its log (retention has deleted them)`,
    )
    expect(listener.records).toEqual([])
  })

  test('records deleted while their partition waits for the listener are reported, not skipped', async () => {
    const [topic] = await createTopics(brokers, {})
    await produce(brokers, topic!, { count: 4_000, bytes: 1_000 })
    const listener = new RecordingListener()
    listener.hold(`${topic}:0`)
    await started(openSource(brokers, [topic!], { client }), listener)
    await listener.until(() => listener.batches.length === 1)
    await forgetBefore(brokers, topic!, 3_999)
    expect((await refusal(listener)).reason).toMatch(/to 3998 are no longer in its log/)
    listener.release(`${topic}:0`)
  })

  test('a log that ends before what was read is reported, not read again', async () => {
    const [topic] = await createTopics(brokers, {})
    await produce(brokers, topic!, { count: 10 })
    const listener = await started(
      openSource(brokers, [topic!], { client }),
      new RecordingListener({ [`${topic}:0`]: 11 }),
    )
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
      openSource(brokers, [created!, appended!], { client, now: () => now }),
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
    const listener = await started(openSource(brokers, [topic], { client }), new RecordingListener())
    const notFound = `topic "${topic}" not found at ${brokers.replaceAll(',', ', ')}`
    await listener.until(() => listener.failures().some(({ reason, retrying }) => reason === notFound && retrying))
    await createTopics(brokers, { topic })
    await produce(brokers, topic, { count: 3 })
    await listener.until(() => listener.records.length === 3)
  })

  test('topics of one process with different numbers of partitions are refused', async () => {
    const [one, two] = await createTopics(brokers, { numPartitions: 1 }, { numPartitions: 2 })
    const listener = await started(openSource(brokers, [one!, two!], { client }), new RecordingListener())
    expect((await refusal(listener)).reason).toContain(`${one} has 1, ${two} has 2`)
  })

  test('partitions added to a topic are reported, because cases may then lie in two of them', async () => {
    const [topic] = await createTopics(brokers, {})
    const listener = await started(openSource(brokers, [topic!], { client }), new RecordingListener())
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
    const source = openSource(brokers, [topic!], { client })
    await started(source, listener)
    await expect(source.finished).rejects.toThrow('the disk is full')
  })
})
