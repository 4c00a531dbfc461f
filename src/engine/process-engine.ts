import type { AlertBookState } from '../alerts/book.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import { compileRecordReader } from '../decode/record-reader.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { RecordBatch, TopicPartition } from '../event/record.ts'
import type { ProcessDefinition, SourceDefinition } from '../model/definitions.ts'
import type { ShardOutput } from '../shard/output.ts'
import { Shard } from '../shard/shard.ts'
import type { ShardState } from '../shard/shard-state.ts'
import { type PartitionKey, partitionKey } from '../source/source.ts'
import { EvaluationClock } from './evaluation-clock.ts'
import { Evaluator } from './evaluator.ts'
import { HeldTimeWatch } from './held-time.ts'
import { Partition } from './partition.ts'
import { Partitions } from './partitions.ts'
import { RecordQueue } from './record-queue.ts'
import { SeenOffsets } from './seen-offsets.ts'

/** Behind the wall clock by more than this, a process is catching up. */
export const CATCHING_UP_MS = 60_000

export type ProcessEngineOptions = {
  readonly process: ProcessDefinition
  /** `replay`: logs that end; time goes to the end of them and no further. */
  readonly mode: 'live' | 'replay'
  readonly epoch: number
  /** The wall clock, in ms since the epoch. */
  readonly now: () => number
  /** Whether rows of visits are put out; panes always are. Default: yes. */
  readonly withVisits?: boolean
  /** Whether records are put out as they came. Default: no. */
  readonly withRecords?: boolean
  /** What rows name as their source. Default: the topics. */
  readonly source?: string
}

/** Everything the evaluator has to remember; durable before a transition that follows from it leaves. */
export type EvaluatorState = {
  readonly book: AlertBookState
  /** Next offset by `topic:partition`, as folded when T was evaluated; after a restart at least as far as before it. */
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
  /** By topic. */
  readonly #sources: readonly SourceDefinition[]
  readonly #shards = new Map<number, Shard>()
  readonly #partitions: Partitions
  readonly #evaluator: Evaluator
  readonly #heldTime: HeldTimeWatch
  readonly #clock: EvaluationClock
  readonly #seen = new SeenOffsets()
  #hasTouched = false
  /** The earliest event time, once it is known; T begins after it. */
  #beginning: number | undefined

  constructor(options: ProcessEngineOptions) {
    const { process } = options
    this.process = process
    this.#options = options
    this.#partitions = new Partitions(options.mode)
    const mappings = process.sources.flatMap(source => source.topics.map(topic => ({ topic, source })))
    this.#topics = mappings.map(({ topic }) => topic)
    this.#sources = mappings.map(({ source }) => source)
    this.#evaluator = new Evaluator(process)
    this.#heldTime = new HeldTimeWatch(process, this.#evaluator.book)
    this.#clock = new EvaluationClock(process.evaluateEveryMs, process.paneMs)
  }

  get topics(): readonly string[] {
    return this.#topics
  }

  get epoch(): number {
    return this.#options.epoch
  }

  /** What its rows name as their source. */
  get source(): string {
    return this.#options.source ?? this.#topics.join(',')
  }

  /** By partition number. */
  get shards(): readonly Shard[] {
    return [...this.#shards.values()].sort((left, right) => left.partition - right.partition)
  }

  get partitions(): readonly Partition[] {
    return this.#partitions.all
  }

  get evaluatedAt(): Instant | undefined {
    return this.#clock.last
  }

  /** Lowest watermark of the partitions; undefined before every one has had an event. */
  get watermark(): Instant | undefined {
    return this.#partitions.watermark
  }

  get isCatchingUp(): boolean {
    if (this.#options.mode === 'replay') return true
    const now = this.#options.now()
    const first = this.#firstEvent
    const from = this.#clock.last ?? first
    if (from === Infinity || now - from <= CATCHING_UP_MS) return false
    // With panes of an hour the next T over history may be most of an hour away: until then the rules are judged live.
    return this.#clock.next(this.#clock.historyStepMs, first) <= now
  }

  /** All partitions are ours to the end that their logs had when we came: what is shown is not of the past only. */
  get isThroughHistory(): boolean {
    return this.#partitions.areThroughHistory
  }

  /** The partitions whose end is not known: they may hold more than was read, so all values are partial. */
  get unknownEnds(): readonly TopicPartition[] {
    return this.#partitions.unknownEnds(this.#options.now()).map(({ id }) => id)
  }

  /** The partitions that T waits for: not at their end, and of these the furthest behind. */
  get heldBy(): readonly TopicPartition[] {
    return this.#partitions.holding(this.#options.now()).map(({ id }) => id)
  }

  /** Takes a topic partition over, with the state it has left elsewhere. */
  assign(id: TopicPartition, restored: ShardState | undefined): void {
    const topic = this.#topics.indexOf(id.topic)
    if (topic < 0) throw new Error(`${id.topic} is not a topic of process ${this.process.name}`)
    let shard = this.#shards.get(id.partition)
    if (shard === undefined) {
      const { epoch, withVisits = true, withRecords = false } = this.#options
      const rows = { epoch, withVisits, withRecords, source: this.source }
      shard = new Shard({ process: this.process, partition: id.partition, topics: this.#topics, ...rows })
      if (restored !== undefined) shard.restore(restored)
      this.#shards.set(id.partition, shard)
    }
    const source = this.#sources[topic] as SourceDefinition
    const queue = new RecordQueue(
      compileRecordReader(this.process, source, shard.table),
      () => shard.newRecord(),
      (decoded, count) => shard.foresee(decoded, count),
    )
    this.#partitions.add(new Partition(id, topic, shard, queue, this.#options.now()))
  }

  /** Gives a topic partition up; its shard leaves with the last of its topics. */
  revoke(id: TopicPartition): void {
    if (this.#partitions.remove(id)) this.#shards.delete(id.partition)
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

  /**
   * Looks whether time goes on, by the wall clock; to be called between steps, and also while there are none.
   *
   * @param hasRoom whether records are taken at all.
   * @returns T, where it is, and the transitions of the alert on held time; undefined: none.
   */
  lookAtTime(hasRoom: boolean): Evaluation | undefined {
    const at = this.#clock.last
    // Over logs that end, and before the first T, nobody waits for the next one.
    if (this.#options.mode === 'replay' || at === undefined) return undefined
    const now = instant(this.#options.now())
    const isDue = this.#clock.next(this.#clock.liveStepMs, at) <= now
    const transitions = this.#heldTime.look(now, at, isDue, () => ({
      watermark: this.watermark,
      waitsFor: hasRoom ? [...new Set([...this.heldBy.map(partitionKey), ...this.#unseen(now)])] : ['the store'],
    }))
    return transitions.length === 0 ? undefined : { at, transitions }
  }

  takeOutput(): ShardOutput[] {
    return this.shards.map(shard => shard.takeOutput())
  }

  /** A whole state to go on from; plain data that shares structure with the engine, so write it out before the next step. */
  snapshot(): EvaluatorState {
    const offsets = new Map(
      this.partitions.map(({ id, shard, topic }) => [partitionKey(id) as string, shard.nextOffsetOf(topic)]),
    )
    // Of what is still folded again, the next restart must not see less than this one did.
    for (const key of this.#unseen(this.#options.now())) offsets.set(key, this.#seen.offsetOf(key) as number)
    return { book: this.#evaluator.book.snapshot(), offsets: Object.fromEntries(offsets) }
  }

  /**
   * Goes on after the evaluation at `at`. Nothing is evaluated until every partition has been folded as far as it had been then.
   *
   * @returns transitions of alerts whose rule is gone.
   */
  restore(state: EvaluatorState, at: Instant): readonly AlertTransition[] {
    this.#clock.passed(at)
    // A topic that the process no longer reads brings nothing to wait for.
    const read = Object.entries(state.offsets).filter(([key]) =>
      this.#topics.includes(key.slice(0, key.lastIndexOf(':'))),
    )
    this.#seen.restore(Object.fromEntries(read), this.#options.now())
    return this.#evaluator.restore(state.book, at)
  }

  /** The latest transition of each alert that is under way. */
  openAlerts(): readonly AlertTransition[] {
    return this.#evaluator.book.openAlerts()
  }

  /** Whether it is known where time begins: the first event of every partition that has one is at hand. */
  #hasBegun(): boolean {
    const { partitions } = this
    if (this.#clock.last !== undefined || this.#beginning !== undefined) return partitions.length > 0
    for (const partition of partitions) partition.foldTimeless()
    const first = this.#firstEvent
    if (first === Infinity || this.#isWaiting(partitions, this.#options.now())) return false
    // Kept: as records are folded the watermarks move on, and T must not begin later for that.
    this.#beginning = first
    return true
  }

  /** Time is in charge: folds up to T, evaluates T. */
  #stepHistory(until: number, evaluations: Evaluation[]): boolean {
    const partitions = this.partitions
    const now = this.#options.now()
    const firstEvent = this.#firstEvent
    const before = this.#clock.next(this.#clock.historyStepMs, firstEvent)
    for (const own of this.#partitions.shards) {
      const [only] = own
      for (let folded = 1; ; folded++) {
        const partition =
          own.length === 1 ? this.#nextOf(only as Partition, before) : this.#nextToFold(own, before, now)
        if (partition === undefined) break
        partition.foldNext()
        if (folded % 256 === 0 && performance.now() > until) return true
      }
    }
    if (this.#isWaiting(partitions, now) || this.#unseen(now).length > 0) return false
    const quietSince = Math.max(...partitions.map(({ watermark }) => watermark))
    const next = this.#clock.nextOverHistory(firstEvent, quietSince, this.#quietUntil(partitions, now))
    if (next > this.#lastInstantOf(partitions, now)) return false
    this.#evaluate(next, 'all', evaluations)
    return true
  }

  /** The partition of a shard that has only this one, if its next record is to be folded before an instant. */
  #nextOf(partition: Partition, before: number): Partition | undefined {
    const head = partition.queue.peek()
    if (head === undefined) return undefined
    return head.lifts < before || this.#isBehindState(partition) ? partition : undefined
  }

  /**
   * Whose record comes next in a shard; undefined: there is none before an instant, or it is not known yet.
   *
   * The topics of a shard meet in the order of what their records lift the watermark to, whichever was delivered
   * first: whether a late event can still be applied may depend on it, and alerts on that.
   *
   * @param own topic partitions of one shard, in the order of the topics.
   */
  #nextToFold(own: readonly Partition[], before: number, now: number): Partition | undefined {
    let first: Partition | undefined
    let lowest = Infinity
    let isBehindState = false
    for (const partition of own) {
      const head = partition.queue.peek()
      if (head === undefined) {
        if (this.#partitions.mayBring(partition, now)) return undefined
        continue
      }
      isBehindState ||= this.#isBehindState(partition)
      if (first !== undefined && head.lifts >= lowest) continue
      first = partition
      lowest = head.lifts
    }
    // What the evaluator has seen once is folded again whatever its time: live, it may lie beyond the next T.
    return lowest < before || isBehindState ? first : undefined
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
    const now = this.#options.now()
    if (this.#unseen(now).length > 0) return false
    let bound = now
    for (const partition of partitions)
      if (this.#partitions.mayBring(partition, now)) bound = Math.min(bound, partition.watermark)
    const next = this.#clock.nextLive(this.#firstEvent, bound - CATCHING_UP_MS)
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
    const sources = { watermark: this.watermark, partial: this.unknownEnds.length > 0 }
    const transitions = this.#evaluator.evaluate(instant(at), this.shards, sources, only)
    if (only === 'all' || transitions.length > 0) evaluations.push({ at: instant(at), transitions })
  }

  /** Some partition may still have records for this T. */
  #isWaiting(partitions: readonly Partition[], now: number): boolean {
    return partitions.some(
      partition => partition.queue.peek() === undefined && this.#partitions.mayBring(partition, now),
    )
  }

  #isBehindState({ id, shard, topic }: Partition): boolean {
    return this.#seen.isAny && this.#seen.isBehind(partitionKey(id), shard.nextOffsetOf(topic))
  }

  /** The partitions that have not been folded as far as they had been at the last T of an earlier run. */
  #unseen(now: number): readonly string[] {
    return this.#seen.missing(key => {
      const partition = this.#partitions.get(key as PartitionKey)
      return partition?.shard.nextOffsetOf(partition.topic)
    }, now)
  }

  /** How far T may go: the wall clock; in a replay, the first instant that sees all records. */
  #lastInstantOf(partitions: readonly Partition[], now: number): number {
    if (this.#options.mode === 'live') return now
    const heads = partitions.some(partition => partition.queue.peek() !== undefined)
    const highest = Math.max(...partitions.map(partition => partition.watermark))
    return heads ? Infinity : (Math.floor(highest / this.#clock.historyStepMs) + 1) * this.#clock.historyStepMs
  }

  /** The earliest event time known before anything was evaluated. */
  get #firstEvent(): number {
    return this.#beginning ?? this.#partitions.firstEvent
  }

  /** The next event; where there is none, live, the wall clock. */
  #quietUntil(partitions: readonly Partition[], now: number): number {
    const next = Math.min(...partitions.map(({ queue }) => queue.peek()?.lifts ?? Infinity))
    return next === Infinity && this.#options.mode === 'live' ? now : next
  }

  #partitionOf(id: TopicPartition): Partition {
    const partition = this.#partitions.get(partitionKey(id))
    if (partition === undefined) throw new Error(`${partitionKey(id)} is not assigned to process ${this.process.name}`)
    return partition
  }
}
