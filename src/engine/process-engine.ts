import type { AlertTransition } from '../alerts/transition.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { RecordBatch, TopicPartition } from '../event/record.ts'
import type { SegmentLabels } from '../event/segment.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import type { HourOfValues } from '../rules/hourly-values.ts'
import type { ShardOutput } from '../shard/output.ts'
import type { Publication } from '../shard/publication.ts'
import { ShardReplica } from '../shard/replica.ts'
import type { ShardState } from '../shard/shard-state.ts'
import type { ShardView } from '../shard/view.ts'
import { type PartitionKey, partitionKey } from '../source/source.ts'
import { EvaluationClock } from './evaluation-clock.ts'
import { Evaluator, type JudgedListener, type SourcesAt } from './evaluator.ts'
import type { Evaluation, EvaluatorHours, EvaluatorState } from './evaluator-state.ts'
import { HeldTimeWatch } from './held-time.ts'
import { LocalShards, type LocalShardsOptions, topicsOf } from './local-shards.ts'
import type { Partition } from './partition.ts'
import { Partitions } from './partitions.ts'
import { PublishedPartition, PublishedShard, type PublishedStep } from './published-partition.ts'
import type { RuleAtSegment } from './rule-at-segment.ts'
import { SeenOffsets } from './seen-offsets.ts'

/** Behind the wall clock by more than this, a process is catching up. */
export const CATCHING_UP_MS = 60_000

export type ProcessEngineOptions = Omit<LocalShardsOptions, 'isPublished'> & {
  readonly epoch: number
  /** `replay`: logs that end; time goes to the end of them and no further. */
  readonly mode: 'live' | 'replay'
  /** The wall clock, in ms since the epoch. */
  readonly now: () => number
  /** In a replay: time goes on to this instant where the logs end before it. Default: to the end of the logs. */
  readonly until?: Instant
  readonly judged?: JudgedListener
}

/*
 * One process: partitions in, evaluations out. `step` does a slice of work and says whether more can be done at once. It has two gaits, one code path:
 *
 * - over history (a replay, or more than a minute behind the wall clock) time is in charge: T is evaluated when every
 *   partition has been folded up to the record that would lift it to T, so alerts are a function of the logs alone;
 * - live, records are folded as they come, T follows the wall clock, and the segments a batch touched are judged at once.
 */
export class ProcessEngine {
  readonly process: ProcessDefinition
  readonly #options: ProcessEngineOptions
  readonly topics: readonly string[]
  /** Those that are folded here. */
  readonly local: LocalShards
  /** Those that are folded elsewhere, by partition number. */
  readonly #published = new Map<number, PublishedShard>()
  readonly #partitions: Partitions
  readonly #evaluator: Evaluator
  readonly heldTime: HeldTimeWatch
  readonly #clock: EvaluationClock
  readonly #seen = new SeenOffsets()
  /** Live: something has been folded since the last evaluation. */
  hasTouched = false
  /** The earliest event time, once it is known; T begins after it. */
  #beginning: number | undefined

  constructor(options: ProcessEngineOptions) {
    const { process } = options
    this.process = process
    this.#options = options
    this.#partitions = new Partitions(options.mode)
    this.topics = topicsOf(process)
    this.local = new LocalShards(options)
    this.#evaluator = new Evaluator(process, options.judged)
    this.heldTime = new HeldTimeWatch(process, this.#evaluator.book)
    this.#clock = new EvaluationClock(process.evaluateEveryMs, process.paneMs)
  }

  get epoch(): number {
    return this.#options.epoch
  }

  /** What its rows name as their source. */
  get source(): string {
    return this.#options.source ?? this.topics.join(',')
  }

  /** By partition number. */
  get shards(): readonly ShardView[] {
    if (this.#published.size === 0) return this.local.all
    const replicas = [...this.#published.values()].map(({ replica }) => replica)
    return [...this.local.all, ...replicas].sort((left, right) => left.partition - right.partition)
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

  /** Takes a topic partition over, with the state it has left elsewhere. @param epoch of the rows of its shard. */
  assign(id: TopicPartition, restored: ShardState | undefined, epoch = this.epoch): void {
    this.#partitions.add(this.local.assign(id, restored, epoch, this.#options.now()))
  }

  /**
   * A shard is folded elsewhere from now on.
   *
   * @param base its state as it begins.
   * @param taken is told of each step that has been taken in.
   */
  assignPublished(base: Publication, taken: (step: PublishedStep) => void): void {
    const { partition } = base.summary
    const replica = new ShardReplica(this.process, partition)
    replica.apply(base)
    // Whoever takes a shard over begins with a state that was saved a while ago; it has been seen further than that.
    this.revokePublished(partition)
    const published = new PublishedShard(replica, taken)
    this.#published.set(partition, published)
    this.topics.forEach((topic, index) => {
      this.#partitions.add(new PublishedPartition({ topic, partition }, index, published, this.#options.now()))
    })
  }

  revokePublished(partition: number): void {
    if (!this.#published.delete(partition)) return
    for (const topic of this.topics) {
      this.#lose({ topic, partition })
      this.#partitions.remove({ topic, partition })
    }
  }

  /** A shard that is folded elsewhere has gone on. */
  receive(partition: number, step: PublishedStep): void {
    this.#published.get(partition)?.add(step)
  }

  /** The partition has another log than the one that an earlier evaluation had seen: nothing of that is waited for. */
  forgetSeen(key: PartitionKey): void {
    this.#seen.forget(key)
  }

  /** Gives a topic partition up; its shard leaves with the last of its topics. */
  revoke(id: TopicPartition): void {
    this.#lose(id)
    this.#partitions.remove(id)
    this.local.revoke(id)
  }

  /** @returns when the partition can take more. */
  add(batch: RecordBatch): Promise<void> {
    return this.local.add(batch)
  }

  /** @param toldAt when the source told it, in ms since the epoch; default: now. */
  tellEnd(id: TopicPartition, endOffset: number, readTo: number, toldAt = this.#options.now()): void {
    this.#partitionOf(id).tellEnd(endOffset, readTo, toldAt)
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
    const transitions = this.heldTime.look(now, at, isDue, () => ({
      watermark: this.watermark,
      waitsFor: hasRoom ? [...new Set([...this.heldBy.map(partitionKey), ...this.#unseen(now)])] : ['the store'],
    }))
    return transitions.length === 0 ? undefined : { at, transitions }
  }

  /** Of the shards that are folded here. */
  get partitionNumbers(): readonly number[] {
    return this.local.all.map(({ partition }) => partition)
  }

  takeOutput(): ShardOutput[] {
    return this.local.takeOutput()
  }

  /** A whole state to go on from; plain data that shares structure with the engine, so write it out before the next step. */
  snapshot(): EvaluatorState {
    const offsets = new Map(
      this.partitions.map(({ id, shard, topic }) => [partitionKey(id) as string, shard.nextOffsetOf(topic)]),
    )
    // Of what is still folded again, the next restart must not see less than this one did.
    for (const key of this.#unseen(this.#options.now())) offsets.set(key, this.#seen.offsetOf(key) as number)
    return { ...this.#evaluator.snapshot(), offsets: Object.fromEntries(offsets) }
  }

  /**
   * Goes on after the evaluation at `at`. Nothing is evaluated until every partition has been folded as far as it had been then.
   *
   * @param hours what it remembers of the past.
   * @returns transitions of alerts whose rule is gone.
   */
  restore(state: EvaluatorState, at: Instant, hours: readonly HourOfValues[] = []): readonly AlertTransition[] {
    this.#evaluator.memory.restore(hours)
    this.#clock.passed(at)
    // A topic that the process no longer reads brings nothing to wait for.
    const read = Object.entries(state.offsets).filter(([key]) =>
      this.topics.includes(key.slice(0, key.lastIndexOf(':'))),
    )
    this.#seen.restore(Object.fromEntries(read), this.#options.now())
    return this.#evaluator.restore(state, at)
  }

  /** What the evaluator has begun to remember since this was asked last, to become durable with its state. */
  takeHours(): EvaluatorHours {
    return this.#evaluator.memory.take()
  }

  /** How a rule stands at a segment; undefined before the first T, and where there is no such rule or segment. */
  explain(rule: string, segment: SegmentLabels): RuleAtSegment | undefined {
    const at = this.#clock.last
    return at === undefined ? undefined : this.#evaluator.explain(rule, segment, at, this.shards, this.#sources)
  }

  /** Ends an open alert because a person says so. @returns undefined: it is not open. */
  resolve(alert: string): AlertTransition | undefined {
    const at = this.#clock.last
    return at === undefined ? undefined : this.#evaluator.book.resolve(alert, at)
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
    const now = this.#options.now()
    // A partition that was taken away may have the first event of all when it comes back.
    if (first === Infinity || this.#isWaiting(partitions, now) || this.#unseen(now).length > 0) return false
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
      for (let folded = 1; ; folded++) {
        const partition = this.#nextToFold(own, before, now)
        if (partition === undefined) break
        partition.foldNext()
        if (folded % 256 === 0 && performance.now() > until) return true
      }
    }
    if (this.#isWaiting(partitions, now) || this.#unseen(now).length > 0) return false
    const quietSince = Math.max(...partitions.map(({ watermark }) => watermark))
    const isLive = this.#options.mode === 'live'
    const { nextEvent } = this.#partitions
    const quietUntil = nextEvent === Infinity && isLive ? now : nextEvent
    const next = this.#clock.nextOverHistory(firstEvent, quietSince, quietUntil)
    if (next > (isLive ? now : this.#partitions.endOfLogs(this.#clock.historyStepMs, this.#options.until))) return false
    this.#evaluate(next, 'all', evaluations)
    return true
  }

  /** Whose record comes next in a shard; undefined: there is none before an instant, or it is not known yet. */
  #nextToFold(own: readonly Partition[], before: number, now: number): Partition | undefined {
    const next = this.#partitions.nextOf(own, now)
    if (next === undefined || (next.peek()?.lifts ?? Infinity) < before) return next
    // What the evaluator has seen once is folded again whatever its time: live, it may lie beyond the next T.
    const isBehindState = own.some(partition => partition.hasOwnRecords && this.#isBehindState(partition))
    return isBehindState ? next : undefined
  }

  /** Records are in charge: folds what is there, then lets T follow the wall clock. */
  #stepLive(until: number, evaluations: Evaluation[]): boolean {
    const partitions = this.partitions
    for (const partition of partitions) {
      while (partition.peek() !== undefined) {
        partition.foldNext()
        this.hasTouched = true
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
    if (this.hasTouched && last !== undefined && bound > last) this.#evaluate(bound, 'touched', evaluations)
    return false
  }

  #evaluate(at: number, only: 'all' | 'touched', evaluations: Evaluation[]): void {
    this.#clock.passed(at)
    this.hasTouched = false
    const transitions = this.#evaluator.evaluate(instant(at), this.shards, this.#sources, only)
    if (only === 'all' || transitions.length > 0) evaluations.push({ at: instant(at), transitions })
  }

  get #sources(): SourcesAt {
    const { watermark, newest } = this.#partitions
    return { watermark, newest, partial: this.unknownEnds.length > 0 }
  }

  /** Some partition may still have records for this T. */
  #isWaiting(partitions: readonly Partition[], now: number): boolean {
    return partitions.some(partition => partition.peek() === undefined && this.#partitions.mayBring(partition, now))
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

  /** The earliest event time known before anything was evaluated. */
  get #firstEvent(): number {
    return this.#beginning ?? this.#partitions.firstEvent
  }

  /** Whoever has it next, here or elsewhere, may begin before where it has been folded to. */
  #lose(id: TopicPartition): void {
    const partition = this.#partitions.get(partitionKey(id))
    if (partition === undefined) return
    this.#seen.lose(partitionKey(id), partition.shard.nextOffsetOf(partition.topic), this.#options.now())
  }

  #partitionOf(id: TopicPartition): Partition {
    const partition = this.#partitions.get(partitionKey(id))
    if (partition === undefined) throw new Error(`${partitionKey(id)} is not assigned to process ${this.process.name}`)
    return partition
  }
}
