import { Buffer } from 'node:buffer'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Message } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DeadLetter, SourceRecord } from '../../src/event/record.ts'
import { readDeadLetterRecord } from '../../src/source/kafka/dead-letter-record.ts'
import { createTopics, deleteTopics, newTopicName, openSource } from '../kafka/topics.ts'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { RecordingListener } from '../support/source/recording-listener.ts'
import { stagewatch } from './support/command.ts'
import { ConfiguredRun, configurationOf, dataOf } from './support/configured-run.ts'
import { badRecords, goodEvents, process, writeRules } from './support/orders.ts'
import { produceMessages } from './support/produce.ts'
import { withStoreOf } from './support/stored.ts'

/** Finds what hangs, not what is slow. */
const WITHIN_MS = 90_000

let folder: string
const running: ConfiguredRun[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagewatch-dead-letters-'))
})

afterAll(async () => {
  for (const run of running) await run.kill()
  rmSync(folder, { recursive: true, force: true })
})

async function start(at: string, brokers: string, topic: string, dead: string): Promise<ConfiguredRun> {
  const settings = { kafka: { dead_letters: { topic: dead } } }
  const run = await ConfiguredRun.start(at, { brokers, rules: writeRules(at, topic), settings })
  running.push(run)
  return run
}

/** All records that a topic has. */
async function recordsOf(brokers: string, topic: string, least: number): Promise<SourceRecord[]> {
  const listener = new RecordingListener()
  const source = openSource(brokers, [topic], { withHeaders: true })
  await source.start(listener)
  try {
    await listener.until(() => listener.records.length >= least && listener.isAtEnd(`${topic}:0`))
    return listener.records
  } finally {
    await source.stop()
  }
}

/** Waits until the partition's state has been saved twice from now on: the second save began after now. */
async function untilSaved(run: ConfiguredRun, at: string): Promise<void> {
  const snapshots = join(dataOf(at), 'snapshots')
  const times = () =>
    readdirSync(snapshots)
      .filter(name => name.endsWith('.snapshot'))
      .map(name => statSync(join(snapshots, name)).mtimeMs)
  const now = Math.max(0, ...times())
  await run.until('two saves', WITHIN_MS, () => (times().filter(time => time > now).length >= 2 ? true : undefined))
}

/** Five good records, and then the bad ones. */
const messagesOf = (bad: readonly { readonly value: string }[], stamp: number): Message[] => [
  ...goodEvents().map(value => ({ key: 'k', value })),
  ...bad.map(({ value }, index) => ({
    key: Buffer.from([0, 255, index]),
    value,
    headers: { trace: [Buffer.from([1, 254]), 'two'] },
    timestamp: String(stamp + index),
  })),
]

const bytes = (value: Uint8Array | null | undefined) => (value == null ? value : Buffer.from(value))

describeKafka('dead letters of stagewatch run', 'any', () => {
  let brokers = ''

  beforeAll(async () => {
    brokers = await sharedBroker()
  }, 200_000)
  afterAll(() => deleteTopics(brokers))

  test(
    'go to their topic byte for byte, also those that a killed process could not write yet, and once to the store',
    async () => {
      const at = join(folder, 'killed')
      const large = [{ name: 'max.message.bytes', value: '4000000' }]
      const [topic = ''] = await createTopics(brokers, { configEntries: large })
      const dead = newTopicName('dead')
      const bad = badRecords()
      const stamp = Date.now() - 60_000
      await produceMessages(brokers, topic, messagesOf(bad, stamp))

      const first = await start(at, brokers, topic, dead)
      await first.untilRead(5, WITHIN_MS)
      await first.until('word of the missing topic', WITHIN_MS, () =>
        first.command.stdout.includes(`topic \\"${dead}\\" for dead letters not found`) ? true : undefined,
      )
      const metrics = async () => (await first.get('/metrics')).text()
      await first.until('the letters wait', WITHIN_MS, async () =>
        (await metrics()).includes(`stagewatch_dead_letter_topic_waiting ${bad.length}\n`) ? true : undefined,
      )
      await first.untilStored(WITHIN_MS)
      await untilSaved(first, at)
      await first.kill()

      await createTopics(brokers, { topic: dead, configEntries: large })
      const second = await start(at, brokers, topic, dead)
      const records = await recordsOf(brokers, dead, bad.length)
      expect(await second.stop()).toMatchObject({ code: 0 })

      // A crash may repeat a letter in the topic; the position tells.
      const letters = new Map<number, DeadLetter>()
      for (const record of records) {
        const said = readDeadLetterRecord(record)
        if (said.kind !== 'letter') throw new Error(`no dead letter: ${JSON.stringify(said)}`)
        letters.set(said.letter.offset, said.letter)
      }
      const kept = await withStoreOf(at, store => store.deadLetters(process, 100))
      expect(kept).toHaveLength(bad.length)
      for (const [index, { reason, value }] of bad.entries()) {
        const offset = 5 + index
        const expected = {
          reason,
          key: Buffer.from([0, 255, index]),
          value: expect.any(Buffer),
          headers: [
            ['trace', Buffer.from([1, 254])],
            ['trace', Buffer.from('two')],
          ],
          timestamp: stamp + index,
          topic,
          partition: 0,
          offset,
          process,
        }
        const sent = letters.get(offset)
        const stored = kept.find(letter => letter.offset === offset)
        for (const found of [sent, stored]) {
          expect({
            ...found,
            headers: found?.headers?.map(([name, held]) => [name, bytes(held)]),
            key: bytes(found?.key),
            value: bytes(found?.value),
          }).toMatchObject(expected)
          expect(bytes(found?.value)?.equals(Buffer.from(value))).toBe(true)
        }
      }

      await lookAtAndSendBack(at, topic, `topic ${dead}`, bad.length)
      await expectSentBack(topic, stamp, bad)
    },
    4 * WITHIN_MS,
  )

  test(
    'are looked at and sent back from the embedded store, once no process has it',
    async () => {
      const at = join(folder, 'store')
      const large = [{ name: 'max.message.bytes', value: '4000000' }]
      const [topic = ''] = await createTopics(brokers, { configEntries: large })
      const bad = badRecords()
      const stamp = Date.now() - 60_000
      await produceMessages(brokers, topic, messagesOf(bad, stamp))
      const run = await ConfiguredRun.start(at, { brokers, rules: writeRules(at, topic) })
      running.push(run)
      await run.untilRead(5, WITHIN_MS)
      const refused = await stagewatch('dlq', 'ls', '--config', configurationOf(at))
      expect(refused.code).toBe(2)
      expect(refused.stderr).toContain('the embedded store cannot be read beside the process that has it')
      expect(refused.stderr).toContain('or let dead letters go to a topic too (kafka.dead_letters)')
      expect(await run.stop()).toMatchObject({ code: 0 })

      await lookAtAndSendBack(at, topic, `the store in ${dataOf(at)}`, bad.length)
      await expectSentBack(topic, stamp, bad)
    },
    3 * WITHIN_MS,
  )

  /** Lists, shows and sends back what stands at offsets 5 and on: first one of them, then the others. */
  async function lookAtAndSendBack(at: string, topic: string, place: string, letters: number): Promise<void> {
    const dlq = async (...args: string[]) => {
      const [command = '', ...more] = args
      const { code, stdout, stderr } = await stagewatch('dlq', command, '--config', configurationOf(at), ...more)
      expect(stderr).toBe('')
      return { code, stdout }
    }
    const listed = async () => JSON.parse((await dlq('ls', '--json')).stdout)
    expect(await dlq('ls')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`${letters} dead letters in ${place}, 0 of them sent back\n`),
    })
    expect(await listed()).toMatchObject({
      place,
      letters,
      redriven: 0,
      groups: ['bad-time', 'future', 'missing-field', 'not-json', 'too-large'].map(reason => ({
        process,
        reason,
        topic,
        partition: 0,
        letters: 1,
        redriven: 0,
      })),
    })
    const shown = await dlq('show', `${topic}:0:5`)
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining('header     "trace" = 0x01fe\n') })
    expect(shown.stdout).toContain('key        0x00ff00\n')
    expect(shown.stdout).toMatch(/\{"parcel": "p3", "step": "received", "at":\n$/)
    const dry = await dlq('redrive', '--reason', 'not-json', '--dry-run')
    expect(dry).toEqual({ code: 0, stdout: `1 record would be sent back\n  ${topic}:0  1\n` })
    expect(await dlq('redrive', '--reason', 'not-json')).toEqual({
      code: 0,
      stdout: `1 record sent back\n  ${topic}:0  1\n`,
    })
    expect((await dlq('show', `${topic}:0:5`)).stdout).toContain(`, as ${topic}:0:${5 + letters}\n`)
    expect(await listed()).toMatchObject({ letters, redriven: 1 })
    const rest = await dlq('redrive', '--json')
    expect(JSON.parse(rest.stdout)).toEqual({
      place,
      dry_run: false,
      sent: { [`${topic}:0`]: letters - 1 },
      sent_before: 1,
      impossible: [],
    })
    expect((await dlq('redrive')).stdout).toContain(`${letters} had been sent back before and are left alone`)
    expect(await dlq('ls', '--newest', '1')).toMatchObject({ code: 0 })
    const missing = await stagewatch('dlq', 'show', '--config', configurationOf(at), `${topic}:0:4`)
    expect(missing).toMatchObject({ code: 2, stdout: '' })
    expect(missing.stderr).toContain(`${place} has no dead letter of ${topic}:0:4\n`)
  }

  /** The bad records stand in the topic once more, each exactly as it was. */
  async function expectSentBack(
    topic: string,
    stamp: number,
    bad: readonly { readonly value: string }[],
  ): Promise<void> {
    const records = await recordsOf(brokers, topic, 5 + 2 * bad.length)
    const again = records.slice(5 + bad.length)
    expect(again).toHaveLength(bad.length)
    for (const [index, { value }] of bad.entries()) {
      const record = again[index]
      expect(bytes(record?.key)).toEqual(Buffer.from([0, 255, index]))
      expect(bytes(record?.value)?.equals(Buffer.from(value))).toBe(true)
      expect(record?.timestamp).toBe(stamp + index)
      expect(record?.headers?.map(([name, header]) => [name, bytes(header)])).toEqual([
        ['trace', Buffer.from([1, 254])],
        ['trace', Buffer.from('two')],
      ])
    }
  }
})
