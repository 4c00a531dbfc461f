import type { RecordBatch, TopicPartition } from '../../event/record.ts'
import type { ProcessDefinition } from '../../model/definitions.ts'
import { foldFingerprint } from '../../model/fold-fingerprint.ts'
import type { ShardSummary } from '../../shard/summary.ts'
import {
  type AssignedPartition,
  type PartitionKey,
  type Positions,
  partitionKey,
  type Source,
  type SourceListener,
  type SourceState,
} from '../../source/source.ts'
import type { Fold } from '../evaluation-loop.ts'
import type { FromFold, ToFold } from '../fold-messages.ts'
import { topicsOf } from '../local-shards.ts'
import { END_UNKNOWN_AFTER_MS } from '../partition.ts'
import { Freshness } from './freshness.ts'
import { type EndsKnown, Overtaken, ShardReading } from './shard-reading.ts'

/** Bytes of steps of a shard that the evaluation has not taken in before its log is read no further. */
const MOST_UNDER_WAY = 4 * 1_048_576
/** What is read may be so old: writers gather for a moment, a transaction takes another one. */
const BEHIND_AFTER_MS = 5_000
/** What a step costs beside its entries. */
const STEP_OVERHEAD_BYTES = 2_000

export type TopicReaderParts = {
  readonly process: ProcessDefinition
  /** The topic from its beginning: committed records only, with headers. */
  readonly openSource: () => Source
  /**
   * Where the evaluation goes on: the next offsets, by `topic:partition`, that it has seen. A shard begins with the first
   * state that has as much, and what follows comes step by step; with nothing seen, that is the oldest state there is.
   *
   * `newest`: shards begin with the newest state: what was before is not evaluated.
   */
  readonly from: Readonly<Record<string, number>> | 'newest'
  /** To the evaluation. */
  readonly tell: (fold: Fold, message: FromFold) => void
  readonly state: (state: SourceState) => void
  /** A shard was published by other definitions: it is left out until somebody folds it by ours. Told once a shard. */
  readonly otherDefinitions: (partition: number) => void
  /** Reading cannot go on. */
  readonly failed: (error: Error) => void
  /** The wall clock, in ms since the epoch. */
  readonly now: () => number
}

/**
 * Reads what the shards of a process publish, wherever they are folded, and tells an evaluation of it as if it were one fold.
 *
 * The first states are told together, when all shards have one: rules look across shards. A shard that nobody publishes is
 * waited for only so long.
 */
export class TopicReader implements Fold, SourceListener {
  readonly #parts: TopicReaderParts
  readonly #definitions: string
  readonly #topics: readonly string[]
  /** Offsets that the evaluation has seen; undefined: of no interest. */
  readonly #seen: Map<string, number> | undefined
  readonly #shards = new Map<number, ReadShard>()
  #source: Source
  /** What is told when all have a state; undefined: they had. */
  #heldBack: FromFold[] | undefined = []
  #opened: () => void = () => {}
  #whenOpen = new Promise<void>(resolve => {
    this.#opened = resolve
  })
  /** Shards that were published last by other definitions. */
  readonly #others = new Set<number>()
  #waitsUntil = Infinity
  #isStopped = false
  /** It reads anew. */
  #restarting: Promise<void> | undefined

  constructor(parts: TopicReaderParts) {
    this.#parts = parts
    this.#definitions = foldFingerprint(parts.process)
    this.#topics = topicsOf(parts.process)
    this.#seen = parts.from === 'newest' ? undefined : new Map(Object.entries(parts.from))
    this.#source = parts.openSource()
  }

  async start(): Promise<void> {
    await this.#startSource()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#restarting
    this.#letGoOn()
    await this.#source.stop()
  }

  /** What the evaluation tells its folds: how far it has come. */
  readonly tell = (message: ToFold): void => {
    if (message.kind === 'taken') this.#shards.get(message.partition)?.taken(message.step)
    // Cases are known where they are folded, and the topic does not ask there.
    if (message.kind === 'dues') this.#parts.tell(this, { kind: 'dues', question: message.question, dues: [] })
  }

  async assigned(partitions: readonly AssignedPartition[]): Promise<Positions> {
    this.#waitsUntil = Math.min(this.#waitsUntil, this.#parts.now() + END_UNKNOWN_AFTER_MS)
    for (const { partition } of partitions) {
      if (!this.#shards.has(partition)) this.#shards.set(partition, this.#newShard(partition))
    }
    return new Map()
  }

  async revoked(): Promise<void> {}

  async batch({ partition, records }: RecordBatch): Promise<void> {
    const shard = this.#shards.get(partition)
    if (shard === undefined || this.#restarting !== undefined) return
    const known = shard.endsKnown(this.#parts.now())
    try {
      for (const record of records) shard.reading.take(record, known)
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error
      this.#readAnew()
      return
    }
    this.#openWhenAll()
    if (shard.reading.isFollowing) await this.#whenOpen
    await shard.room()
  }

  end({ partition }: TopicPartition, endOffset: number, readTo: number): void {
    const shard = this.#shards.get(partition)
    if (shard === undefined || this.#restarting !== undefined) return
    shard.cameTo(readTo, endOffset, this.#parts.now())
    this.#openWhenAll()
  }

  state(state: SourceState): void {
    this.#parts.state(state)
  }

  async #startSource(): Promise<void> {
    const source = this.#source
    source.finished.catch(error => {
      if (source === this.#source && !this.#isStopped) this.#parts.failed(error as Error)
    })
    await source.start(this)
  }

  #newShard(partition: number): ReadShard {
    const reading = new ShardReading({
      partition,
      isAsFarAsSeen: summary => this.#isAsFarAsSeen(summary),
      forgetSeen: keys => this.#forgetSeen(keys),
      isOurs: definitions => this.#isOurs(definitions, partition),
      tell: message => this.#pass(shard, message),
    })
    const shard = new ReadShard(reading)
    return shard
  }

  #pass(shard: ReadShard, message: FromFold): void {
    if (message.kind === 'assigned') {
      shard.assigned()
      this.#saw(message.base.summary)
    }
    if (message.kind === 'steps') {
      for (const { number, publication } of message.steps) {
        shard.told(number, publication.entries.length)
        this.#saw(publication.summary)
      }
    }
    if (this.#heldBack !== undefined) this.#heldBack.push(message)
    else this.#parts.tell(this, message)
  }

  /** Reading that has to begin anew goes on from there. */
  #saw({ partition, recordsEnd }: ShardSummary): void {
    this.#topics.forEach((topic, index) => {
      this.#seen?.set(partitionKey({ topic, partition }), recordsEnd[index] ?? 0)
    })
  }

  #openWhenAll(): void {
    const held = this.#heldBack
    if (held === undefined || this.#shards.size === 0) return
    const isAll = [...this.#shards.values()].every(({ reading }) => reading.isFollowing)
    if (!isAll && this.#parts.now() < this.#waitsUntil) return
    this.#heldBack = undefined
    for (const message of held) this.#parts.tell(this, message)
    this.#parts.tell(this, { kind: 'begun' })
    this.#opened()
  }

  #isAsFarAsSeen({ partition, recordsEnd }: ShardSummary): boolean {
    const seen = this.#seen
    if (seen === undefined) return false
    return this.#topics.every(
      (topic, index) => (recordsEnd[index] ?? 0) >= (seen.get(partitionKey({ topic, partition })) ?? 0),
    )
  }

  #forgetSeen(keys: readonly PartitionKey[]): void {
    for (const key of keys) this.#seen?.delete(key)
  }

  #isOurs(definitions: string, partition: number): boolean {
    const isOurs = definitions === this.#definitions
    if (isOurs) this.#others.delete(partition)
    else if (!this.#others.has(partition)) {
      this.#others.add(partition)
      this.#parts.otherDefinitions(partition)
    }
    return isOurs
  }

  /** The log has gone on without us: what is missing may be found in what stands there now. */
  #readAnew(): void {
    this.#restarting = this.#restart().catch(error => this.#parts.failed(error as Error))
  }

  async #restart(): Promise<void> {
    this.#letGoOn()
    const former = this.#source
    this.#source = this.#parts.openSource()
    await former.stop()
    this.#shards.clear()
    this.#waitsUntil = Infinity
    this.#heldBack = []
    this.#whenOpen = new Promise(resolve => {
      this.#opened = resolve
    })
    this.#restarting = undefined
    if (!this.#isStopped) await this.#startSource()
  }

  #letGoOn(): void {
    this.#opened()
    for (const shard of this.#shards.values()) shard.letGoOn()
  }
}

/** A shard that is read: how far its log has come, and what of it the evaluation has not taken in yet. */
class ReadShard {
  readonly reading: ShardReading
  readonly #freshness = new Freshness()
  /** The end that is read up to before the newest state counts as such. */
  #target: number | undefined
  #endsReached = 0
  #underWay: { readonly number: number; readonly bytes: number }[] = []
  #bytes = 0
  #whenRoom: (() => void)[] = []

  constructor(reading: ShardReading) {
    this.reading = reading
  }

  endsKnown(nowMs: number): EndsKnown {
    const { since } = this.#freshness
    const isBehind = nowMs - since > BEHIND_AFTER_MS
    return { at: isBehind ? nowMs : since, isBehind }
  }

  cameTo(readTo: number, endOffset: number, nowMs: number): void {
    this.#freshness.cameTo(readTo, endOffset, nowMs)
    if (this.#endsReached === 2) return
    this.#target ??= endOffset
    if (readTo < this.#target) return
    // What compaction took away while all that was read was taken away for what came until then, so that is read, too.
    this.#endsReached = readTo >= endOffset ? 2 : this.#endsReached + 1
    this.#target = endOffset
    if (this.#endsReached === 2) this.reading.reachedEnd()
  }

  told(number: number, entriesBytes: number): void {
    const bytes = entriesBytes + STEP_OVERHEAD_BYTES
    this.#underWay.push({ number, bytes })
    this.#bytes += bytes
  }

  /** Steps told before are nobody's any more. */
  assigned(): void {
    this.#underWay = []
    this.#bytes = 0
    this.letGoOn()
  }

  taken(number: number): void {
    const left = this.#underWay.findIndex(step => step.number > number)
    const gone = this.#underWay.splice(0, left < 0 ? this.#underWay.length : left)
    for (const { bytes } of gone) this.#bytes -= bytes
    if (this.#bytes <= MOST_UNDER_WAY) this.letGoOn()
  }

  /** Resolves when more may be told. */
  async room(): Promise<void> {
    if (this.#bytes > MOST_UNDER_WAY) await new Promise<void>(resolve => this.#whenRoom.push(resolve))
  }

  letGoOn(): void {
    for (const resolve of this.#whenRoom.splice(0)) resolve()
  }
}
