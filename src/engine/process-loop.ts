import type { AlertTransition } from '../alerts/transition.ts'
import { failpoint } from '../event/failpoint.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { RecordBatch, SourceRecord, TopicPartition } from '../event/record.ts'
import type { ShardOutput } from '../shard/output.ts'
import type { ShardState } from '../shard/shard-state.ts'
import { type PartitionKey, partitionKey, type SourceListener, type SourceState } from '../source/source.ts'
import type { EvaluatorState, ProcessEngine } from './process-engine.ts'

/** Work is done in slices of this length, so that the page and the sockets are served in between. */
const SLICE_MS = 12

/** Rows are handed to the store this often: changes of one row meet before they are written, over history all the more. */
const LIVE_OUTPUT_EVERY_MS = 500
const HISTORY_OUTPUT_EVERY_MS = 2_000

/** Over history states are saved less often: what a crash costs then is read again as fast as it was read before. */
const HISTORY_SAVE_FACTOR = 3

/** Reading out the state may take this share of the time at most; a large state is saved less often. */
const SAVE_SHARE = 0.1

/** Live, a batch that came is looked at within this time. */
const LIVE_PAUSE_MS = 40

/** What a process needs from the world around it. */
export interface EngineWorld {
  /** Rows for the store. */
  write(output: ShardOutput): void
  /** Whether the store takes more rows now. While it does not, records wait and sources are held back. */
  hasRoom(): boolean
  /** Makes an evaluation durable. Nobody hears of its transitions before this has resolved. */
  record(process: string, at: Instant, transitions: readonly AlertTransition[], state: EvaluatorState): Promise<void>
  /** Tells the world of transitions that are durable. */
  publish(process: string, transitions: readonly AlertTransition[]): void
  /** An evaluation has been made, with or without transitions. */
  evaluated(process: string): void
  /** The state of a shard as it was saved last; undefined: begin anew. */
  loadShard(process: string, partition: number): Promise<ShardState | undefined>
  /** Saves shards' states. It must read them before it awaits anything: they are live. */
  saveShards(process: string, shards: ReadonlyMap<number, ShardState>): Promise<void>
  /** Whether the record was rejected as `future` when it was first read: it stays so. */
  wasFuture(process: string, topic: string, partition: number, offset: number): boolean
  sourceState(process: string, state: SourceState): void
  /** The process cannot go on: a broken invariant, or a record that could not be made durable. */
  failed(process: string, error: Error): void
}

/**
 * Drives one process: takes batches from its source, gives its engine time, and passes on what comes out.
 *
 * One loop, never two at once: rows leave between slices, and a state that is saved is one between two records.
 */
export class ProcessLoop implements SourceListener {
  readonly engine: ProcessEngine
  readonly #world: EngineWorld
  readonly #saveEveryMs: number | undefined
  #wake: () => void = () => {}
  #isStopping = false
  #hasEnded = false
  #failure: Error | undefined
  #loop: Promise<void> = Promise.resolve()
  #lastOutput = 0
  #nextSave: number
  #saving: Promise<void> = Promise.resolve()

  /** @param saveEveryMs undefined: states are not saved, as in a replay. */
  constructor(engine: ProcessEngine, world: EngineWorld, saveEveryMs: number | undefined) {
    this.engine = engine
    this.#world = world
    this.#saveEveryMs = saveEveryMs
    this.#nextSave = performance.now() + (saveEveryMs ?? Infinity)
  }

  start(): void {
    this.#loop = this.#run().catch(error => this.#fail(error as Error))
  }

  /** Ends after the slice that runs, hands out the last rows and saves the state. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#wake()
    await this.#loop
    this.#writeOutput()
    await this.#save()
  }

  /** For logs that end: resolves when everything has been folded and evaluated. Call it once the source has finished. */
  async finish(): Promise<void> {
    this.#hasEnded = true
    this.#wake()
    await this.#loop
    this.#writeOutput()
  }

  async assigned(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<PartitionKey, number>> {
    const { engine } = this
    const offsets = new Map<PartitionKey, number>()
    const states = new Map<number, ShardState | undefined>()
    for (const { partition } of partitions) {
      if (!states.has(partition)) states.set(partition, await this.#world.loadShard(this.#process, partition))
    }
    failpoint('assigned-loaded')
    for (const id of partitions) {
      const state = states.get(id.partition)
      engine.assign(id, state)
      const next = state?.nextOffsets[engine.topics.indexOf(id.topic)]
      if (next !== undefined && next > 0) offsets.set(partitionKey(id), next)
    }
    failpoint('assigned')
    this.#wake()
    return offsets
  }

  async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    this.#writeOutput()
    await this.#save()
    for (const id of partitions) this.engine.revoke(id)
  }

  async batch(batch: RecordBatch): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    const taken = this.engine.add(this.#withFuturesRemembered(batch))
    this.#wake()
    await taken
  }

  end(partition: TopicPartition, endOffset: number, readTo: number): void {
    this.engine.tellEnd(partition, endOffset, readTo)
    this.#wake()
  }

  state(state: SourceState): void {
    this.#world.sourceState(this.#process, state)
  }

  get #process(): string {
    return this.engine.process.name
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const hasRoom = this.#world.hasRoom()
      const held = this.engine.lookAtTime(hasRoom)
      if (held !== undefined) await this.#pass(held.at, held.transitions)
      if (!hasRoom) {
        this.#writeOutput()
        await this.#pause(LIVE_PAUSE_MS)
        continue
      }
      const { evaluations, hasMore } = this.engine.step(SLICE_MS)
      const last = evaluations.at(-1)
      if (last !== undefined) {
        await this.#pass(
          last.at,
          evaluations.flatMap(({ transitions }) => transitions),
        )
      }
      const outputEveryMs = this.engine.isCatchingUp ? HISTORY_OUTPUT_EVERY_MS : LIVE_OUTPUT_EVERY_MS
      if (performance.now() - this.#lastOutput > outputEveryMs) this.#writeOutput()
      if (this.#isTimeToSave()) this.#saveAside()
      if (hasMore) await new Promise(resolve => setImmediate(resolve))
      else if (this.#hasEnded) return
      else await this.#pause(LIVE_PAUSE_MS)
    }
  }

  #isTimeToSave(): boolean {
    const dueFor = performance.now() - this.#nextSave
    if (this.#saveEveryMs === undefined || dueFor < 0) return false
    return !this.engine.isCatchingUp || dueFor > (HISTORY_SAVE_FACTOR - 1) * this.#saveEveryMs
  }

  /** Nothing more is taken: whoever waits for room is let go, and the next batch is told why. */
  #fail(error: Error): void {
    this.#failure = error
    this.#isStopping = true
    for (const { queue } of this.engine.partitions) queue.clear()
    this.#world.failed(this.#process, error)
  }

  async #pass(at: Instant, transitions: readonly AlertTransition[]): Promise<void> {
    if (transitions.length > 0) {
      failpoint('transition-before-record')
      await this.#world.record(this.#process, at, transitions, this.engine.snapshot())
      failpoint('transition-recorded')
      this.#world.publish(this.#process, transitions)
    }
    this.#world.evaluated(this.#process)
  }

  #withFuturesRemembered(batch: RecordBatch): RecordBatch {
    const { topic, partition, records } = batch
    const wasFuture = ({ offset }: SourceRecord) => this.#world.wasFuture(this.#process, topic, partition, offset)
    if (!records.some(wasFuture)) return batch
    const remembered = records.map(record => (wasFuture(record) ? { ...record, notAfter: instant(-Infinity) } : record))
    return { ...batch, records: remembered }
  }

  #writeOutput(): void {
    this.#lastOutput = performance.now()
    for (const output of this.engine.takeOutput()) this.#world.write(output)
    failpoint('rows-handed-over')
  }

  /** Saves beside the loop; one at a time, and the next one at least an interval after this one has ended. */
  #saveAside(): void {
    this.#nextSave = Infinity
    this.#saving = this.#save().catch(error => this.#fail(error as Error))
  }

  /** The evaluator's state goes first: it may be ahead of the shards, which then catch up with it, never behind them. */
  async #save(): Promise<void> {
    if (this.#saveEveryMs === undefined) return
    await this.#saving
    // What failed may be the record of transitions that the state already has: saved, they would never be told.
    if (this.#failure !== undefined) return
    // What a state has handed out is in the store or saved with the state; what it has not would be in neither.
    this.#writeOutput()
    const { engine } = this
    const startedReading = performance.now()
    const at = engine.evaluatedAt
    const recorded = at === undefined ? Promise.resolve() : this.#world.record(this.#process, at, [], engine.snapshot())
    const states = new Map(engine.shards.map(shard => [shard.partition, shard.snapshot()]))
    const saved = this.#world.saveShards(this.#process, states)
    const readMs = performance.now() - startedReading
    failpoint('save-under-way')
    await Promise.all([recorded, saved])
    failpoint('save-done')
    this.#nextSave = performance.now() + Math.max(this.#saveEveryMs, readMs / SAVE_SHARE)
  }

  /** Waits for news from the source, at most so long. */
  #pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
