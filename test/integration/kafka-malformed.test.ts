import { Buffer } from 'node:buffer'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Message } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readDeadLetterRecord } from '../../src/source/kafka/dead-letter-record.ts'
import { createTopics, deleteTopics, openSource } from '../kafka/topics.ts'
import { describeClients } from '../support/kafka/describe-clients.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { RecordingListener } from '../support/source/recording-listener.ts'
import { stagewatch } from './support/command.ts'
import { ConfiguredRun } from './support/configured-run.ts'
import { event, process, writeRules } from './support/orders.ts'
import { produceMessages } from './support/produce.ts'
import { withStoreOf, writeAsReplay } from './support/stored.ts'

const GOOD = 20_000
/** 2 % of the records. */
const MALFORMED_EVERY = 49
/** 0.1 % of them. */
const WILD_EVERY = 980
/** Finds what hangs, not what is slow. */
const WITHIN_MS = 120_000

type Bad = { readonly reason: string; readonly value: Buffer }

const bad = (reason: string, value: string | Buffer | object): Bad => ({
  reason,
  value: Buffer.isBuffer(value) ? value : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
})

const at = '2026-01-05T08:00:00Z'

const malformed: readonly Bad[] = [
  bad('not-json', '{"parcel": "x", "step": "received", "at":'),
  bad('not-json', ''),
  bad('not-json', '[{"parcel": "x"}]'),
  bad('not-json', '17'),
  bad('not-json', Buffer.from('7b22706172636c223a22ff22207d', 'hex')),
  bad('not-json', Buffer.from([0, 0, 0, 0, 7, 2, 0x78])),
  bad('too-deep', `{"parcel": "x", "more": ${'['.repeat(100)}${']'.repeat(100)}}`),
  bad('missing-field', { step: 'received', at }),
  bad('missing-field', { parcel: { id: 'x' }, step: 'received', at }),
  bad('missing-field', { parcel: 'x', at }),
  bad('missing-field', { parcel: 'x', step: 'received', at: null }),
  bad('bad-time', { parcel: 'x', step: 'received', at: '2026-02-30T08:00:00Z' }),
]

const wild = (): readonly Bad[] => [
  bad('future', event('w1', 'received', Date.now() + 86_400_000)),
  bad('late', event('w2', 'received', 0)),
  bad('future', event('w3', 'received', '9999-12-31T23:59:59Z')),
  bad('late', event('w4', 'received', '0001-01-01T00:00:00Z')),
  bad('bad-time', event('w5', 'received', '275761-01-01T00:00:00Z')),
  bad('bad-time', `{"parcel": "w6", "step": "received", "at": ${1.7e18}}`),
]

let folder: string
const running: ConfiguredRun[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagewatch-malformed-'))
})

afterAll(async () => {
  for (const run of running) await run.kill()
  rmSync(folder, { recursive: true, force: true })
})

describeClients('2 % malformed records of twelve kinds, and 0.1 % wild times', 'any', client => {
  let brokers = ''

  beforeAll(async () => {
    brokers = await sharedBroker()
  }, 200_000)
  afterAll(() => deleteTopics(brokers))

  test(
    'are dead letters once each, with their reason, in store and topic, and change nothing of their neighbours',
    async () => {
      const [topic = '', dead = ''] = await createTopics(brokers, {}, {})
      const at = join(folder, client)
      const start = Date.now() - 7_200_000
      const good = Array.from({ length: GOOD }, (_, number) => {
        const step = ['received', 'sorted', 'delivered'][number % 3] ?? ''
        return event(`p${Math.floor(number / 3)}`, step, start + number * 50)
      })
      const wildTimes = wild()
      const expected: { readonly offset: number; readonly reason: string; readonly value: string }[] = []
      const messages: Message[] = []
      const put = ({ reason, value }: Bad) => {
        expected.push({ offset: messages.length, reason, value: value.toString('hex') })
        messages.push({ key: 'k', value })
      }
      for (const [number, value] of good.entries()) {
        messages.push({ key: 'k', value })
        if (number % MALFORMED_EVERY === 1) put(malformed[expected.length % malformed.length] as Bad)
        if (number % WILD_EVERY === 2) put(wildTimes[Math.floor(number / WILD_EVERY) % wildTimes.length] as Bad)
      }
      const kinds = new Set(expected.map(({ reason, value }) => `${reason} ${value}`))
      expect(kinds.size).toBe(malformed.length + wildTimes.length)
      expect(expected.length / messages.length).toBeGreaterThan(0.02)
      await produceMessages(brokers, topic, messages)

      const rules = writeRules(at, topic)
      const run = await ConfiguredRun.start(at, {
        brokers,
        rules,
        settings: { kafka: { client, dead_letters: { topic: dead } } },
      })
      running.push(run)
      await run.untilRead(GOOD, WITHIN_MS)
      const { processes } = await run.status()
      const rejected = expected.filter(({ reason }) => reason !== 'late')
      expect(processes[0]?.partitions[0]?.counts).toMatchObject({
        consumed: messages.length,
        rejected: rejected.length,
        decoded: messages.length - rejected.length,
        counted: GOOD,
        late: expected.length - rejected.length,
        duplicate: 0,
        ignored: 0,
      })
      expect(await run.stop()).toMatchObject({ code: 0 })

      const stored = await withStoreOf(at, async store => {
        await writeAsReplay(store, process, join(at, 'live'))
        return store.deadLetters(process, messages.length)
      })
      const told = (letters: readonly { offset: number; reason: string; value: Uint8Array | null }[]) =>
        letters
          .map(({ offset, reason, value }) => ({ offset, reason, value: Buffer.from(value ?? []).toString('hex') }))
          .sort((a, b) => a.offset - b.offset)
      expect(told(stored)).toEqual(expected)

      const listener = new RecordingListener()
      const source = openSource(brokers, [dead], { client, withHeaders: true })
      await source.start(listener)
      await listener.until(() => listener.isAtEnd(`${dead}:0`))
      await source.stop()
      const letters = listener.records.flatMap(record => {
        const said = readDeadLetterRecord(record)
        return said.kind === 'letter' ? [said.letter] : []
      })
      expect(told(letters)).toEqual(expected)

      // What the good records alone give.
      const lines = join(folder, 'good.ndjson')
      writeFileSync(lines, `${good.join('\n')}\n`)
      const out = join(at, 'replayed')
      const replayed = await stagewatch('replay', '--rules', rules, '--input', lines, '--out', out)
      expect(replayed).toMatchObject({ code: 0 })
      for (const file of ['visits.ndjson', 'windows.ndjson']) {
        const content = readFileSync(join(out, file), 'utf8')
        expect(content.length).toBeGreaterThan(10_000)
        expect(readFileSync(join(at, 'live', file), 'utf8')).toBe(content)
      }
    },
    3 * WITHIN_MS,
  )
})
