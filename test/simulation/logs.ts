import { type Instant, instant } from '../../src/event/instant.ts'
import type { SourceRecord, TopicPartition } from '../../src/event/record.ts'
import { type PartitionKey, partitionKey, type Source, type SourceListener } from '../../src/source/source.ts'
import type { Chance } from './chance.ts'
import { machineNow } from './timers.ts'

/** A record of a log. Offsets rise, and not by one: transactions and compaction leave holes. */
export type LoggedRecord = {
  readonly offset: number
  readonly value: string
  /** When it is written, in ms of the machine. */
  readonly writtenAtMs: number
}

export type Log = TopicPartition & {
  readonly records: readonly LoggedRecord[]
  /** Offsets behind the last record that hold none. */
  readonly endOffset: number
}

/** An event may be later than the wall clock by so much. */
const FUTURE_AFTER_MS = 600_000

export type Reading = {
  readonly logs: readonly Log[]
  readonly chance: Chance
  /** How long a fetch takes, about. */
  readonly fetchMs: (log: Log) => number
  readonly mostRecords: number
  /** How often, after a fetch, all partitions are taken away and given back. */
  readonly rebalances: () => number
  readonly rebalanced: () => void
  readonly wallClock: () => number
  /** The offset to begin at, by what the listener has said. */
  readonly beginAt: (key: PartitionKey, said: number | undefined) => number
  /** Records as they are handed over. */
  readonly seen: (record: SourceRecord, id: TopicPartition) => SourceRecord
}

/** How often a source tells how far the logs go. */
const ENDS_EVERY_MS = 1_000

/** Kafka as the source's contract has it: partitions side by side, batches of any size, each handed over when it comes. */
export class LogSource implements Source {
  readonly finished = new Promise<void>(() => {})
  readonly #reading: Reading
  readonly #readTo = new Map<PartitionKey, number>()
  #listener: SourceListener | undefined
  /** Rises whenever partitions are given or taken: what was fetched under another one is not handed over. */
  #generation = 0
  #isStopped = false

  constructor(reading: Reading) {
    this.#reading = reading
  }

  async start(listener: SourceListener): Promise<void> {
    this.#listener = listener
    await this.#join(listener)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#generation++
  }

  /** Everything that the logs hold by now has been handed over. */
  get isAtEnd(): boolean {
    return this.#reading.logs.every(log => (this.#readTo.get(partitionKey(log)) ?? 0) >= this.#endOf(log))
  }

  async #join(listener: SourceListener): Promise<void> {
    const { logs, beginAt, chance } = this.#reading
    const generation = ++this.#generation
    const offsets = await listener.assigned(logs)
    for (const log of chance.oneIn(2) ? logs : logs.toReversed()) {
      const key = partitionKey(log)
      this.#readTo.set(key, beginAt(key, offsets.get(key) as number | undefined))
      this.#background(this.#read(log, listener, generation))
    }
  }

  async #read(log: Log, listener: SourceListener, generation: number): Promise<void> {
    const { chance, fetchMs, mostRecords, rebalances, seen } = this.#reading
    const key = partitionKey(log)
    for (;;) {
      await machineNow().wait(chance.delay(fetchMs(log)), () => {})
      if (this.#generation !== generation) return
      const readTo = this.#readTo.get(key) ?? 0
      const records = this.#recordsFrom(log, readTo, chance.between(1, mostRecords))
      const last = records.at(-1)
      if (last !== undefined) {
        await listener.batch({ ...log, records: records.map(record => seen(record, log)) })
        if (this.#generation !== generation) return
      }
      const atEnd = this.#recordsFrom(log, last === undefined ? readTo : last.offset + 1, 1).length === 0
      this.#readTo.set(key, atEnd ? this.#endOf(log) : (last?.offset ?? readTo - 1) + 1)
      listener.end(log, this.#endOf(log), this.#readTo.get(key) as number)
      if (chance.happens(rebalances())) return await this.#rebalance(listener)
      if (atEnd) await this.#pause(log, generation)
    }
  }

  async #rebalance(listener: SourceListener): Promise<void> {
    this.#reading.rebalanced()
    this.#generation++
    await listener.revoked(this.#reading.logs)
    if (!this.#isStopped) await this.#join(listener)
  }

  /** Until the next record is written, telling the end meanwhile. */
  async #pause(log: Log, generation: number): Promise<void> {
    const end = this.#endOf(log)
    do {
      const { nowMs } = machineNow()
      const next = log.records.find(({ writtenAtMs }) => writtenAtMs > nowMs)
      await machineNow().wait(Math.min(ENDS_EVERY_MS, (next?.writtenAtMs ?? Infinity) - nowMs), () => {})
      if (this.#generation !== generation) return
      this.#listener?.end(log, this.#endOf(log), end)
    } while (this.#endOf(log) === end)
  }

  #endOf(log: Log): number {
    const { nowMs } = machineNow()
    const next = log.records.find(({ writtenAtMs }) => writtenAtMs > nowMs)
    return next === undefined ? log.endOffset : next.offset
  }

  #recordsFrom(log: Log, offset: number, limit: number): SourceRecord[] {
    const { nowMs } = machineNow()
    const notAfter: Instant = instant(this.#reading.wallClock() + FUTURE_AFTER_MS)
    return log.records
      .filter(record => record.offset >= offset && record.writtenAtMs <= nowMs)
      .slice(0, limit)
      .map(({ offset: at, value }) => ({
        offset: at,
        key: null,
        value: Buffer.from(value),
        timestamp: undefined,
        notAfter,
      }))
  }

  #background(reading: Promise<void>): void {
    reading.catch(error => this.failed(error as Error))
  }

  failed: (error: Error) => void = () => {}
}
