import { Buffer } from 'node:buffer'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { instant } from '../../src/event/instant.ts'
import type { DeadLetter } from '../../src/event/record.ts'
import { readDeadLetterRecord } from '../../src/source/kafka/dead-letter-record.ts'
import { DeadLetterTopic, type DeadLetterTopicLimits } from '../../src/source/kafka/dead-letter-topic.ts'
import type { Source } from '../../src/source/source.ts'
import { type Broker, startBroker } from '../support/kafka/broker.ts'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { RecordingListener } from '../support/source/recording-listener.ts'
import { until } from '../support/until.ts'
import { createTopics, deleteTopics, newTopicName, openSource } from './topics.ts'

const WITHIN_MS = 60_000

const letterAt = (offset: number, change: Partial<DeadLetter> = {}): DeadLetter => ({
  process: 'orders',
  topic: 'orders.events',
  partition: 0,
  offset,
  reason: 'late',
  detail: 'older than the watermark allows: paid',
  key: Buffer.from([0, 255, offset % 256]),
  value: Buffer.from(`value ${offset}`),
  headers: [['trace', Buffer.from([1, 254])]],
  timestamp: instant(1_764_000_000_000 + offset),
  ...change,
})

const open: DeadLetterTopic[] = []
const sources: Source[] = []

afterEach(async () => {
  for (const topic of open.splice(0)) await topic.close(0)
  for (const source of sources.splice(0)) await source.stop()
})

type Refusal = { readonly offset: number; readonly reason: string; readonly remedy: string }

function openTopic(brokers: string, topic: string, limits: Partial<DeadLetterTopicLimits> = {}) {
  const refusals: Refusal[] = []
  const connection = { brokers: brokers.split(','), clientId: 'stagewatch-tests', log: () => {} }
  const refused = ({ offset }: DeadLetter, reason: string, remedy: string) => refusals.push({ offset, reason, remedy })
  const letters = new DeadLetterTopic({ connection, topic, refused }, limits)
  open.push(letters)
  return { letters, refusals }
}

/** What stands in the topic, by partition. */
async function read(brokers: string, topic: string, records: number): Promise<RecordingListener> {
  const listener = new RecordingListener()
  const source = openSource(brokers, [topic], { withHeaders: true })
  sources.push(source)
  await source.start(listener)
  await listener.until(
    () => listener.records.length >= records && [...listener.owned].every(key => listener.isAtEnd(key)),
  )
  return listener
}

const lettersOf = (listener: RecordingListener, topic: string, partition = 0) =>
  listener.recordsOf(`${topic}:${partition}`).map(record => {
    const said = readDeadLetterRecord(record)
    if (said.kind !== 'letter') throw new Error(`a record that is no dead letter: ${said.kind}`)
    const { key, value, headers, ...letter } = said.letter
    const held = headers?.map(([name, bytes]) => [name, bufferOf(bytes)] as const)
    return { ...letter, key: bufferOf(key), value: bufferOf(value), ...(held && { headers: held }) }
  })

/** Views and buffers of the same bytes are the same to a reader, and not to `toEqual`. */
const bufferOf = (bytes: Uint8Array | null): Buffer | null => (bytes === null ? null : Buffer.from(bytes))

describeKafka('the topic of dead letters', 'any', () => {
  let brokers = ''

  beforeAll(async () => {
    brokers = await sharedBroker()
  }, 200_000)
  afterAll(() => deleteTopics(brokers))

  test('has key, value and headers as they came, in order of the partitions that they came from', async () => {
    const [topic = ''] = await createTopics(brokers, { numPartitions: 2 })
    const { letters } = openTopic(brokers, topic, { requestLetters: 3 })
    const zero = [1, 2, 3, 4, 5, 6, 7].map(offset => letterAt(offset))
    const { headers: _, timestamp: __, ...bare } = letterAt(8)
    const one = [
      letterAt(1, { partition: 1, key: null, value: null }),
      letterAt(2, { partition: 1, key: Buffer.alloc(0), value: Buffer.alloc(0) }),
      { ...bare, partition: 1 },
      letterAt(9, { partition: 3, process: 'returns', reason: 'not-json', detail: '' }),
    ]
    letters.write([...zero, ...one])
    // Once more, as after a crash: what waits already is not taken twice.
    letters.write([...zero, ...one])
    await letters.flush()
    expect(letters.health()).toEqual({ topic, problem: undefined, waiting: 0, written: 11, refused: 0 })
    expect(letters.unacknowledged()).toEqual([])
    const listener = await read(brokers, topic, 11)
    expect(lettersOf(listener, topic)).toEqual(zero)
    expect(lettersOf(listener, topic, 1)).toEqual(one)
  })

  test('is waited for where it is missing, with word of it', async () => {
    const topic = newTopicName()
    const { letters } = openTopic(brokers, topic)
    letters.write([letterAt(1)])
    const problem = await until('word of the missing topic', WITHIN_MS, () => letters.health().problem)
    expect(problem).toEqual({
      reason: `topic "${topic}" for dead letters not found at ${brokers.replaceAll(',', ', ')}`,
      remedy: 'create it, allow this user to describe it, or correct `kafka.dead_letters.topic`',
    })
    letters.write([letterAt(2)])
    expect(letters.unacknowledged().map(({ offset }) => offset)).toEqual([1, 2])
    await createTopics(brokers, { topic })
    await letters.flush()
    expect(letters.health()).toMatchObject({ problem: undefined, waiting: 0, written: 2 })
    expect(lettersOf(await read(brokers, topic, 2), topic).map(({ offset }) => offset)).toEqual([1, 2])
  })

  test('gets all others where one letter is too large for it, which is told with the remedy', async () => {
    const [topic = ''] = await createTopics(brokers, { configEntries: [{ name: 'max.message.bytes', value: '4000' }] })
    const { letters, refusals } = openTopic(brokers, topic)
    letters.write([letterAt(1), letterAt(2, { value: Buffer.alloc(5_000, 'x') }), letterAt(3)])
    await letters.flush()
    expect(letters.health()).toMatchObject({ problem: undefined, waiting: 0, written: 2, refused: 1 })
    expect(refusals).toEqual([
      {
        offset: 2,
        reason: expect.stringMatching(/^a dead letter of \d+ bytes is too large for topic/),
        remedy: `raise max.message.bytes of "${topic}"; the store has the letter all the same`,
      },
    ])
    expect(lettersOf(await read(brokers, topic, 2), topic).map(({ offset }) => offset)).toEqual([1, 3])
  })

  test('that is compacted takes no letter without a key, which is told with the remedy', async () => {
    const [topic = ''] = await createTopics(brokers, { configEntries: [{ name: 'cleanup.policy', value: 'compact' }] })
    const { letters } = openTopic(brokers, topic)
    letters.write([letterAt(1, { key: null })])
    const problem = await until('word of the compacted topic', WITHIN_MS, () => letters.health().problem)
    expect(problem.remedy).toBe(`set cleanup.policy of "${topic}" to delete: a dead letter need not have a key`)
  })
})

describeKafka('the topic of dead letters of a broker that goes', 'ours', () => {
  let own: Broker | undefined

  afterAll(() => own?.stop())

  test('keeps what waits within its bound, and gets all of it when the broker is back', async () => {
    own = await startBroker()
    const { brokers } = own
    const [topic = ''] = await createTopics(brokers, {})
    const { letters } = openTopic(brokers, topic, { highBytes: 40_000 })
    letters.write([letterAt(0)])
    await letters.flush()
    await own.kill()
    letters.write(Array.from({ length: 20 }, (_, index) => letterAt(index + 1)))
    expect(letters.isFull()).toBe(false)
    letters.write(Array.from({ length: 20 }, (_, index) => letterAt(index + 21)))
    expect(letters.isFull()).toBe(true)
    const problem = await until('word that the broker has gone', WITHIN_MS, () => letters.health().problem)
    expect(problem).toMatchObject({ remedy: 'check `kafka.brokers`' })
    // Closed meanwhile, it does not wait for a broker, and says how much is left.
    const other = openTopic(brokers, topic)
    other.letters.write([letterAt(99)])
    expect(await other.letters.close(50)).toBe(1)
    expect(other.letters.unacknowledged()).toHaveLength(1)
    await own.restart()
    await letters.flush()
    expect(letters.isFull()).toBe(false)
    const offsets = lettersOf(await read(brokers, topic, 41), topic).map(({ offset }) => offset)
    // A request whose answer was lost is sent again.
    expect([...new Set(offsets)].sort((a, b) => a - b)).toEqual(Array.from({ length: 41 }, (_, index) => index))
  }, 240_000)
})
