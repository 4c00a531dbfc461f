import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Message } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTopics, deleteTopics } from '../kafka/topics.ts'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { ConfiguredRun } from './support/configured-run.ts'
import { halfAnHourAgo, process, writeRules } from './support/orders.ts'
import { produceMessages } from './support/produce.ts'
import { withStoreOf } from './support/stored.ts'

/** Finds what hangs, not what is slow. */
const WITHIN_MS = 90_000

let folder: string
const running: ConfiguredRun[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagewatch-cloudevents-'))
})

afterAll(async () => {
  for (const run of running) await run.kill()
  rmSync(folder, { recursive: true, force: true })
})

const attributes = (subject: string, type: string, at: number) => ({
  specversion: '1.0',
  id: `${subject}-${type}`,
  source: '/depots/north',
  type,
  subject,
  time: new Date(at).toISOString(),
})

/** The same event in either mode. */
const structured = (subject: string, type: string, at: number): Message => ({
  headers: { 'content-type': 'application/cloudevents+json; charset=UTF-8' },
  value: JSON.stringify({ ...attributes(subject, type, at), data: { depot: 'north' } }),
})

const binary = (subject: string, type: string, at: number, value: string | null = '{"depot":"north"}'): Message => ({
  headers: {
    'content-type': 'application/json',
    ...Object.fromEntries(Object.entries(attributes(subject, type, at)).map(([name, text]) => [`ce_${name}`, text])),
  },
  value,
})

describeKafka('CloudEvents', 'any', () => {
  let brokers = ''

  beforeAll(async () => {
    brokers = await sharedBroker()
  }, 200_000)
  afterAll(() => deleteTopics(brokers))

  test(
    'of both modes in one topic make one history, and one that cannot be read keeps its headers',
    async () => {
      const [topic = ''] = await createTopics(brokers, {})
      const at = halfAnHourAgo()
      await produceMessages(brokers, topic, [
        structured('p1', 'received', at),
        binary('p1', 'sorted', at + 1_000),
        // The same event, in the other mode: its id tells.
        structured('p1', 'sorted', at + 1_000),
        binary('p1', 'delivered', at + 3_000, null),
        binary('p2', 'received', at + 4_000, 'no JSON'),
        { value: null },
      ])
      const rules = writeRules(folder, topic)
      const file = join(rules, 'parcels.yaml')
      const mapping = ['format: cloudevents', 'case: subject', 'activity: type', 'time: time\n    id: id']
      const text = ['format: json', 'case: parcel', 'activity: step', 'time: at'].reduce(
        (said, old, index) => said.replace(old, mapping[index] ?? ''),
        readFileSync(file, 'utf8'),
      )
      writeFileSync(file, text)
      const run = await ConfiguredRun.start(folder, { brokers, rules })
      running.push(run)
      await run.untilRead(3, WITHIN_MS)
      const { processes } = await run.status()
      expect(processes[0]?.partitions[0]).toMatchObject({
        rejected_by: { 'not-json': 1 },
        counts: { consumed: 6, decoded: 4, skipped: 1, rejected: 1, counted: 3, duplicate: 1 },
      })
      expect(await run.stop()).toMatchObject({ code: 0 })
      const { letters, visits } = await withStoreOf(folder, async store => ({
        letters: await store.deadLetters(process, 10),
        visits: await store.visitsOfCase(process, 'p1'),
      }))
      expect(visits).toMatchObject([
        { stage: 'sorting', durationMs: 1_000, segment: { depot: 'north' } },
        { stage: 'delivery', durationMs: 2_000 },
      ])
      expect(letters).toMatchObject([{ offset: 4, detail: expect.stringContaining('its data is not JSON') }])
      expect(letters[0]?.headers?.map(([name]) => name)).toEqual([
        'content-type',
        ...['ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_subject', 'ce_time'],
      ])
    },
    2 * WITHIN_MS,
  )
})
