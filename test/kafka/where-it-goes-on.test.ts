import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Live, openLive } from '../../src/app/live.ts'
import { type PositionPolicy, strictPolicy } from '../../src/app/starting/position-policy.ts'
import type { Definitions } from '../../src/model/definitions.ts'
import { loadDefinitions } from '../../src/model/load.ts'
import { type DetailedStatus, detailedStatusSchema } from '../../src/protocol/status.ts'
import { openStore } from '../../src/store/store.ts'
import { produceMessages } from '../integration/support/produce.ts'
import { freePort } from '../support/kafka/broker.ts'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { until } from '../support/until.ts'
import {
  createAnew,
  createTopics,
  deleteTopics,
  forgetAll,
  forgetBefore,
  openSource,
  produceInTransactions,
} from './topics.ts'

/* The program from topic to store, started again on a topic that is not what it was, or with other definitions. */

const WITHIN_MS = 60_000

function rules(topic: string, where = 'true'): Definitions {
  const { definitions, problems } = loadDefinitions([
    {
      name: 'orders.yaml',
      text: `
process: orders
title: {en: Orders}
owner: ops
sources:
  - {topics: [${topic}], format: json, case: order, activity: activity, time: ts${where === 'true' ? '' : `, where: '${where}'`}}
activities: [paid, picked]
stages:
  picking: {title: {en: Picking}, from: paid, to: picked, owner: ops}
`,
    },
    {
      name: 'owners.yaml',
      text: 'ops: {title: {en: Ops}, members: [li.wei]}',
    },
  ])
  if (definitions === undefined) throw new Error(JSON.stringify(problems))
  return definitions
}

const from = Date.now() - 3_600_000

/** Paid and picked within ten minutes, a minute after the order before. */
const orders = (names: readonly string[], activities = ['paid', 'picked']) =>
  names.flatMap(order =>
    activities.map(activity => {
      const at = from + order.charCodeAt(0) * 10_000 + (activity === 'paid' ? 0 : 600_000)
      return { key: order, value: JSON.stringify({ order, activity, ts: new Date(at).toISOString() }) }
    }),
  )

describeKafka('where the program goes on', 'any', () => {
  let brokers = ''
  let directory = ''
  let topic = ''
  let live: Live | undefined

  beforeAll(async () => {
    brokers = await sharedBroker()
  }, 200_000)

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'stagewatch-goes-on-'))
    ;[topic = ''] = await createTopics(brokers, {})
  })

  afterEach(async () => {
    await live?.stop()
    live = undefined
    rmSync(directory, { recursive: true })
  })

  afterAll(() => deleteTopics(brokers))

  type Said = { readonly where?: string; readonly keepsEvents?: boolean; readonly policy?: Partial<PositionPolicy> }

  async function start({ where, keepsEvents = false, policy }: Said = {}): Promise<void> {
    live = await openLive({
      definitions: rules(topic, where),
      data: join(directory, 'data'),
      store: { kind: 'embedded' },
      keeping: { visits: { keep: 'all' }, days: {}, events: keepsEvents },
      replaces: false,
      http: { host: '127.0.0.1', port: await freePort() },
      saveEveryMs: 1_000,
      logger: pino({ level: 'silent' }),
      brokers: undefined,
      positions: { ...strictPolicy, ...policy },
      openSource: async () => openSource(brokers, [topic]),
    })
  }

  async function stop(): Promise<void> {
    await live?.stop()
    live = undefined
  }

  const status = async (): Promise<DetailedStatus['processes'][number]> => {
    const answer = await fetch(`${live!.url}/api/v1/status`)
    return detailedStatusSchema.parse(await answer.json()).processes[0]!
  }

  /** Waits until all is read and stored. */
  const untilRead = (counted: number) =>
    until(`${counted} events`, WITHIN_MS, async () => {
      const { partitions, events_counted, catching_up } = await status()
      const isRead = events_counted === counted && !catching_up && partitions.every(({ at_end }) => at_end)
      await Promise.race([live!.failed, Promise.resolve()])
      if (!isRead) throw new Error(JSON.stringify(await status()))
      const { store } = detailedStatusSchema.parse(await (await fetch(`${live!.url}/api/v1/status`)).json())
      return store.rows_waiting === 0 ? true : undefined
    })

  /** Rows that are of no fold any more leave once history is through. */
  const untilGone = (...names: readonly string[]) =>
    until(`the rows of ${names} have left`, WITHIN_MS, async () => {
      const answers = names.map(order => fetch(`${live!.url}/api/v1/processes/orders/cases/${order}`))
      return (await Promise.all(answers)).every(({ status: code }) => code === 404) ? true : undefined
    })

  const refusal = () =>
    until('a refusal', WITHIN_MS, async () => {
      const { source } = await status()
      return source.state === 'failed' ? source : undefined
    })

  /** Finished visits by order, and the sum over all panes. */
  async function stored() {
    await stop()
    const store = await openStore({ kind: 'embedded', path: join(directory, 'data', 'clickhouse') })
    const finished: string[] = []
    for await (const visit of store.allVisits('orders')) if (visit.outcome === 'completed') finished.push(visit.case)
    let exited = 0
    for await (const pane of store.allPanes('orders')) if (pane.total) exited += pane.exited
    await store.close()
    return { finished: finished.sort(), exited }
  }

  test('definitions that change fold history anew from the topic where it has all of it', async () => {
    await produceMessages(brokers, topic, orders(['A', 'B', 'C']))
    await start()
    await untilRead(6)
    await stop()
    await start({ where: 'order != "B"' })
    await untilRead(4)
    await untilGone('B')
    expect(await stored()).toEqual({ finished: ['A', 'C'], exited: 2 })
  }, 120_000)

  test('and from the records that the store has kept where the topic has not, with what came since', async () => {
    await produceMessages(brokers, topic, orders(['A', 'B', 'C']))
    await start({ keepsEvents: true })
    await untilRead(6)
    await stop()
    await forgetBefore(brokers, topic, 5)
    await produceMessages(brokers, topic, orders(['D']))
    await start({ keepsEvents: true, where: 'order != "B"' })
    await untilRead(6)
    await untilGone('B')
    expect(await stored()).toEqual({ finished: ['A', 'C', 'D'], exited: 3 })
  }, 120_000)

  test('else they are refused; taken back, everything goes on; asked for, what there is is folded anew', async () => {
    await produceMessages(brokers, topic, orders(['A', 'B']))
    await produceMessages(brokers, topic, orders(['C'], ['paid']))
    await start()
    await untilRead(5)
    await stop()
    await forgetBefore(brokers, topic, 4)
    await start({ where: 'order != "B"' })
    const { problem, remedy } = await refusal()
    expect(problem).toContain('its log has it from offset 4 on, it was folded from 0 on, and the store has 0 of the 5')
    expect(problem).toMatch(/\d cases in memory are at stake/)
    expect(remedy).toContain('stagewatch run --rebuild')
    await stop()

    await start()
    await produceMessages(brokers, topic, orders(['C'], ['picked']))
    await untilRead(6)
    await stop()

    await start({ where: 'order != "B"', policy: { rebuilds: true } })
    await untilRead(2)
    expect((await stored()).finished).toContain('C')
  }, 120_000)

  test('records that are gone are passed over where that is configured, and counted in status and metrics', async () => {
    await produceMessages(brokers, topic, orders(['A']))
    await start()
    await untilRead(2)
    await stop()
    await produceMessages(brokers, topic, orders(['B', 'C']))
    await forgetBefore(brokers, topic, 4)
    await start()
    expect((await refusal()).problem).toContain('offset 2 to 3 are no longer in its log')
    await stop()
    await start({ policy: { onGap: 'skip' } })
    await untilRead(4)
    expect((await status()).partitions[0]!.counts.lost_offsets).toBe(2)
    const metrics = await (await fetch(`${live!.url}/metrics`)).text()
    expect(metrics).toMatch(/^stagewatch_lost_offsets_total\{.*\} 2$/m)
    expect(metrics).toMatch(/^stagewatch_snapshots_damaged_total 0$/m)
    expect(await stored()).toEqual({ finished: ['A', 'C'], exited: 2 })
  }, 120_000)

  test('in a topic that was created anew open cases go on where that is configured, and alerts are judged again', async () => {
    await produceMessages(brokers, topic, orders(['A', 'B', 'C']))
    await produceMessages(brokers, topic, orders(['D'], ['paid']))
    await start()
    await untilRead(7)
    await stop()
    await createAnew(brokers, topic)
    await produceMessages(brokers, topic, orders(['D'], ['picked']))
    await start()
    expect((await refusal()).problem).toContain(`topic "${topic}" was deleted and created anew`)
    await stop()
    await start({ policy: { onNewTopic: 'continue' } })
    await untilRead(8)
    const before = (await status()).evaluated_at!
    // The new topic is shorter than what had been seen of the former: T waits for none of that.
    await until('time goes on', WITHIN_MS, async () => ((await status()).evaluated_at! > before ? true : undefined))
    await stop()
    await start()
    await untilRead(8)
    expect(await stored()).toEqual({ finished: ['A', 'B', 'C', 'D'], exited: 4 })
  }, 120_000)

  test('or history is that of the new topic alone, where it is to be counted anew; also while it is running', async () => {
    await produceMessages(brokers, topic, orders(['A', 'B', 'C']))
    await start({ policy: { onNewTopic: 'start_anew' } })
    await untilRead(6)
    await createAnew(brokers, topic)
    await produceMessages(brokers, topic, orders(['A', 'D']))
    await untilRead(4)
    // What the new topic says of its time takes the place of what the former one said of it.
    await untilGone('B', 'C')
    expect((await stored()).finished).toEqual(['A', 'D'])
  }, 120_000)

  test('what stands behind the last record is read too: markers of transactions that are gone later are no gap', async () => {
    await produceInTransactions(brokers, topic, ['commit', 'abort', 'commit'])
    await start()
    await until('the end', WITHIN_MS, async () => ((await status()).partitions[0]?.at_end ? true : undefined))
    await stop()
    await forgetAll(brokers, topic)
    await produceMessages(brokers, topic, orders(['A']))
    await start()
    await untilRead(2)
    expect((await status()).partitions[0]!.counts).toMatchObject({ consumed: 4, rejected: 2, lost_offsets: 0 })
  }, 120_000)

  test('a first start at the end leaves history alone, and a start after a crash begins there too', async () => {
    await produceMessages(brokers, topic, orders(['A', 'B']))
    const latest: Partial<PositionPolicy> = { startFrom: { kind: 'latest' }, startFromText: 'latest' }
    await start({ policy: latest })
    await until('the end', WITHIN_MS, async () => ((await status()).partitions[0]?.at_end ? true : undefined))
    await stop()
    // As a crash leaves it that comes before the first save.
    const snapshots = join(directory, 'data', 'snapshots')
    const states = readdirSync(snapshots).filter(file => file.startsWith('orders-0.'))
    expect(states.length).toBeGreaterThan(0)
    for (const file of states) rmSync(join(snapshots, file))
    await produceMessages(brokers, topic, orders(['C']))
    await start({ policy: latest })
    await untilRead(2)
    await stop()
    await forgetAll(brokers, topic)
    await start({ policy: latest })
    await untilRead(2)
    expect(await stored()).toEqual({ finished: ['C'], exited: 1 })
  }, 120_000)
})
