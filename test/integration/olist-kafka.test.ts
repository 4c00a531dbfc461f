import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runReplay } from '../../src/app/replay.ts'
import { ReplayOutput } from '../../src/app/replay-output.ts'
import { loadRules } from '../../src/app/rules-folder.ts'
import { ProcessEngine } from '../../src/engine/process-engine.ts'
import { ProcessLoop } from '../../src/engine/process-loop.ts'
import { instant } from '../../src/event/instant.ts'
import type { ProcessStatistics } from '../../src/protocol/statistics.ts'
import { createTopics, deleteTopics, forgetAll, newTopicName, openSource } from '../kafka/topics.ts'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { until } from '../support/until.ts'
import { ConfiguredRun, dataOf } from './support/configured-run.ts'
import { hasOlist, olistEvents, olistRules, withoutOlist } from './support/olist.ts'
import { keyedByOrder, produceMessages } from './support/produce.ts'
import { withStoreOf, writeAsReplay } from './support/stored.ts'

const EVENTS = 286_603
const PARTITIONS = 6
/** The topic that the rules name. */
const TOPIC = 'olist.events'

/** Finds what hangs: all events are read within half a minute or so by a machine of its own. */
const READ_WITHIN_MS = 240_000
const TEST_WITHIN_MS = 2 * READ_WITHIN_MS

/** What the log says where rows wait in the snapshot for the next start. */
const UNWRITTEN = 'rows were not written'

/** Rows as a replay writes them, in their order. */
const rows = ['visits.ndjson', 'windows.ndjson']

/** Lines that only one of two results has, each with the side that has it; the first few. */
function differences(one: string, other: string): string[] {
  return rows.flatMap(name => {
    const [texts, others] = [readFileSync(join(one, name), 'utf8'), readFileSync(join(other, name), 'utf8')]
    if (texts === others) return []
    const [left, right] = [new Set(texts.split('\n')), new Set(others.split('\n'))]
    return [
      `${name} differs`,
      ...[...left]
        .filter(line => !right.has(line))
        .slice(0, 5)
        .map(line => `- ${line}`),
      ...[...right]
        .filter(line => !left.has(line))
        .slice(0, 5)
        .map(line => `+ ${line}`),
    ]
  })
}

describeKafka('the Olist orders from a topic of six partitions', 'any', () => {
  describe.skipIf(!hasOlist)(`read through kafkajs${withoutOlist}`, () => {
    let brokers = ''
    let topic = ''
    let folder: string
    let rules: string
    let replayed: string
    const running: ConfiguredRun[] = []

    const start = async (): Promise<ConfiguredRun> => {
      const run = await ConfiguredRun.start(folder, { brokers, rules })
      running.push(run)
      return run
    }

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'stagewatch-olist-'))
      replayed = join(folder, 'replayed')
      brokers = await sharedBroker()
      ;[topic = ''] = await createTopics(brokers, { topic: newTopicName(TOPIC), numPartitions: PARTITIONS })
      rules = rulesFor(topic, join(folder, 'rules'))
      await Promise.all([
        produceMessages(brokers, topic, keyedByOrder(olistEvents)),
        runReplay({ rules, inputs: [{ topic: undefined, file: olistEvents }], out: replayed }),
      ])
    }, TEST_WITHIN_MS)

    afterAll(async () => {
      for (const run of running) await run.kill()
      await deleteTopics(brokers)
      rmSync(folder, { recursive: true, force: true })
    })

    test(
      'give in memory the visits and panes of the replay, and the same alerts at the same times',
      async () => {
        const { output, transitions } = await foldTopic(brokers, topic, rules)
        const out = join(folder, 'folded')
        await output.write(out, { partitions: [], hasMeasures: false, rejections: [] }, () => ({
          elapsedMs: 0,
          peakMemoryBytes: 0,
        }))
        expect(differences(out, replayed)).toEqual([])
        // Live time goes on where the replay ends with its last event.
        expect(transitions.slice(0, alertsOf(replayed).length)).toEqual(alertsOf(replayed))
      },
      TEST_WITHIN_MS,
    )

    test(
      'are in ClickHouse as the replay has them, also after a kill in the middle',
      async () => {
        const killed = await start()
        await killed.until('a part of the events read and saved', READ_WITHIN_MS, async () => {
          const [counted, saved] = [await killed.counted(), savedShards(folder)]
          if (counted > EVENTS / 5 && saved >= PARTITIONS) return true
          throw new Error(`${counted} events counted, ${saved} partitions saved`)
        })
        await killed.kill()

        const run = await start()
        await run.untilRead(EVENTS, READ_WITHIN_MS)
        await run.untilStored(READ_WITHIN_MS)
        const { processes } = await run.status()
        const partitions = processes.flatMap(process => process.partitions)
        expect(partitions).toHaveLength(PARTITIONS)
        for (const { counts } of partitions) {
          expect(counts).toMatchObject({ duplicate: 0, late: 0, ignored: 0, rejected: 0 })
          expect(counts.consumed).toBe(counts.counted)
        }
        expect(await openNow(run)).toEqual(openIn(replayed))
        expect(await run.stop()).toMatchObject({
          code: 0,
          signal: null,
          stdout: expect.not.stringContaining(UNWRITTEN),
        })

        const out = join(folder, 'stored')
        const transitions = await withStoreOf(folder, async store => {
          await writeAsReplay(store, 'olist', out)
          return store.transitions('olist', instant(0), 10_000)
        })
        expect(differences(out, replayed)).toEqual([])
        expect(transitions.slice(0, alertsOf(replayed).length).map(factsOf)).toEqual(alertsOf(replayed))
      },
      TEST_WITHIN_MS,
    )

    test(
      'are not needed a second time: a restart goes on from what it has saved',
      async () => {
        await forgetAll(brokers, topic)
        const run = await start()
        await run.untilRead(EVENTS, READ_WITHIN_MS)
        const order = 'a-new-order'
        const ts = new Date(Date.now() - 60_000).toISOString()
        const value = JSON.stringify({ order_id: order, activity: 'purchased', ts, customer_state: 'SP' })
        await produceMessages(brokers, topic, [{ key: order, value }])
        await run.untilRead(EVENTS + 1, READ_WITHIN_MS)
        await run.until('the new order in the store', READ_WITHIN_MS, async () => {
          const answer = await run.get(`/api/v1/processes/olist/cases/${order}`)
          return answer.ok ? true : undefined
        })
        expect(await run.stop()).toMatchObject({ code: 0, signal: null })
        const { visits } = await withStoreOf(folder, store => store.counts('olist'))
        // Approval and lead time of the new order.
        expect(visits).toBe(linesOf(join(replayed, 'visits.ndjson')).length + 2)
      },
      TEST_WITHIN_MS,
    )
  })
})

/** The rules in a folder of their own, reading another topic. @returns that folder. */
function rulesFor(topic: string, folder: string): string {
  cpSync(olistRules, folder, { recursive: true })
  const file = join(folder, 'olist.yaml')
  const text = readFileSync(file, 'utf8')
  if (!text.includes(`topics: [${TOPIC}]`)) throw new Error(`${file} does not read ${TOPIC}`)
  writeFileSync(file, text.replace(`topics: [${TOPIC}]`, `topics: [${topic}]`))
  return folder
}

/** Partitions of which a snapshot lies in the data folder. */
function savedShards(folder: string): number {
  const names = readdirSync(join(dataOf(folder), 'snapshots')).filter(name => /^olist-\d+\..*\.snapshot$/.test(name))
  return new Set(names.map(name => name.split('.')[0])).size
}

/** What is left of a transition when what depends on the number of partitions is left out. */
const factsOf = ({ id, rule, segment, state, at, value }: Record<string, unknown>) => ({
  id,
  rule,
  segment,
  state,
  at: typeof at === 'number' ? new Date(at).toISOString() : at,
  value: value ?? null,
})

const linesOf = (file: string): string[] => readFileSync(file, 'utf8').split('\n').filter(Boolean)

const alertsOf = (out: string) => linesOf(join(out, 'alerts.ndjson')).map(line => factsOf(JSON.parse(line)))

/** The engine as it runs live, its rows kept in memory. */
async function foldTopic(brokers: string, topic: string, rules: string) {
  const [process] = loadRules(rules).definitions.processes
  if (process === undefined) throw new Error('no process')
  const engine = new ProcessEngine({ process, mode: 'live', epoch: 0, now: Date.now })
  const output = new ReplayOutput()
  const transitions: ReturnType<typeof factsOf>[] = []
  const failures: Error[] = []
  const loop = new ProcessLoop(
    engine,
    {
      write: rows => output.add(rows),
      hasRoom: () => true,
      isSaveUrgent: () => false,
      isStoreAway: () => false,
      record: async () => {},
      publish: (_, published) => void transitions.push(...published.map(factsOf)),
      evaluated: () => {},
      loadShards: async () => new Map(),
      saveShards: async () => {},
      wasFuture: () => false,
      sourceState: () => {},
      failed: (_, error) => void failures.push(error),
    },
    undefined,
  )
  const source = openSource(brokers, [topic])
  loop.start()
  try {
    await source.start(loop)
    await until('all events folded, and time at the present', READ_WITHIN_MS, () => {
      if (failures.length > 0) return true
      const { partitions } = engine
      const isRead = partitions.length === PARTITIONS && partitions.every(({ isAtEnd }) => isAtEnd)
      if (isRead && !engine.isCatchingUp) return true
      throw new Error(`${partitions.length} partitions, evaluated up to ${engine.evaluatedAt}`)
    })
  } finally {
    await source.stop()
    await loop.stop()
  }
  expect(failures).toEqual([])
  return { output, transitions }
}

/** Open visits by stage and state, as the page shows them. */
async function openNow(run: ConfiguredRun): Promise<Record<string, number>> {
  const answer = await run.get('/api/v1/processes/olist/statistics')
  const { stages } = (await answer.json()) as ProcessStatistics
  const open: Record<string, number> = {}
  for (const { stage, segments } of stages) {
    for (const { segment, total, values } of segments) {
      const { wip = 0 } = values
      if (!total && wip > 0) open[`${stage} ${segment.customer_state}`] = wip
    }
  }
  return open
}

function openIn(out: string): Record<string, number> {
  const open: Record<string, number> = {}
  for (const line of linesOf(join(out, 'visits.ndjson'))) {
    const { stage, outcome, segment } = JSON.parse(line)
    if (outcome !== 'open') continue
    const key = `${stage} ${segment.customer_state}`
    open[key] = (open[key] ?? 0) + 1
  }
  return open
}
