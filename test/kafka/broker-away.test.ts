import { randomUUID } from 'node:crypto'
import { afterAll, expect, test } from 'vitest'
import type { PartitionKey, Source } from '../../src/source/source.ts'
import { type Broker, freePort, startBroker } from '../support/kafka/broker.ts'
import { describeClients, oneInShortRuns } from '../support/kafka/describe-clients.ts'
import { RecordingListener } from '../support/source/recording-listener.ts'
import { until } from '../support/until.ts'
import { Member } from './member.ts'
import { createTopics, newTopicName, openSource, produce } from './topics.ts'

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

/** Longer than a session lasts that hears nothing of its member. */
const HUNG_MS = 13_000

describeClients(
  'a Kafka broker that is away',
  'ours',
  client => {
    let broker: Broker | undefined
    const open: Source[] = []

    async function started<Listener extends RecordingListener>(source: Source, listener: Listener): Promise<Listener> {
      open.push(source)
      await source.start(listener)
      return listener
    }

    afterAll(async () => {
      await Promise.all(open.map(source => source.stop()))
      await broker?.stop()
    })

    test('at the start is reported within two seconds and awaited; when it dies and returns, reading goes on', async () => {
      const port = await freePort()
      const topic = newTopicName()
      const listener = new RecordingListener()
      const startedAt = performance.now()
      await started(openSource(`127.0.0.1:${port}`, [topic], { client }), listener)
      await listener.until(() => listener.failures().length > 0)
      expect(performance.now() - startedAt).toBeLessThan(2_000)
      expect(listener.failures()[0]).toMatchObject({ remedy: 'check `kafka.brokers`', retrying: true })
      expect(listener.failures()[0]!.reason).toContain(
        `no Kafka broker answers at 127.0.0.1:${port}: connect ECONNREFUSED`,
      )

      broker = await startBroker({ port })
      await createTopics(broker.brokers, { topic })
      await produce(broker.brokers, topic, { count: 1_000 })
      await listener.until(() => listener.records.length === 1_000)

      const [divided = ''] = await createTopics(broker.brokers, { numPartitions: 2 })
      await produce(broker.brokers, divided, { count: 200, partitions: 2 })
      const group = { groupId: `test-${randomUUID()}`, sharedGroup: true }
      const positions = new Map<PartitionKey, number>()
      const join = () => started(openSource(broker!.brokers, [divided], { client, ...group }), new Member(positions))
      const one = await join()
      await one.until(() => one.records.length === 200)

      const before = listener.failures().length
      await broker.kill()
      const sinceThen = () => listener.failures().slice(before)
      await listener.until(() => sinceThen().some(({ reason }) => reason.includes('no Kafka broker answers')))
      const two = await join()
      await two.until(() => two.failures().length > 0)
      await broker.restart()
      await produce(broker.brokers, topic, { from: 1_000, count: 500 })
      await listener.until(() => listener.records.length >= 1_500)
      expect(listener.offsetsOf(`${topic}:0`)).toEqual(range(0, 1_500))
      expect(listener.changes).toEqual([`assigned ${topic}:0`])
      await listener.until(() => listener.states.at(-1)!.kind === 'connected')

      // The group has got another member meanwhile: neither holds what is the other one's.
      for (const member of [one, two]) await member.until(() => one.owned.size === 1 && two.owned.size === 1)
      expect([...one.owned]).not.toEqual([...two.owned])
      await produce(broker.brokers, divided, { from: 200, count: 200, partitions: 2 })
      for (const member of [one, two]) await member.until(() => one.records.length + two.records.length >= 400)
      for (const key of [...one.owned, ...two.owned]) {
        expect([...one.offsetsOf(key), ...two.offsetsOf(key)].sort((a, b) => a - b)).toEqual(range(0, 200))
      }
    }, 180_000)

    test('that hangs for longer than a session lasts is told, and reading goes on when it answers again', async () => {
      const { brokers, hang, resume } = broker!
      const [topic = ''] = await createTopics(brokers, { numPartitions: 2 })
      await produce(brokers, topic, { count: 400, partitions: 2 })
      const alone = await started(openSource(brokers, [topic], { client }), new RecordingListener())
      const shared = { groupId: `test-${randomUUID()}`, sharedGroup: true }
      const member = await started(openSource(brokers, [topic], { client, ...shared }), new Member(new Map()))
      const both = [alone, member]
      for (const listener of both) await listener.until(() => listener.records.length === 400)

      hang()
      const frozenAt = performance.now()
      const told = (listener: RecordingListener) =>
        listener.failures().some(({ reason, retrying }) => retrying && reason.includes('no Kafka broker answers'))
      await until('a state that says so, and the end of the session', 60_000, () =>
        both.every(told) && performance.now() - frozenAt > HUNG_MS ? true : undefined,
      )
      resume()
      await produce(brokers, topic, { from: 400, count: 400, partitions: 2 })
      for (const listener of both) {
        await listener.until(() => listener.records.length >= 800 && listener.states.at(-1)!.kind === 'connected')
        for (const key of [`${topic}:0`, `${topic}:1`] as const) expect(listener.offsetsOf(key)).toEqual(range(0, 400))
      }
      expect(alone.changes).toHaveLength(1)
    }, 180_000)

    test('does not hold up the stop, be it dead or hung', async () => {
      const shared = { groupId: `test-${randomUUID()}`, sharedGroup: true }
      const stops = async () => {
        const stoppedAt = performance.now()
        await Promise.all(open.splice(0).map(source => source.stop()))
        return performance.now() - stoppedAt
      }
      const { brokers, hang, resume, kill } = broker!
      const topics = await createTopics(brokers, {})
      const join = async () => {
        for (const group of [{}, shared]) {
          const listener = await started(openSource(brokers, topics, { client, ...group }), new RecordingListener())
          await listener.until(() => listener.isAtEnd(`${topics[0]!}:0`))
        }
      }
      await join()
      hang()
      expect(await stops()).toBeLessThan(5_000)
      resume()
      await join()
      await kill()
      expect(await stops()).toBeLessThan(5_000)
    }, 180_000)
  },
  oneInShortRuns,
)
