import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Source } from '../../src/source/source.ts'
import { describeClients } from '../support/kafka/describe-clients.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { RecordingListener } from '../support/source/recording-listener.ts'
import { createTopics, deleteTopics, openSource, produce } from './topics.ts'

describeClients('a share of the partitions', 'any', client => {
  let brokers = ''
  const open: Source[] = []
  const started = async (topics: readonly string[], index: number, of: number): Promise<RecordingListener> => {
    const source = openSource(brokers, topics, { client, share: { index, of } })
    const listener = new RecordingListener()
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

  test('is read alone, of all topics alike; together the shares are everything', async () => {
    const topics = await createTopics(brokers, { numPartitions: 3 }, { numPartitions: 3 })
    for (const topic of topics) await produce(brokers, topic, { count: 300, partitions: 3 })
    const shares = [await started(topics, 0, 2), await started(topics, 1, 2)]
    for (const [index, listener] of shares.entries()) {
      const keys = topics.flatMap(topic => (index === 0 ? [0, 2] : [1]).map(number => `${topic}:${number}` as const))
      await listener.until(() => keys.every(key => listener.isAtEnd(key)))
      expect(listener.changes).toEqual([`assigned ${keys.sort().join(' ')}`])
      for (const key of keys) expect(listener.offsetsOf(key)).toHaveLength(100)
      expect(listener.records).toHaveLength(100 * keys.length)
    }
  })

  test('that is empty is told once, and the source stays connected', async () => {
    const [topic = ''] = await createTopics(brokers, { numPartitions: 2 })
    await produce(brokers, topic, { count: 20, partitions: 2 })
    const empty = await started([topic], 2, 3)
    const other = await started([topic], 0, 3)
    await empty.until(() => empty.states.at(-1)?.kind === 'connected')
    // The checks of the ends, once a second, find nothing new to tell it.
    const reports = other.endReports
    await other.until(() => other.endReports >= reports + 3)
    expect(empty.changes).toEqual(['assigned '])
    expect(empty.records).toEqual([])
    expect(empty.states.at(-1)?.kind).toBe('connected')
  })
})
