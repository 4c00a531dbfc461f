import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { PartitionKey, Source } from '../../src/source/source.ts'
import { describeClients } from '../support/kafka/describe-clients.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { Member } from './member.ts'
import { createTopics, deleteTopics, openSource, produce } from './topics.ts'

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

describeClients('members of a group', 'any', client => {
  let brokers = ''
  const open: Source[] = []

  async function join(topics: readonly string[], groupId: string, member: Member): Promise<Member> {
    const source = openSource(brokers, topics, { client, groupId, sharedGroup: true })
    open.push(source)
    await source.start(member)
    return member
  }

  /** Both have their share, and all of it is read. */
  async function settled(one: Member, two: Member, partitions: number): Promise<void> {
    const shared = () => one.owned.size + two.owned.size === partitions && two.owned.size > 0
    const atEnd = (member: Member) => [...member.owned].every(key => member.isAtEnd(key))
    await one.until(() => shared() && atEnd(one))
    await two.until(() => shared() && atEnd(two))
  }

  beforeAll(async () => {
    brokers = await sharedBroker()
  }, 200_000)

  afterEach(async () => {
    await Promise.all(open.splice(0).map(source => source.stop()))
  })

  afterAll(() => deleteTopics(brokers))

  test('have the same partition numbers of all topics, and each record is handed to one of them', async () => {
    const topics = await createTopics(brokers, { numPartitions: 3 }, { numPartitions: 3 })
    const groupId = `test-${randomUUID()}`
    const positions = new Map<PartitionKey, number>()
    for (const topic of topics) await produce(brokers, topic, { count: 300, partitions: 3 })
    const one = await join(topics, groupId, new Member(positions))
    await one.until(() => one.records.length === 600)
    const two = await join(topics, groupId, new Member(positions))
    await settled(one, two, 6)
    const numbers = [...two.owned].map(key => key.split(':')[1])
    for (const number of numbers) for (const topic of topics) expect(two.owned).toContain(`${topic}:${number}`)
    expect([...one.owned].filter(key => two.owned.has(key))).toEqual([])

    for (const topic of topics) await produce(brokers, topic, { from: 300, count: 300, partitions: 3 })
    // A slow machine may let the partitions change hands once more: it is over when all of them have been read.
    const keys = topics.flatMap(topic => range(0, 3).map(number => `${topic}:${number}` as const))
    const offsetsOf = (key: PartitionKey) => [...one.offsetsOf(key), ...two.offsetsOf(key)]
    const isRead = () => keys.every(key => offsetsOf(key).includes(199))
    await Promise.all([one.until(isRead), two.until(isRead)])
    for (const key of keys) expect(offsetsOf(key).sort(byNumber)).toEqual(range(0, 200))

    await open.pop()!.stop()
    await one.until(() => one.owned.size === 6)
    expect([...one.strays, ...two.strays]).toEqual([])
  }, 120_000)

  test('keep what stays theirs when another one joins or leaves', async () => {
    const [topic = ''] = await createTopics(brokers, { numPartitions: 4 })
    const groupId = `test-${randomUUID()}`
    const positions = new Map<PartitionKey, number>()
    await produce(brokers, topic, { count: 400, partitions: 4 })
    const one = await join([topic], groupId, new Member(positions))
    await one.until(() => one.records.length === 400)
    const two = await join([topic], groupId, new Member(positions))
    await settled(one, two, 4)
    const kept = [...one.owned].sort()
    const moved = [...two.owned].sort()
    expect(kept).toHaveLength(2)
    expect(one.changes).toEqual([`assigned ${[...kept, ...moved].sort().join(' ')}`, `revoked ${moved.join(' ')}`])

    await produce(brokers, topic, { from: 400, count: 400, partitions: 4 })
    await one.until(() => one.records.length === 600)
    await two.until(() => two.records.length === 200)
    await open.pop()!.stop()
    await one.until(() => one.owned.size === 4)
    expect(one.changes.slice(2)).toEqual([`assigned ${moved.join(' ')}`])
    await produce(brokers, topic, { from: 800, count: 4, partitions: 4 })
    await one.until(() => one.records.length === 604)
    for (const key of kept) expect(one.offsetsOf(key)).toEqual(range(0, 201))
    for (const key of moved)
      expect([...one.offsetsOf(key), ...two.offsetsOf(key)].sort(byNumber)).toEqual(range(0, 201))
    expect([...one.strays, ...two.strays]).toEqual([])
  }, 120_000)

  // kafkajs does not wait for its listeners: there the version of what is stored tells the owners apart.
  test.runIf(client === 'node-rdkafka')(
    'get a partition only when the one before has given it up',
    async () => {
      const [topic = ''] = await createTopics(brokers, { numPartitions: 2 })
      const groupId = `test-${randomUUID()}`
      const positions = new Map<PartitionKey, number>()
      const one = await join([topic], groupId, new Member(positions))
      await one.until(() => one.owned.size === 2)
      let giveUp = () => {}
      one.mayGiveUp = new Promise(resolve => {
        giveUp = resolve
      })
      const two = await join([topic], groupId, new Member(positions))
      // It is connected, and longer without a partition than a session or a rebalance takes.
      const reports = one.endReports
      await one.until(() => one.endReports >= reports + 12)
      await two.until(() => two.states.at(-1)?.kind === 'connected')
      expect(two.owned.size).toBe(0)
      giveUp()
      await settled(one, two, 2)
      expect(one.owned.size).toBe(1)
    },
    120_000,
  )
})

const byNumber = (a: number, b: number) => a - b
