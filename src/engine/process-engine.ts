import type { AlertBookState } from '../alerts/book.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import { compileDecoder, type Decoder } from '../decode/decoder.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { RecordBatch, TopicPartition } from '../event/record.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import type { ShardOutput } from '../shard/output.ts'
import { Shard, type ShardState } from '../shard/shard.ts'
import { EvaluationClock } from './evaluation-clock.ts'
import { Evaluator } from './evaluator.ts'
import { Partition } from './partition.ts'
import { RecordQueue } from './record-queue.ts'

/** Behind the wall clock by more than this, a process is catching up. */
export const CATCHING_UP_MS = 60_000

export type ProcessEngineOptions = {
  readonly process: ProcessDefinition
  /** `replay`: logs that end; time goes to the end of them and no further. */
  readonly mode: 'live' | 'replay'
  readonly epoch: number
  /** The wall clock, in ms since the epoch. */
  readonly now: () => number
}

/** Everything the evaluator has to remember; durable before a transition that follows from it leaves. */
export type EvaluatorState = {
  readonly book: AlertBookState
  /** Next offset by `topic:partition`, as folded when T was evaluated. */
  readonly offsets: Readonly<Record<string, number>>
}

/** What an evaluation brought. */
export type Evaluation = {
  readonly at: Instant
  readonly transitions: readonly AlertTransition[]
}

/*
 * One process: partitions in, evaluations out.
 *
 * `step` does a slice of work and says whether more can be done at once. It has two gaits, one code path:
 *
 * - over history (a replay, or more than a minute behind the wall clock) time is in charge: T is evaluated when every
 *   partition has been folded up to the record that would lift it to T, so alerts are a function of the logs alone;
 * - live, records are folded as they come, T follows the wall clock, and the segments a batch touched are judged at once.
 */
export class ProcessEngine {
  readonly process: ProcessDefinition
  readonly #options: ProcessEngineOptions
  readonly #topics: readonly string[]
  readonly #decoders: readonly Decoder[]
  readonly #shards = new Map<number, Shard>()
  readonly #partitions = new Map<string, Partition>()
  readonly #evaluator: Evaluator
  readonly #clock: EvaluationClock
  #mustReach: Readonly<Record<string, number>> = {}
  #hasTouched = false

  constructor(options: ProcessEngineOptions) {
    const { process } = options
    this.process = process
    this.#options = options
    const mappings = process.sources.flatMap(source => source.topics.map(topic => ({ topic, source })))
    this.#topics = mappings.map(({ topic }) => topic)
    this.#decoders = mappings.map(({ source }) => compileDecoder(process, source))
    this.#evaluator = new Evaluator(process)
    this.#clock = new EvaluationClock(process.evaluateEveryMs, process.paneMs)
  }

  get topics(): readonly string[] {
    return this.#topics
  }

  /** By partition number. */
  get shards(): readonly Shard[] {
    return [...this.#shards.values()].sort((left, right) => left.partition - right.partition)
  }

  get partitions(): readonly Partition[] {
    return [...this.#partitions.values()]
  }

  get evaluatedAt(): Instant | undefined {
    return this.#clock.last
  }

  /** Lowest watermark of the partitions; undefined before every one has had an event. */
  get watermark(): Instant | undefined {
    const lowest = Math.min(...this.partitions.map(partition => partition.watermark))
    return Number.isFinite(lowest) ? instant(lowest) : undefined
  }

  get isCatchingUp(): boolean {
    if (this.#options.mode === 'replay') return true
    const { last } = this.#clock
    if (last !== undefined) return this.#options.now() - last > CATCHING_UP_MS
    const first = this.#firstEvent()
    return first !== Infinity && this.#options.now() - first > CATCHING_UP_MS
  }

  /** Takes a topic partition over, with the state it has left elsewhere. */
  assign(id: TopicPartition, restored: ShardState | undefined): void {
    const topic = this.#topics.indexOf(id.topic)
    if (topic < 0) throw new Error(`${id.topic} is not a topic of process ${this.process.name}`)
    let shard = this.#shards.get(id.partition)
    if (shard === undefined) {
      const { epoch } = this.#options
      shard = new Shard({ process: this.process, partition: id.partition, topics: this.#topics, epoch })
      if (restored !== undefined) shard.restore(restored)
      this.#shards.set(id.partition, shard)
    }
    const queue = new RecordQueue(this.#decoders[topic] as Decoder)
    this.#partitions.set(keyOf(id), new Partition(id, topic, shard, queue, this.#options.now()))
  }

  /** Gives a topic partition up; its shard leaves with the last of its topics. */
  revoke(id: TopicPartition): void {
    this.#partitions.get(keyOf(id))?.queue.clear()
    this.#partitions.delete(keyOf(id))
    const isLast = !this.partitions.some(({ id: other }) => other.partition === id.partition)
    if (isLast) this.#shards.delete(id.partition)
  }

  /** @returns when the partition can take more. */
  add(batch: RecordBatch): Promise<void> {
    return this.#partitionOf(batch).queue.add(batch.records)
  }

  tellEnd(id: TopicPartition, endOffset: number, readTo: number): void {
    this.#partitionOf(id).tellEnd(endOffset, readTo, this.#options.now())
  }

  /**
   * Does work for about `budgetMs`.
   *
   * @returns the evaluations made, and whether there is more to do without waiting for anything.
   */
  step(budgetMs: number): { readonly evaluations: readonly Evaluation[]; readonly hasMore: boolean } {
    const until = performance.now() + budgetMs
    const evaluations: Evaluation[] = []
    while (performance.now() < until) {
      if (!this.#hasBegun()) return { evaluations, hasMore: false }
      const went = this.isCatchingUp ? this.#stepHistory(until, evaluations) : this.#stepLive(until, evaluations)
      if (!went) return { evaluations, hasMore: false }
    }
    return { evaluations, hasMore: true }
  }

  takeOutput(): ShardOutput[] {
    return this.shards.map(shard => shard.takeOutput())
  }

  /** A whole state to go on from; plain data that shares structure with the engine, so write it out before the next step. */
  snapshot(): EvaluatorState {
    const offsets = this.partitions.map(({ id, shard, topic }) => [keyOf(id), shard.nextOffsetOf(topic)] as const)
    return { book: this.#evaluator.book.snapshot(), offsets: Object.fromEntries(offsets) }
  }

  /**
   * Goes on after the evaluation at `at`. Nothing is evaluated until every partition has been folded as far as it had been then.
   *
   * @returns transitions of alerts whose rule is gone.
   */
  restore(state: EvaluatorState, at: Instant): readonly AlertTransition[] {
    this.#clock.passed(at)
    this.#mustReach = state.offsets
    return this.#evaluator.restore(state.book, at)
  }

  /** The latest transition of each alert that is under way. */
  openAlerts(): readonly AlertTransition[] {
    return this.#evaluator.book.openAlerts()
  }

  /** Whether it is known where time begins: the first event of every partition that has one is at hand. */
  #hasBegun(): boolean {
    const { partitions } = this
    if (this.#clock.last !== undefined) return partitions.length > 0
    for (const partition of partitions) partition.foldTimeless()
    return this.#firstEvent() !== Infinity && !this.#isWaiting(partitions, this.#options.now())
  }

  /** Time is in charge: folds up to T, evaluates T. */
  #stepHistory(until: number, evaluations: Evaluation[]): boolean {
    const partitions = this.partitions
    const now = this.#options.now()
    const firstEvent = this.#firstEvent()
    const next = this.#clock.nextOverHistory(firstEvent, this.#nextEvent(partitions))
    for (const partition of partitions) {
      for (let folded = 1; ; folded++) {
        const head = partition.queue.peek()
        if (head === undefined || head.lifts >= next) break
        partition.foldNext()
        if (folded % 256 === 0 && performance.now() > until) return true
      }
    }
    if (this.#isWaiting(partitions, now) || !this.#hasCaughtUpWithState(partitions)) return false
    if (next > this.#lastInstantOf(partitions, now)) return false
    this.#evaluate(next, 'all', evaluations)
    return true
  }

  /** Records are in charge: folds what is there, then lets T follow the wall clock. */
  #stepLive(until: number, evaluations: Evaluation[]): boolean {
    const partitions = this.partitions
    for (const partition of partitions) {
      while (partition.queue.peek() !== undefined) {
        partition.foldNext()
        this.#hasTouched = true
        if (performance.now() > until) return true
      }
    }
    if (!this.#hasCaughtUpWithState(partitions)) return false
    const now = this.#options.now()
    let bound = now
    for (const partition of partitions) if (partition.holdsTime(now)) bound = Math.min(bound, partition.watermark)
    const next = this.#clock.next(this.#clock.liveStepMs, this.#firstEvent())
    if (next <= bound) {
      this.#evaluate(next, 'all', evaluations)
      return true
    }
    const { last } = this.#clock
    if (this.#hasTouched && last !== undefined && bound > last) this.#evaluate(bound, 'touched', evaluations)
    return false
  }

  #evaluate(at: number, only: 'all' | 'touched', evaluations: Evaluation[]): void {
    this.#clock.passed(at)
    this.#hasTouched = false
    const transitions = this.#evaluator.evaluate(instant(at), this.shards, this.watermark, only)
    if (only === 'all' || transitions.length > 0) evaluations.push({ at: instant(at), transitions })
  }

  /** Some partition may still have records for this T. */
  #isWaiting(partitions: readonly Partition[], now: number): boolean {
    return partitions.some(partition => {
      if (partition.queue.peek() !== undefined) return false
      return this.#options.mode === 'replay' ? !partition.isAtEnd : partition.holdsTime(now)
    })
  }

  #hasCaughtUpWithState(partitions: readonly Partition[]): boolean {
    const missing = partitions.some(
      ({ id, shard, topic }) => shard.nextOffsetOf(topic) < (this.#mustReach[keyOf(id)] ?? 0),
    )
    if (!missing) this.#mustReach = {}
    return !missing
  }

  /** How far T may go: the wall clock; in a replay, the first instant that sees all records. */
  #lastInstantOf(partitions: readonly Partition[], now: number): number {
    if (this.#options.mode === 'live') return now
    const heads = partitions.some(partition => partition.queue.peek() !== undefined)
    const highest = Math.max(...partitions.map(partition => partition.watermark))
    return heads ? Infinity : (Math.floor(highest / this.#clock.historyStepMs) + 1) * this.#clock.historyStepMs
  }

  /** The earliest event time known before anything was evaluated: T begins after it. */
  #firstEvent(): number {
    let first = Infinity
    for (const { queue, watermark } of this.#partitions.values()) {
      const lifts = queue.peek()?.lifts ?? -Infinity
      const at = watermark === -Infinity ? lifts : watermark
      if (at !== -Infinity && at < first) first = at
    }
    return first
  }

  #nextEvent(partitions: readonly Partition[]): number {
    return Math.min(...partitions.map(({ queue }) => queue.peek()?.lifts ?? Infinity))
  }

  #partitionOf(id: TopicPartition): Partition {
    const partition = this.#partitions.get(keyOf(id))
    if (partition === undefined) throw new Error(`${keyOf(id)} is not assigned to process ${this.process.name}`)
    return partition
  }
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}:${partition}`
