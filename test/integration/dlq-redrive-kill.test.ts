import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { instant } from '../../src/event/instant.ts'
import { DeadLetterTopic } from '../../src/source/kafka/dead-letter-topic.ts'
import { createTopics, deleteTopics, openSource } from '../kafka/topics.ts'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { RecordingListener } from '../support/source/recording-listener.ts'
import { until } from '../support/until.ts'
import { RunningCommand } from './support/command.ts'

const LETTERS = 12_000
const PARTITIONS = 3
const KILLS = 3
/** Finds what hangs, not what is slow. */
const WITHIN_MS = 90_000

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagewatch-redrive-'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describeKafka('stagewatch dlq redrive', 'any', () => {
  let brokers = ''

  beforeAll(async () => {
    brokers = await sharedBroker()
  }, 200_000)
  afterAll(() => deleteTopics(brokers))

  async function endOf(topic: string): Promise<number> {
    const admin = new Kafka({ brokers: brokers.split(','), clientId: 'tests', logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    try {
      return (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0)
    } finally {
      await admin.disconnect()
    }
  }

  test(
    'that is killed half-way goes on with what is left, and sends each record back exactly once, in order',
    async () => {
      const [topic = '', dead = ''] = await createTopics(
        brokers,
        { numPartitions: PARTITIONS },
        { numPartitions: PARTITIONS },
      )
      const connection = { brokers: brokers.split(','), clientId: 'tests', log: () => {} }
      const letters = new DeadLetterTopic({ connection, topic: dead, refused: () => {} })
      const now = Date.now()
      letters.write(
        Array.from({ length: LETTERS }, (_, number) => ({
          process: 'orders',
          topic,
          partition: number % PARTITIONS,
          offset: 100_000 + number,
          reason: 'over-limit' as const,
          detail: '',
          key: null,
          value: Buffer.from(String(number)),
          // Older than the topic keeps its records they would be deleted as soon as they are there.
          timestamp: instant(now + number),
        })),
      )
      await letters.flush()
      await letters.close(0)
      const config = join(folder, 'stagewatch.yaml')
      writeFileSync(config, `kafka: {brokers: ${JSON.stringify(brokers)}, dead_letters: {topic: ${dead}}}\n`)
      const start = () => new RunningCommand(['dlq', 'redrive', '--config', config])

      let killed = 0
      for (let round = 0; round < KILLS; round++) {
        const before = await endOf(topic)
        const command = start()
        await until(
          () => `records are sent back in round ${round}, more than ${before}. It has said: ${command.said}`,
          WITHIN_MS,
          async () => (await endOf(topic)) > before || undefined,
        )
        if (command.isRunning) killed++
        command.tell('SIGKILL')
        await command.ended
      }
      expect(killed).toBeGreaterThan(0)
      const last = await start().end()
      expect(last).toMatchObject({ code: 0, stderr: '' })
      expect(last.stdout).toMatch(/ had been sent back before and are left alone/)

      const listener = new RecordingListener()
      const source = openSource(brokers, [topic])
      await source.start(listener)
      await listener.until(
        () => listener.owned.size === PARTITIONS && [...listener.owned].every(key => listener.isAtEnd(key)),
      )
      await source.stop()
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const numbers = listener.recordsOf(`${topic}:${partition}`).map(({ value }) => Number(Buffer.from(value ?? [])))
        expect(numbers).toEqual(Array.from({ length: LETTERS / PARTITIONS }, (_, i) => i * PARTITIONS + partition))
      }
    },
    4 * WITHIN_MS,
  )
})
