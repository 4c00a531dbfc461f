import type { RecordBatch, TopicPartition } from '../event/record.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import type { ShardOutput } from '../shard/output.ts'
import {
  type AssignedPartition,
  type PartitionKey,
  type Positions,
  partitionKey,
  type Refusal,
  type SourceListener,
  type SourceState,
} from '../source/source.ts'
import { EvaluationClock } from './evaluation-clock.ts'
import { SLICE_MS } from './evaluation-turns.ts'
import { duesIn, type FromFold, type LogEnd, type ToFold } from './fold-messages.ts'
import { withFuturesRemembered } from './futures.ts'
import { LocalShards, type LocalShardsOptions } from './local-shards.ts'
import type { Partition } from './partition.ts'
import { Partitions } from './partitions.ts'
import { PublishedLog } from './published-log.ts'
import { ShardKeeper } from './shard-keeper.ts'
import { fromNothing } from './shard-start.ts'
import { type TurnOutcome, WorkLoop } from './work-loop.ts'
import type { FoldWorld } from './world.ts'

/** What has been folded is told this often at least, while there is more to fold. */
const TELL_EVERY_MS = 40

/** A stop, and giving up partitions, wait no longer for the evaluation: it may wait for other partitions itself. */
const LAST_SAVE_WITHIN_MS = 2_500

/** The evaluation has not got to what is to be saved: it is not, and folded again after the next start. */
class SaveGivenUp extends Error {}

/** A save that waits for the evaluation. */
type AskedSave = { readonly allow: () => void; readonly giveUp: (error: SaveGivenUp) => void }

export type FoldLoopOptions = Omit<LocalShardsOptions, 'isPublished'> & {
  /** Of the rows of shards for which the world names no other. */
  readonly epoch: number
  readonly saveEveryMs: number
  /** The wall clock, in ms since the epoch. */
  readonly now: () => number
  readonly world: FoldWorld
  /** To the evaluation. */
  readonly tell: (message: FromFold) => void
}

/**
 * Folds some shards of a process and tells an evaluation elsewhere what changed.
 *
 * Like `ProcessLoop` it takes batches from a source, and rows and states leave beside the fold; but time belongs to the
 * evaluation, which only says at which pace it goes.
 */
export class FoldLoop implements SourceListener {
  readonly process: ProcessDefinition
  readonly #options: FoldLoopOptions
  readonly #shards: LocalShards
  readonly #partitions = new Partitions('live')
  readonly #logs = new Map<number, PublishedLog>()
  readonly #sliceMs: number
  readonly #keeper: ShardKeeper
  readonly #loop: WorkLoop
  readonly #ends = new Map<PartitionKey, LogEnd>()
  readonly #saves = new Map<number, AskedSave>()
  #givesUpSaves = false
  #lastSave = 0
  #lastTold = 0
  #areEndsNew = false
  #isCatchingUp = true

  constructor(options: FoldLoopOptions) {
    const { process, world, saveEveryMs } = options
    this.process = process
    this.#options = options
    this.#shards = new LocalShards({ ...options, isPublished: true })
    this.#sliceMs = new EvaluationClock(process.evaluateEveryMs, process.paneMs).historyStepMs
    this.#loop = new WorkLoop({
      turn: () => this.#turn(),
      failed: error => {
        for (const partition of this.#partitions.all) partition.clear()
        world.failed(process.name, error)
      },
    })
    this.#keeper = new ShardKeeper({
      process: process.name,
      shards: this.#shards,
      world: {
        write: output => world.write(output),
        isSaveUrgent: name => world.isSaveUrgent(name),
        isStoreAway: () => world.isStoreAway(),
        saveShards: (...given) => this.#saveShards(...given),
      },
      saveEveryMs,
      isCatchingUp: () => this.#isCatchingUp,
      recordEvaluator: () => this.#askToSave(),
      failed: error => {
        if (!(error instanceof SaveGivenUp)) this.#loop.fail(error)
      },
    })
  }

  /** What its rows name as their source. */
  get source(): string {
    return this.#options.source ?? this.#shards.topics.join(',')
  }

  get partitionNumbers(): readonly number[] {
    return [...this.#logs.keys()]
  }

  get isCatchingUp(): boolean {
    return this.#isCatchingUp
  }

  /** All partitions are folded to the end that their logs had when we came. */
  get isThroughHistory(): boolean {
    return this.#partitions.areThroughHistory
  }

  takeOutput(): ShardOutput[] {
    return this.#shards.takeOutput()
  }

  start(): void {
    this.#loop.start()
  }

  /** Ends after the slice that runs, hands out the last rows and saves the state. */
  async stop(): Promise<void> {
    await this.#loop.stop()
    this.#keeper.writeOutput()
    await this.#save()
  }

  /** What the evaluation says. */
  hear(message: ToFold): void {
    switch (message.kind) {
      case 'taken':
        this.#logs.get(message.partition)?.taken(message.step)
        break
      case 'pace':
        this.#isCatchingUp = message.isCatchingUp
        break
      case 'maySave':
        this.#saves.get(message.save)?.allow()
        this.#saves.delete(message.save)
        break
      case 'dues':
        this.#options.tell({ kind: 'dues', question: message.question, dues: duesIn(this.#shards.all, message.caseId) })
    }
    this.#loop.wake()
  }

  async assigned(partitions: readonly AssignedPartition[]): Promise<Positions> {
    const { world, epoch: own, now, tell } = this.#options
    const starts = await world.loadShards(this.process.name, partitions)
    const answers = new Map<PartitionKey, number | Refusal>()
    for (const { topic, partition } of partitions) {
      const { state, epoch = own, life, positions } = starts.get(partition) ?? fromNothing
      this.#partitions.add(this.#shards.assign({ topic, partition }, state, epoch, now(), life))
      const position = positions.get(partitionKey({ topic, partition }))
      if (position !== undefined) answers.set(partitionKey({ topic, partition }), position)
    }
    for (const shard of this.#shards.all) {
      if (this.#logs.has(shard.partition)) continue
      this.#logs.set(shard.partition, new PublishedLog(shard, this.#sliceMs))
      const { otherLogs } = starts.get(shard.partition) ?? fromNothing
      tell({ kind: 'assigned', base: shard.publish(), otherLogs })
    }
    tell({ kind: 'begun' })
    this.#loop.wake()
    return answers
  }

  async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    this.#keeper.writeOutput()
    this.#tellSteps()
    await this.#save()
    for (const id of partitions) {
      this.#partitions.remove(id)
      this.#shards.revoke(id)
      this.#ends.delete(partitionKey(id))
    }
    for (const partition of [...this.#logs.keys()]) {
      if (this.#shards.all.some(shard => shard.partition === partition)) continue
      this.#logs.delete(partition)
      this.#options.tell({ kind: 'revoked', partition })
    }
  }

  async batch(batch: RecordBatch): Promise<void> {
    if (this.#loop.failure !== undefined) throw this.#loop.failure
    const taken = this.#shards.add(withFuturesRemembered(batch, this.process.name, this.#options.world))
    this.#loop.wake()
    await taken
  }

  end(id: TopicPartition, endOffset: number, readTo: number): void {
    const toldAt = this.#options.now()
    this.#partitions.get(partitionKey(id))?.tellEnd(endOffset, readTo, toldAt)
    this.#ends.set(partitionKey(id), { id, endOffset, readTo, toldAt })
    this.#areEndsNew = true
    this.#loop.wake()
  }

  state(state: SourceState): void {
    this.#options.world.sourceState(this.process.name, state)
  }

  async #turn(): Promise<TurnOutcome> {
    if (!this.#options.world.hasRoom()) {
      this.#keeper.keepWithoutRoom()
      this.#tell()
      return 'held'
    }
    const hasMore = this.#fold(performance.now() + SLICE_MS)
    if (!hasMore || performance.now() - this.#lastTold > TELL_EVERY_MS) this.#tell()
    this.#keeper.keep()
    return hasMore ? 'more' : 'idle'
  }

  /** @returns whether there is more that can be folded at once. */
  #fold(until: number): boolean {
    const now = this.#options.now()
    for (const own of this.#partitions.shards) {
      const log = this.#logs.get(own[0]?.id.partition as number)
      if (log === undefined) continue
      for (let folded = 1; !log.isFull; folded++) {
        const partition = this.#nextOf(own, now)
        if (partition === undefined) break
        log.beforeRecord(partition.peek()?.lifts ?? -Infinity)
        partition.foldNext()
        if (folded % 64 === 0 && performance.now() > until) return true
      }
    }
    return false
  }

  /** Over history topics meet in the order of time; live, as they come. */
  #nextOf(own: readonly Partition[], now: number): Partition | undefined {
    if (this.#isCatchingUp && own.length > 1) return this.#partitions.nextOf(own, now)
    // Once for each record: a function made for the question costs more than the answer.
    for (const partition of own) if (partition.peek() !== undefined) return partition
    return undefined
  }

  #tell(): void {
    this.#lastTold = performance.now()
    this.#tellSteps()
    if (!this.#areEndsNew) return
    this.#areEndsNew = false
    const ends = [...this.#ends.values()].map(end => this.#foldedEndOf(end))
    this.#options.tell({ kind: 'ends', ends, hasRoom: this.#options.world.hasRoom() })
  }

  #tellSteps(): void {
    for (const [partition, log] of this.#logs) {
      log.cut()
      const steps = log.takeSteps()
      if (steps.length > 0) this.#options.tell({ kind: 'steps', partition, steps })
    }
  }

  /** What waits here has not been read, as far as the evaluation is concerned. */
  #foldedEndOf(end: LogEnd): LogEnd {
    const partition = this.#partitions.get(partitionKey(end.id))
    if (partition === undefined || partition.peek() === undefined) return end
    // It is told again when that has been folded.
    this.#areEndsNew = true
    const folded = partition.shard.nextOffsetOf(partition.topic)
    return { ...end, readTo: Math.min(end.readTo, folded, end.endOffset - 1) }
  }

  async #saveShards(...given: Parameters<FoldWorld['saveShards']>): Promise<void> {
    const save = this.#lastSave
    try {
      await this.#options.world.saveShards(...given)
    } finally {
      this.#options.tell({ kind: 'saved', save })
    }
  }

  /** Resolves when the evaluator's state is durable that has all that is folded by now. */
  #askToSave(): Promise<void> {
    this.#tellSteps()
    const save = ++this.#lastSave
    const upTo = new Map([...this.#logs].map(([partition, log]) => [partition, log.number]))
    // The answer may come at once.
    const allowed = new Promise<void>((allow, giveUp) => {
      if (this.#givesUpSaves) giveUp(new SaveGivenUp())
      else this.#saves.set(save, { allow, giveUp })
    })
    this.#options.tell({ kind: 'saving', save, upTo })
    return allowed
  }

  /** Saves what the evaluator has; what it has not got to within a while is folded again after the next start. */
  async #save(): Promise<void> {
    if (this.#loop.failure !== undefined) return this.#giveUpSaves()
    const timer = setTimeout(() => this.#giveUpSaves(), LAST_SAVE_WITHIN_MS)
    try {
      await this.#keeper.save()
    } catch (error) {
      if (!(error instanceof SaveGivenUp)) throw error
    } finally {
      clearTimeout(timer)
      this.#givesUpSaves = false
    }
  }

  /**
   * Nothing that waits is saved any more: once a partition is told to be revoked nobody knows what the evaluation has of
   * it, and a state that is ahead of that would hide records from it.
   */
  #giveUpSaves(): void {
    this.#givesUpSaves = true
    for (const { giveUp } of this.#saves.values()) giveUp(new SaveGivenUp())
    this.#saves.clear()
  }
}
