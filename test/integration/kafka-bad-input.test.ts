import { Buffer } from 'node:buffer'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTopics, deleteTopics, newTopicName } from '../kafka/topics.ts'
import { type Broker, freePort, startBroker } from '../support/kafka/broker.ts'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { ConfiguredRun } from './support/configured-run.ts'
import { badRecords, event, goodEvents, process, writeRules } from './support/orders.ts'
import { produceMessages } from './support/produce.ts'
import { withStoreOf } from './support/stored.ts'

/** Says it first, then goes on trying: a person shall not wait longer for the reason than for a connection. */
const TOLD_WITHIN_MS = 3_000
/** Finds what hangs, not what is slow. */
const WITHIN_MS = 90_000

let folder: string
const running: ConfiguredRun[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagewatch-run-'))
})

afterAll(async () => {
  for (const run of running) await run.kill()
  rmSync(folder, { recursive: true, force: true })
})

async function start(name: string, brokers: string, topic: string): Promise<ConfiguredRun> {
  const at = join(folder, name)
  const rules = writeRules(at, topic)
  const run = await ConfiguredRun.start(at, { brokers, rules })
  running.push(run)
  return run
}

describeKafka('stagewatch run', 'any', () => {
  let brokers = ''

  beforeAll(async () => {
    brokers = await sharedBroker()
  }, 200_000)

  afterAll(() => deleteTopics(brokers))

  test(
    'keeps what it cannot count byte for byte, with its reason, and counts everything else',
    async () => {
      const large = [{ name: 'max.message.bytes', value: '4000000' }]
      const [topic = ''] = await createTopics(brokers, { configEntries: large })
      const now = Date.now()
      // Half a day before what came already: nothing is known of its parcel any more.
      const late = { reason: 'late', value: event('p9', 'received', now - 43_200_000) }
      const bad = [...badRecords(), late]
      const values = [
        ...goodEvents(),
        event('p2', 'lost'),
        ...bad.map(({ value }) => value),
        event('p5', 'received', now),
      ]
      await produceMessages(
        brokers,
        topic,
        values.map(value => ({ key: 'k', value })),
      )

      const run = await start('bad-input', brokers, topic)
      await run.untilRead(6, WITHIN_MS)
      const { processes } = await run.status()
      const [partition] = processes[0]?.partitions ?? []
      expect(partition).toMatchObject({
        rejected_by: { 'not-json': 1, 'missing-field': 1, 'bad-time': 1, future: 1, 'too-large': 1 },
        ignored_by: { lost: 1 },
        counts: { consumed: 13, decoded: 8, rejected: 5, events: 8, ignored: 1, late: 1, counted: 6, duplicate: 0 },
      })
      expect(await run.stop()).toMatchObject({ code: 0 })

      const { letters, counts } = await withStoreOf(join(folder, 'bad-input'), async store => ({
        letters: await store.deadLetters(process, 100),
        counts: await store.counts(process),
      }))
      const kept = letters.toSorted((a, b) => a.offset - b.offset)
      expect(kept.map(({ reason, offset }) => [reason, offset])).toEqual(bad.map(({ reason }, i) => [reason, i + 6]))
      for (const [index, { value, key, detail }] of kept.entries()) {
        expect(Buffer.from(value ?? []).equals(Buffer.from(bad[index]?.value ?? ''))).toBe(true)
        expect(Buffer.from(key ?? []).toString()).toBe('k')
        expect(detail).not.toBe('')
      }
      // p1: two stages; p2: sorted, and on its way; p5: being sorted.
      expect(counts).toMatchObject({ visits: 5, openVisits: 2, deadLetters: bad.length })
    },
    2 * WITHIN_MS,
  )
})

describeKafka('stagewatch run without its broker', 'ours', () => {
  let own: Broker | undefined

  afterAll(() => own?.stop())

  test(
    'says when no broker answers, shows its page meanwhile, and begins when one does',
    async () => {
      const port = await freePort()
      const brokers = `127.0.0.1:${port}`
      const topic = newTopicName()
      const run = await start('broker-away', brokers, topic)
      const logged = (message: string) => {
        // The last line may not be whole yet.
        const lines = run.command.stdout.split('\n').slice(0, -1)
        return lines.map(line => JSON.parse(line)).find(({ msg }) => msg.includes(message))
      }
      const away = `no Kafka broker answers at ${brokers}`
      const told = await run.until(`a log line that says "${away}"`, WITHIN_MS, () => logged(away))
      expect(told).toMatchObject({ level: 50, process, remedy: 'check `kafka.brokers`' })
      // By the times of the log: how long a laden machine takes to start the program is not the question.
      expect(told.time - logged('connecting').time).toBeLessThan(TOLD_WITHIN_MS)
      expect((await run.get('/livez')).status).toBe(200)
      expect(await (await run.get('/')).text()).toContain('<title>')
      const readyz = await run.get('/readyz')
      expect(readyz.status).toBe(503)
      expect(await readyz.json()).toMatchObject({ detail: `${process}: no partition is assigned yet` })

      own = await startBroker({ port })
      await createTopics(brokers, { topic })
      await produceMessages(
        brokers,
        topic,
        goodEvents().map(value => ({ value })),
      )
      await run.untilRead(5, WITHIN_MS)
      await run.until('readiness', WITHIN_MS, async () => ((await run.get('/readyz')).ok ? true : undefined))
      expect(await run.stop()).toMatchObject({ code: 0 })
    },
    4 * WITHIN_MS,
  )
})
