import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { WebSocket } from 'ws'
import { STREAM_PATH, SUBPROTOCOL, serverMessageSchema } from '../../src/protocol/message.ts'
import { RunningCommand } from '../../test/integration/support/command.ts'
import { until } from '../../test/support/until.ts'
import { BuiltRun, consumedOf, writeBenchRules } from './built-run.ts'
import type { Setup } from './plan.ts'

const WITHIN_MS = 120_000
const PROBE_EVERY_MS = 150
/** Under load before anything is timed: code is compiled and caches are warm then. */
const WARM_SECONDS = 15

export type Alerting = {
  /** ms from producing an event to its alert's frame on the WebSocket, rising. */
  readonly latencies: readonly number[]
  /** Records a second that came meanwhile. */
  readonly rate: number
}

/**
 * How long it takes from an event to its alert, while others come at a rate.
 *
 * An order is paid in a warehouse that nobody knew, which breaks a rule at once (`for: 0s`): from just before it is
 * given to the producer (acknowledged by the leader, no batching) until the frame is there.
 */
export async function measureAlerting(
  setup: Setup,
  { brokers, topic, rate, probes }: { brokers: string; topic: string; rate: number; probes: number },
): Promise<Alerting> {
  const folder = mkdtempSync(join(tmpdir(), 'stagewatch-bench-'))
  const rules = join(folder, 'rules')
  mkdirSync(rules)
  writeBenchRules(rules, topic)
  const simulate = new RunningCommand(['simulate', '--brokers', brokers, '--topic', topic, '--rate', String(rate)])
  const run = await BuiltRun.start({ setup, brokers, rules, folder })
  const prober = new Prober(brokers, topic)
  try {
    await run.until('the first records', WITHIN_MS, async () => (consumedOf(await run.status()) > 0 ? true : undefined))
    await prober.connect(`${run.url.replace('http', 'ws')}${STREAM_PATH}`)
    await wait(WARM_SECONDS * 1_000)
    const [from, before] = [performance.now(), consumedOf(await run.status())]
    for (let probe = 0; probe < probes; probe++) {
      await prober.send(probe)
      await wait(PROBE_EVERY_MS)
    }
    const consumed = consumedOf(await run.status()) - before
    const taken = performance.now() - from
    if (!simulate.isRunning) throw new Error(`the load has ended too early: ${simulate.said}`)
    await until('all alerts', WITHIN_MS, () => (prober.latencies.length >= probes ? true : undefined))
    return { latencies: prober.latencies.toSorted((left, right) => left - right), rate: (consumed * 1_000) / taken }
  } finally {
    simulate.tell('SIGINT')
    await Promise.all([simulate.end(), prober.close(), run.stop()])
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Pays orders in new warehouses, and times how long it takes until somebody who watches hears of it. */
class Prober {
  readonly latencies: number[] = []
  readonly #topic: string
  readonly #producer
  readonly #sentAt = new Map<string, number>()
  #socket: WebSocket | undefined

  constructor(brokers: string, topic: string) {
    this.#topic = topic
    this.#producer = new Kafka({ brokers: brokers.split(','), clientId: 'bench', logLevel: logLevel.NOTHING }).producer(
      {
        createPartitioner: Partitioners.DefaultPartitioner,
      },
    )
  }

  async connect(url: string): Promise<void> {
    await this.#producer.connect()
    const socket = new WebSocket(url, SUBPROTOCOL)
    this.#socket = socket
    // The statistics are of no interest here, and to read them would take the time that is measured.
    socket.on('message', data => {
      const text = String(data)
      if (!text.startsWith('{"type":"alert"')) return
      const at = performance.now()
      const message = serverMessageSchema.parse(JSON.parse(text))
      if (message.type === 'alert' && message.alert.state === 'firing') this.#heard(message.alert.segment.warehouse, at)
    })
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    socket.send('{"type":"subscribe"}')
  }

  async send(probe: number): Promise<void> {
    const warehouse = `new ${probe}`
    const ts = new Date().toISOString()
    const key = `probe-${probe}`
    const messages = ['created', 'paid'].map(activity => ({
      key,
      value: JSON.stringify({ order_id: key, event_id: `${key}-${activity}`, activity, ts, warehouse }),
    }))
    this.#sentAt.set(warehouse, performance.now())
    await this.#producer.send({ topic: this.#topic, acks: 1, messages })
  }

  #heard(warehouse: string | null | undefined, at: number): void {
    const sentAt = this.#sentAt.get(warehouse ?? '')
    if (sentAt === undefined) return
    this.#sentAt.delete(warehouse ?? '')
    this.latencies.push(at - sentAt)
  }

  async close(): Promise<void> {
    this.#socket?.close()
    await this.#producer.disconnect()
  }
}
