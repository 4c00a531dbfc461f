import { setTimeout as wait } from 'node:timers/promises'
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs'
import { RandomDraws } from '../../../src/source/random-draws.ts'
import { CROWD, crowdOf, PARTITIONS, type ParcelMessage, parcelOf } from './parcels.ts'

const TICK_MS = 50
const AGAIN_AFTER_MS = 200

export type StreamOptions = {
  readonly seed: number
  /** A parcel has three events on average. */
  readonly parcelsPerSecond: number
  /** Of the records, how many are sent once more, up to `latestMs` later. */
  readonly duplicates?: number
  /** Records come in another order: each up to so much after its time. Default: 2 s. */
  readonly latestMs?: number
  /** Depots to which a crowd comes again and again, one after the other. */
  readonly crowds?: { readonly depots: readonly string[]; readonly everyMs: number; readonly forMs: number }
}

/**
 * Parcels as they happen now, written to the topic until it is stopped. A broker that is away holds it up and loses
 * nothing; what was sent without an answer is sent again, so a record may be in the topic twice.
 */
export class ParcelStream {
  readonly #producer: Producer
  readonly #topic: string
  readonly #options: StreamOptions
  readonly #draws: RandomDraws
  /** By the tick at which they are sent. */
  readonly #due = new Map<number, ParcelMessage[]>()
  readonly #ends: number[] = Array.from({ length: PARTITIONS }, () => 0)
  readonly #crowdsAt: number[] = []
  #parcels = 0
  #fraction = 0
  #tick = 0
  #isStopping = false
  /** What has begun is brought to its end, nothing begins. */
  #isEnding = false
  #running: Promise<void> = Promise.resolve()
  sent = 0
  /** Sends that failed and were repeated. */
  repeated = 0

  constructor(brokers: string, topic: string, options: StreamOptions) {
    const kafka = new Kafka({ brokers: brokers.split(','), clientId: 'parcels', logLevel: logLevel.NOTHING })
    const retry = { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 }
    this.#producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, retry })
    this.#topic = topic
    this.#options = options
    this.#draws = new RandomDraws(options.seed, 1)
  }

  /** By partition, the offset behind the last record that the broker has acknowledged. */
  get ends(): readonly number[] {
    return [...this.#ends]
  }

  async start(): Promise<void> {
    await this.#producer.connect()
    this.#running = this.#run()
    // Whoever stops it is told.
    this.#running.catch(() => {})
  }

  /** What is due later is not sent: such parcels stay where they are. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#running
    await this.#producer.disconnect()
  }

  /** As `stop`, after everything that is due later: no parcel stays under way that was not lost. */
  async finish(): Promise<void> {
    this.#isEnding = true
    await this.#running
    await this.#producer.disconnect()
  }

  async #run(): Promise<void> {
    const { crowds } = this.#options
    this.#tick = Math.floor(Date.now() / TICK_MS)
    const firstCrowd = Date.now() + 3_000
    crowds?.depots.forEach((_, nth) => {
      this.#crowdsAt.push(firstCrowd + (nth * crowds.everyMs) / crowds.depots.length)
    })
    while (!this.#isStopping && !(this.#isEnding && this.#due.size === 0)) {
      const now = Math.floor(Date.now() / TICK_MS)
      const batch: ParcelMessage[] = []
      // A tick that comes late, after the broker was away, brings what was due until then; no new parcels came meanwhile.
      if (now - this.#tick > 20) this.#skipTo(now)
      for (; this.#tick < now; this.#tick++) {
        if (!this.#isEnding) this.#receive(this.#tick * TICK_MS)
        batch.push(...(this.#due.get(this.#tick) ?? []))
        this.#due.delete(this.#tick)
      }
      if (batch.length > 0) await this.#send(batch)
      await wait(TICK_MS)
    }
  }

  #skipTo(now: number): void {
    const overdue = [...this.#due.keys()].filter(tick => tick < now).sort((left, right) => left - right)
    const messages = overdue.flatMap(tick => this.#due.get(tick) ?? [])
    for (const tick of overdue) this.#due.delete(tick)
    this.#due.set(now - 1, messages)
    this.#tick = now - 1
  }

  #receive(at: number): void {
    const { parcelsPerSecond, duplicates = 0, latestMs = 2_000, crowds } = this.#options
    this.#fraction += (parcelsPerSecond * TICK_MS) / 1_000
    for (; this.#fraction >= 1; this.#fraction--) {
      for (const message of parcelOf(this.#draws, this.#parcels++, at)) {
        this.#schedule(message, message.at + Math.floor(this.#draws.fraction() ** 3 * latestMs))
        if (this.#draws.fraction() < duplicates) {
          this.#schedule(message, message.at + Math.floor(this.#draws.fraction() * latestMs))
        }
      }
    }
    if (crowds === undefined) return
    for (const [nth, depot] of crowds.depots.entries()) {
      if (at < this.#crowdsAt[nth]!) continue
      this.#crowdsAt[nth]! += crowds.everyMs
      for (const message of crowdOf(this.#parcels, depot, at, crowds.forMs)) this.#schedule(message, message.at)
      this.#parcels += CROWD
    }
  }

  /** Nothing is sent before its time, or earlier than the tick under way. */
  #schedule(message: ParcelMessage, sendAt: number): void {
    const tick = Math.max(this.#tick, Math.ceil(sendAt / TICK_MS))
    const known = this.#due.get(tick)
    if (known === undefined) this.#due.set(tick, [message])
    else known.push(message)
  }

  async #send(batch: readonly ParcelMessage[]): Promise<void> {
    for (;;) {
      try {
        await send(this.#producer, this.#topic, batch, this.#ends)
        this.sent += batch.length
        return
      } catch (cause) {
        this.repeated++
        // Nobody waits for a broker that does not come back.
        if (this.#isStopping) throw cause
        await wait(AGAIN_AFTER_MS)
      }
    }
  }
}

async function send(producer: Producer, topic: string, batch: readonly ParcelMessage[], ends: number[]): Promise<void> {
  const messages = batch.map(({ partition, key, value }) => ({ partition, key, value }))
  const written = await producer.send({ topic, messages, timeout: 5_000 })
  for (const { partition, baseOffset } of written) {
    const count = batch.filter(message => message.partition === partition).length
    ends[partition] = Math.max(ends[partition]!, Number(baseOffset) + count)
  }
}
