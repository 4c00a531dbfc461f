import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { runCommandLine } from '../../src/app/command-line.ts'
import type { SourceRecord } from '../../src/event/record.ts'
import { type SimulatedTopic, writeSimulation } from '../../src/source/kafka/simulated-topic.ts'
import { openTopicWriter } from '../../src/source/kafka/topic-writer.ts'
import type { Source } from '../../src/source/source.ts'
import { RunningCommand } from '../integration/support/command.ts'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { RecordingListener } from '../support/source/recording-listener.ts'
import { createTopics, deleteLater, deleteTopics, newTopicName, openSource } from './topics.ts'

const contentOf = ({ value }: SourceRecord) => JSON.parse(Buffer.from(value!).toString())

describeKafka('a simulated company in a topic', 'any', () => {
  let brokers = ''
  const open: Source[] = []

  beforeAll(async () => {
    brokers = await sharedBroker()
  }, 200_000)

  afterEach(async () => {
    await Promise.all(open.splice(0).map(source => source.stop()))
  })

  afterAll(() => deleteTopics(brokers))

  async function simulate(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    let out = ''
    let err = ''
    const code = await runCommandLine(['simulate', '--brokers', brokers, ...args], {
      print: text => {
        out += text
      },
      complain: text => {
        err += text
      },
    })
    return { code, out, err }
  }

  async function read(topic: string, partitions: number, count: number): Promise<RecordingListener> {
    const listener = new RecordingListener()
    const source = openSource(brokers, [topic])
    open.push(source)
    await source.start(listener)
    await listener.until(
      () =>
        listener.records.length >= count &&
        Array.from({ length: partitions }, (_, partition) => `${topic}:${partition}` as const).every(key =>
          listener.isAtEnd(key),
        ),
    )
    return listener
  }

  test('is written at once up to the present, an order in one partition, and read as it was written', async () => {
    const [topic] = await createTopics(brokers, { numPartitions: 3 })
    const before = Date.now()
    const { code, out, err } = await simulate(
      '--topic',
      topic!,
      '--count',
      '30000',
      '--rate',
      '1200',
      '--at-once',
      '--json',
    )
    expect(err).toBe('')
    expect(code).toBe(0)
    const summary = JSON.parse(out)
    expect(summary).toMatchObject({ topic, partitions: 3, records: 30_000 })
    expect(Date.parse(summary.last_at)).toBeLessThanOrEqual(Date.now())
    expect(Date.parse(summary.last_at)).toBeGreaterThan(before - 15_000)

    const listener = await read(topic!, 3, 30_000)
    expect(listener.records).toHaveLength(30_000)
    const partitionOf = new Map<string, number>()
    const companies = new Set<string>()
    for (const { partition, records } of listener.batches) {
      for (const record of records) {
        const { order_id: id } = contentOf(record)
        expect(Buffer.from(record.key!).toString()).toBe(id)
        expect(partitionOf.get(id) ?? partition).toBe(partition)
        partitionOf.set(id, partition)
        companies.add(id.slice(0, 2))
      }
    }
    expect([...new Set(partitionOf.values())].sort()).toEqual([0, 1, 2])
    expect([...companies].sort()).toEqual(['01', '02', 'O-'])
    expect(summary.bytes).toBe(listener.records.reduce((sum, { key, value }) => sum + key!.length + value!.length, 0))
  })

  test('is written as it happens, for as long as it shall', async () => {
    const [topic] = await createTopics(brokers, {})
    const before = Date.now()
    const { code, out } = await simulate('--topic', topic!, '--rate', '400', '--for', '3s')
    const after = Date.now()
    expect(code).toBe(0)
    expect(out).toMatch(/^1,\d{3} records in [\d.]+s to .* \(1 partition\), \d+ a second\nevents from .*Z to .*Z\n$/)
    expect(after - before).toBeGreaterThanOrEqual(3_000)
    const listener = await read(topic!, 1, 1_000)
    const known = listener.records.map(({ timestamp }) => timestamp!)
    expect(Math.min(...known)).toBeGreaterThanOrEqual(before)
    expect(Math.max(...known)).toBeLessThanOrEqual(after)
    expect(known).toEqual(known.toSorted((left, right) => left - right))
  })

  test('is the same with the same seed, another one with another, and ends in order when it is told to', async () => {
    const now = Date.now()
    const write = async (seed: number) => {
      const [topic] = await createTopics(brokers, {})
      const stop = new AbortController()
      const settings: SimulatedTopic = {
        ...{ seed, rate: 500, forMs: undefined, count: 100_000, atOnce: true, now: () => now },
        progress: ({ records }) => records >= 5_000 && stop.abort(),
      }
      const writer = await openTopicWriter({
        ...{ brokers: brokers.split(','), clientId: 'tests', topic: topic!, create: undefined },
        log: () => {},
      })
      const { records } = await writeSimulation(writer, settings, stop.signal)
      await writer.close()
      const listener = await read(topic!, 1, records)
      expect(listener.records).toHaveLength(records)
      return listener.texts()
    }
    const texts = await write(1)
    expect(texts).toHaveLength(5_000)
    expect(await write(1)).toEqual(texts)
    expect(await write(2)).not.toEqual(texts)
  })

  test('goes into a topic that it creates, where it is told to', async () => {
    const topic = newTopicName()
    deleteLater(brokers, topic)
    const args = ['--topic', topic, '--create', '--partitions', '2', '--count', '100', '--at-once', '--json'] as const
    expect(JSON.parse((await simulate(...args)).out)).toMatchObject({ partitions: 2, records: 100 })
    // What is there stays as it is.
    expect(JSON.parse((await simulate(...args, '--partitions', '5')).out)).toMatchObject({ partitions: 2 })
    await read(topic, 2, 200)
  })

  test('ends with what has been written at Ctrl-C, and says so', async () => {
    const [topic] = await createTopics(brokers, {})
    const command = new RunningCommand(['simulate', '--brokers', brokers, '--topic', topic!, '--json'])
    await read(topic!, 1, 50)
    command.tell('SIGINT')
    const { code, stdout, stderr } = await command.end()
    expect([code, stderr]).toEqual([0, ''])
    const { records } = JSON.parse(stdout)
    expect(records).toBeGreaterThanOrEqual(50)
    expect((await read(topic!, 1, records)).records).toHaveLength(records)
  })

  test('wants a topic that is there, or leave to create it', async () => {
    const topic = newTopicName()
    const { code, err } = await simulate('--topic', topic, '--count', '10')
    expect(code).toBe(2)
    expect(err).toBe(`stagewatch: topic "${topic}" not found at ${brokers}\n  remedy: create it, or add --create\n`)
  })
})
