import type { AlertBookState } from '../alerts/book.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import { compileRecordReader } from '../decode/record-reader.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { RecordBatch, TopicPartition } from '../event/record.ts'
import type { ProcessDefinition, SourceDefinition } from '../model/definitions.ts'
import type { ShardOutput } from '../shard/output.ts'
import { Shard } from '../shard/shard.ts'
import type { ShardState } from '../shard/shard-state.ts'
import { EvaluationClock } from './evaluation-clock.ts'
import { Evaluator } from './evaluator.ts'
import { END_UNKNOWN_AFTER_MS, Partition } from './partition.ts'
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
  /** Whether rows of visits are put out; panes always are. Default: yes. */
  readonly withVisits?: boolean
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
  /** By topic. */
  readonly #sources: readonly SourceDefinition[]
  readonly #shards = new Map<number, Shard>()
  readonly #partitions = new Map<string, Partition>()
  /** By partition number: the topic partitions of a shard, in the order of the topics. */
  readonly #ofShard = new Map<number, readonly Partition[]>()
  readonly #evaluator: Evaluator
  readonly #clock: EvaluationClock
  /** By `topic:partition`: the offset up to which to fold before anything is evaluated. */
  readonly #mustReach = new Map<string, number>()
  #restoredAt = -Infinity
  #hasTouched = false
  /** The earliest event time, once it is known; T begins after it. */
  #beginning: number | undefined

  constructor(options: ProcessEngineOptions) {
    const { process } = options
    this.process = process
    this.#options = options
    const mappings = process.sources.flatMap(source => source.topics.map(topic => ({ topic, source })))
    this.#topics = mappings.map(({ topic }) => topic)
    this.#sources = mappings.map(({ source }) => source)
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
    const now = this.#options.now()
    const first = this.#firstEvent()
    const from = this.#clock.last ?? first
    if (from === Infinity || now - from <= CATCHING_UP_MS) return false
    // With panes of an hour the next T over history may be most of an hour away: until then the rules are judged live.
    return this.#clock.next(this.#clock.historyStepMs, first) <= now
  }

  /** The partitions that T waits for: not at their end, and of these the furthest behind. */
  get heldBy(): readonly TopicPartition[] {
    const now = this.#options.now()
    const holding = this.partitions.filter(partition => this.#mayBring(partition, now))
    const lowest = Math.min(...holding.map(({ watermark }) => watermark))
    return holding.filter(({ watermark }) => watermark === lowest).map(({ id }) => id)
  }

  /** Takes a topic partition over, with the state it has left elsewhere. */
  assign(id: TopicPartition, restored: ShardState | undefined): void {
    const topic = this.#topics.indexOf(id.topic)
    if (topic < 0) throw new Error(`${id.topic} is not a topic of process ${this.process.name}`)
    let shard = this.#shards.get(id.partition)
    if (shard === undefined) {
      const { epoch, withVisits = true } = this.#options
      shard = new Shard({ process: this.process, partition: id.partition, topics: this.#topics, epoch, withVisits })
      if (restored !== undefined) shard.restore(restored)
      this.#shards.set(id.partition, shard)
    }
    const source = this.#sources[topic] as SourceDefinition
    const queue = new RecordQueue(
      compileRecordReader(this.process, source, shard.table),
      () => shard.newRecord(),
      (decoded, count) => shard.foresee(decoded, count),
    )
    const partition = new Partition(id, topic, shard, queue, this.#options.now())
    this.#partitions.set(keyOf(id), partition)
    const own = [...(this.#ofShard.get(id.partition) ?? []), partition]
    this.#ofShard.set(
      id.partition,
      own.sort((left, right) => left.topic - right.topic),
    )
  }

  /** Gives a topic partition up; its shard leaves with the last of its topics. */
  revoke(id: TopicPartition): void {
    const partition = this.#partitions.get(keyOf(id))
    partition?.queue.clear()
    this.#partitions.delete(keyOf(id))
    const own = this.#ofShard.get(id.partition)?.filter(other => other !== partition) ?? []
    this.#ofShard.set(id.partition, own)
    if (own.length > 0) return
    this.#ofShard.delete(id.partition)
    this.#shards.delete(id.partition)
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
    this.#restoredAt = this.#options.now()
    this.#mustReach.clear()
    for (const [key, offset] of Object.entries(state.offsets)) {
      // A topic that the process no longer reads brings nothing to wait for.
      if (this.#topics.includes(key.slice(0, key.lastIndexOf(':')))) this.#mustReach.set(key, offset)
    }
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
    const first = this.#firstEvent()
    if (first === Infinity || this.#isWaiting(partitions, this.#options.now())) return false
    // Kept: as records are folded the watermarks move on, and T must not begin later for that.
    this.#beginning = first
    return true
  }

  /** Time is in charge: folds up to T, evaluates T. */
  #stepHistory(until: number, evaluations: Evaluation[]): boolean {
    const partitions = this.partitions
    const now = this.#options.now()
    const firstEvent = this.#firstEvent()
    const before = this.#clock.next(this.#clock.historyStepMs, firstEvent)
    for (const own of this.#ofShard.values()) {
      const [only] = own
      for (let folded = 1; ; folded++) {
        const partition =
          own.length === 1 ? this.#nextOf(only as Partition, before) : this.#nextToFold(own, before, now)
        if (partition === undefined) break
        partition.foldNext()
        if (folded % 256 === 0 && performance.now() > until) return true
      }
    }
    if (this.#isWaiting(partitions, now) || !this.#hasCaughtUpWithState(now)) return false
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
        if (this.#mayBring(partition, now)) return undefined
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
    if (!this.#hasCaughtUpWithState(now)) return false
    let bound = now
    for (const partition of partitions) if (partition.holdsTime(now)) bound = Math.min(bound, partition.watermark)
    const next = this.#clock.nextLive(this.#firstEvent(), bound - CATCHING_UP_MS)
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
    return partitions.some(partition => partition.queue.peek() === undefined && this.#mayBring(partition, now))
  }

  /** Whether a partition of which no record is at hand may bring one for this T. */
  #mayBring(partition: Partition, now: number): boolean {
    return this.#options.mode === 'replay' ? !partition.isAtEnd : partition.holdsTime(now)
  }

  #isBehindState({ id, shard, topic }: Partition): boolean {
    return this.#mustReach.size > 0 && shard.nextOffsetOf(topic) < (this.#mustReach.get(keyOf(id)) ?? 0)
  }

  /** A partition that is not assigned is waited for too, though not for ever: it may never be ours again. */
  #hasCaughtUpWithState(now: number): boolean {
    let isBehind = false
    for (const key of this.#mustReach.keys()) {
      const partition = this.#partitions.get(key)
      if (partition === undefined) isBehind ||= now - this.#restoredAt < END_UNKNOWN_AFTER_MS
      else if (this.#isBehindState(partition)) isBehind = true
      else this.#mustReach.delete(key)
    }
    return !isBehind
  }

  /** How far T may go: the wall clock; in a replay, the first instant that sees all records. */
  #lastInstantOf(partitions: readonly Partition[], now: number): number {
    if (this.#options.mode === 'live') return now
    const heads = partitions.some(partition => partition.queue.peek() !== undefined)
    const highest = Math.max(...partitions.map(partition => partition.watermark))
    return heads ? Infinity : (Math.floor(highest / this.#clock.historyStepMs) + 1) * this.#clock.historyStepMs
  }

  /** The earliest event time known before anything was evaluated. */
  #firstEvent(): number {
    if (this.#beginning !== undefined) return this.#beginning
    let first = Infinity
    for (const { queue, watermark } of this.#partitions.values()) {
      const lifts = queue.peek()?.lifts ?? -Infinity
      const at = watermark === -Infinity ? lifts : watermark
      if (at !== -Infinity && at < first) first = at
    }
    return first
  }

  /** The next event; where there is none, live, the wall clock. */
  #quietUntil(partitions: readonly Partition[], now: number): number {
    const next = Math.min(...partitions.map(({ queue }) => queue.peek()?.lifts ?? Infinity))
    return next === Infinity && this.#options.mode === 'live' ? now : next
  }

  #partitionOf(id: TopicPartition): Partition {
    const partition = this.#partitions.get(keyOf(id))
    if (partition === undefined) throw new Error(`${keyOf(id)} is not assigned to process ${this.process.name}`)
    return partition
  }
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}:${partition}`
