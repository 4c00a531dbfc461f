import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTopics, deleteTopics } from '../kafka/topics.ts'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { ConfiguredRun } from './support/configured-run.ts'
import { event, halfAnHourAgo, writeRules } from './support/orders.ts'

/** Finds what hangs, not what is slow. */
const WITHIN_MS = 90_000
const PARCELS = 200

let folder: string
const running: ConfiguredRun[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagewatch-kafka-ingest-'))
})

afterAll(async () => {
  for (const run of running) await run.kill()
  rmSync(folder, { recursive: true, force: true })
})

async function send(run: ConfiguredRun, topic: string, id: string, lines: readonly string[]) {
  const response = await fetch(`${run.url}/api/v1/events?topic=${topic}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': id },
    body: lines.join('\n'),
  })
  return [response.status, await response.json()]
}

describeKafka('events by HTTP beside Kafka', 'any', () => {
  let brokers = ''

  beforeAll(async () => {
    brokers = await sharedBroker()
  }, 200_000)
  afterAll(() => deleteTopics(brokers))

  test(
    'lie with their cases; a batch that is not known any more is there twice, and counts once',
    async () => {
      const [topic = ''] = await createTopics(brokers, { numPartitions: 2 })
      const options = { brokers, rules: writeRules(folder, topic), ingest: [topic] }
      const run = await ConfiguredRun.start(folder, options)
      running.push(run)
      await run.get('/livez')
      const at = halfAnHourAgo()
      const lines = ['received', 'sorted', 'delivered'].flatMap((step, index) =>
        Array.from({ length: PARCELS }, (_, nth) => event(`p${nth}`, step, at + index * 1_000 + nth)),
      )
      const answer = { topic, accepted: 3 * PARCELS, rejected_count: 0 }
      expect(await send(run, topic, 'a', lines)).toMatchObject([202, { ...answer, repeated: false }])
      expect(await send(run, topic, 'a', lines)).toMatchObject([202, { ...answer, repeated: true }])
      // As after a restart, which forgets the ids.
      expect(await send(run, topic, 'b', lines)).toMatchObject([202, { ...answer, repeated: false }])
      const counts = await run.until('the repeats are read', WITHIN_MS, async () => {
        const { partitions = [] } = (await run.status()).processes[0] ?? {}
        const sum = (name: 'consumed' | 'counted' | 'duplicate' | 'unmatched_end') =>
          partitions.reduce((total, { counts }) => total + (counts[name] ?? 0), 0)
        if (sum('consumed') < 6 * PARCELS) return undefined
        return {
          partitions: partitions.filter(({ counts }) => counts.counted !== 0).length,
          counted: sum('counted'),
          duplicate: sum('duplicate'),
          unmatched_end: sum('unmatched_end'),
        }
      })
      // Nothing is unmatched: no case fell into two partitions.
      expect(counts).toEqual({ partitions: 2, counted: 3 * PARCELS, duplicate: 3 * PARCELS, unmatched_end: 0 })
      expect((await run.stop()).code).toBe(0)
    },
    2 * WITHIN_MS,
  )
})
