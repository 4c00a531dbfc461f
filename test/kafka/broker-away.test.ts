import { afterAll, expect, test } from 'vitest'
import type { Source } from '../../src/source/source.ts'
import { type Broker, freePort, startBroker } from '../support/kafka/broker.ts'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { RecordingListener } from '../support/source/recording-listener.ts'
import { createTopics, newTopicName, openSource, produce } from './topics.ts'

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

describeKafka('a Kafka broker that is away', 'ours', () => {
  let broker: Broker | undefined
  let source: Source | undefined

  afterAll(async () => {
    await source?.stop()
    await broker?.stop()
  })

  test('at the start is reported within two seconds and awaited; when it dies and returns, reading goes on', async () => {
    const port = await freePort()
    const topic = newTopicName()
    const listener = new RecordingListener()
    source = openSource(`127.0.0.1:${port}`, [topic])
    const startedAt = performance.now()
    await source.start(listener)
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

    const before = listener.failures().length
    await broker.kill()
    const sinceThen = () => listener.failures().slice(before)
    await listener.until(() => sinceThen().some(({ reason }) => reason.includes('no Kafka broker answers')))
    await broker.restart()
    await produce(broker.brokers, topic, { from: 1_000, count: 500 })
    await listener.until(() => listener.records.length >= 1_500)
    expect(listener.offsetsOf(`${topic}:0`)).toEqual(range(0, 1_500))
    expect(listener.changes).toEqual([`assigned ${topic}:0`])
    await listener.until(() => listener.states.at(-1)!.kind === 'connected')
  }, 180_000)
})
