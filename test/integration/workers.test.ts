import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Message } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { instant } from '../../src/event/instant.ts'
import { createTopics, deleteTopics } from '../kafka/topics.ts'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { ConfiguredRun } from './support/configured-run.ts'
import { produceMessages } from './support/produce.ts'
import { withStoreOf, writeAsReplay } from './support/stored.ts'

/*
 * Threads that fold, with the built program and a real broker: the same rows and the same alerts as without them, also
 * when the program is killed in the middle of history, and again.
 */

const PARCELS = 4_000
const HOUR_MS = 3_600_000
const WITHIN_MS = 120_000

const processFile = (topic: string) => `
process: parcels
owner: depot
sources:
  - topics: [${topic}]
    format: json
    case: parcel
    activity: step
    time: at
    dimensions: {depot: depot}
activities: [received, sorted, delivered]
starts: [received]
ends: {completed: [delivered]}
settle: 2m
pane: 10s
stages:
  sorting: {from: received, to: sorted, by: [depot], target: 40s}
  delivery: {from: sorted, to: delivered}
rules:
  crowded:
    stage: sorting
    by: [depot]
    window: 1m
    when: wip >= 12
    severity: warning
    summary: "{{ wip }} parcels wait in {{ depot }}"
    action: Open another line.
  slow:
    stage: sorting
    window: 2m
    when: p90 > duration("50s")
    for: 20s
    keep_firing_for: 30s
    severity: critical
    summary: Sorting is slow
    action: Look at the lines.
`

/** Parcels of some hours ago, three a second; sorting is slow for a while, and some records cannot be read. */
function messages(): Message[] {
  const start = Math.floor(Date.now() / 10_000) * 10_000 - 3 * HOUR_MS
  const events: { at: number; key: string; value: string }[] = []
  for (let nth = 0; nth < PARCELS; nth++) {
    const parcel = `p${nth}`
    const received = start + nth * 2_000
    const isSlow = nth % 800 > 600
    const steps = [
      ['received', received],
      ['sorted', received + (isSlow ? 60_000 : 15_000) + (nth % 7) * 1_000],
      ['delivered', received + 100_000 + (nth % 11) * 1_000],
    ] as const
    for (const [step, at] of steps) {
      const depot = nth % 3 === 0 ? 'north' : 'south'
      events.push({ at, key: parcel, value: JSON.stringify({ parcel, step, at: new Date(at).toISOString(), depot }) })
    }
    if (nth % 500 === 0) events.push({ at: received, key: parcel, value: `{"parcel": "${parcel}"` })
  }
  return events.sort((left, right) => left.at - right.at).map(({ key, value }) => ({ key, value }))
}

const folder = mkdtempSync(join(tmpdir(), 'stagewatch-workers-'))
const running: ConfiguredRun[] = []

afterAll(async () => {
  for (const run of running) await run.kill()
  rmSync(folder, { recursive: true, force: true })
})

async function start(name: string, brokers: string, topic: string, workers: number): Promise<ConfiguredRun> {
  const at = join(folder, name)
  const rules = join(at, 'rules')
  mkdirSync(rules, { recursive: true })
  writeFileSync(join(rules, 'parcels.yaml'), processFile(topic))
  writeFileSync(join(rules, 'owners.yaml'), 'depot: {title: Depot}\n')
  const run = await ConfiguredRun.start(at, { brokers, rules, settings: { workers } })
  running.push(run)
  return run
}

/** What a run has left behind: rows as a replay writes them, and every transition. */
async function left(name: string) {
  const out = join(folder, name, 'out')
  mkdirSync(out)
  const transitions = await withStoreOf(join(folder, name), async store => {
    await writeAsReplay(store, 'parcels', out)
    const all = await store.transitions('parcels', instant(0), 10_000)
    return all.map(({ rule, segment, from, state, at, value }) =>
      JSON.stringify({ rule, segment, from, state, at, value }),
    )
  })
  const file = (which: string) => readFileSync(join(out, which), 'utf8')
  return { transitions, visits: file('visits.ndjson'), windows: file('windows.ndjson') }
}

describeKafka('threads that fold', 'any', () => {
  let brokers = ''
  let topic = ''
  const values = messages()
  const events = 3 * PARCELS

  beforeAll(async () => {
    brokers = await sharedBroker()
    const [made = ''] = await createTopics(brokers, { numPartitions: 4 })
    topic = made
    await produceMessages(brokers, topic, values)
  }, 200_000)

  afterAll(() => deleteTopics(brokers))

  test('leave the rows and the transitions of one thread, killed on the way or not', { timeout: 400_000 }, async () => {
    const plain = await start('plain', brokers, topic, 0)
    await plain.untilRead(events, WITHIN_MS)
    await plain.untilStored(WITHIN_MS)
    expect(await plain.stop()).toMatchObject({ code: 0 })

    let threaded = await start('threaded', brokers, topic, 2)
    for (const share of [0.2, 0.6]) {
      await threaded.until(`${share} of the events`, WITHIN_MS, async () =>
        (await threaded.counted()) > share * events ? true : undefined,
      )
      await threaded.kill()
      threaded = await start('threaded', brokers, topic, 2)
    }
    await threaded.untilRead(events, WITHIN_MS)
    await threaded.untilStored(WITHIN_MS)
    expect(await threaded.stop()).toMatchObject({ code: 0 })

    const [one, several] = [await left('plain'), await left('threaded')]
    expect(several.windows).toBe(one.windows)
    expect(several.visits).toBe(one.visits)
    expect(several.transitions).toEqual(one.transitions)
    expect(one.transitions.length).toBeGreaterThan(8)
  })

  test('may be more than there are partitions', { timeout: 200_000 }, async () => {
    const [single = ''] = await createTopics(brokers, { numPartitions: 1 })
    await produceMessages(brokers, single, values.slice(0, 100))
    const run = await start('single', brokers, single, 3)
    await run.untilRead(
      100 - values.slice(0, 100).filter(({ value }) => !String(value).endsWith('}')).length,
      WITHIN_MS,
    )
    expect(await run.stop()).toMatchObject({ code: 0 })
  })
})
