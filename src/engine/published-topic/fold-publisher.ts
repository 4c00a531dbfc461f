import { randomUUID } from 'node:crypto'
import type { TopicPartition } from '../../event/record.ts'
import type { ProcessDefinition } from '../../model/definitions.ts'
import { foldFingerprint } from '../../model/fold-fingerprint.ts'
import type { OwnedLog, TakenOver } from '../../source/kafka/published/owned-log.ts'
import { type PartitionKey, partitionKey } from '../../source/source.ts'
import type { FromFold, LogEnd, ToFold } from '../fold-messages.ts'
import { topicsOf } from '../local-shards.ts'
import { CATCHING_UP_MS } from '../process-engine.ts'
import { type ShardClaim, ShardPublisher } from './shard-publisher.ts'

/** Giving up a shard waits for its last steps so long; what is not written is folded again by the next owner. */
const LAST_STEPS_WITHIN_MS = 2_000

export type FoldPublisherParts = {
  readonly process: ProcessDefinition
  /** The log of a shard; `owner` names this publication of it. */
  readonly openLog: (partition: number, owner: string) => OwnedLog
  /** Rows of shards are of no earlier life than this one. */
  readonly leastLife: number
  /** To the fold. */
  readonly tell: (message: ToFold) => void
  /** Another process folds the shard: this one is to give it up. */
  readonly takenOver: (partition: number, error: TakenOver) => void
  readonly failed: (error: Error) => void
  /** The wall clock, in ms since the epoch. */
  readonly now: () => number
}

/** A state that waits to be saved. */
type Save = Extract<FromFold, { kind: 'saving' }>

/**
 * Stands in for the evaluation where that is in another process: what a fold tells goes to a topic, from which the
 * evaluation reads it (`topic-reader.ts`).
 *
 * Nothing comes back from there, so the fold is answered here. A step counts as taken when the topic has it: that bounds
 * what waits in memory, and a state is saved when the topic has all steps that the state has. The topic then is to the
 * evaluation what its own state is within one process: after any crash it finds there, one by one, the steps that follow on
 * those it had seen.
 */
export class FoldPublisher {
  readonly #parts: FoldPublisherParts
  readonly #definitions: string
  readonly #topics: readonly string[]
  readonly #shards = new Map<number, ShardPublisher>()
  readonly #watermarks = new Map<number, readonly number[]>()
  readonly #atEnd = new Map<PartitionKey, boolean>()
  #saves: Save[] = []
  #wasCatchingUp = true
  #closing: Promise<void> = Promise.resolve()

  constructor(parts: FoldPublisherParts) {
    this.#parts = parts
    this.#definitions = foldFingerprint(parts.process)
    this.#topics = topicsOf(parts.process)
  }

  /**
   * Takes a shard over, before its state is loaded and anything of it is folded. No former owner can publish it then.
   *
   * @throws TakenOver where another one was later.
   */
  async claim(partition: number): Promise<ShardClaim> {
    this.#giveUp(partition)
    const { openLog, leastLife, tell, takenOver, failed } = this.#parts
    const owner = randomUUID()
    const shard: ShardPublisher = new ShardPublisher({
      log: openLog(partition, owner),
      partition,
      owner,
      definitions: this.#definitions,
      leastLife,
      written: step => {
        tell({ kind: 'taken', partition, step })
        this.#allowSaves()
      },
      takenOver: error => {
        if (this.#shards.get(partition) !== shard) return
        this.#giveUp(partition)
        takenOver(partition, error)
      },
      failed,
    })
    this.#shards.set(partition, shard)
    return shard.claim()
  }

  /** Whether a record was found to lie in the future when it was first read. */
  wasFuture({ topic, partition }: TopicPartition, offset: number): boolean {
    return this.#shards.get(partition)?.wasFuture(topic, offset) ?? false
  }

  /** A record was found to lie in the future. */
  decide({ topic, partition }: TopicPartition, offset: number): void {
    this.#shards.get(partition)?.decide({ topic, offset })
  }

  /** A durable state covers a log below an offset. */
  passed({ topic, partition }: TopicPartition, offset: number): void {
    this.#shards.get(partition)?.passed(topic, offset)
  }

  /** What the fold tells. */
  hear(message: FromFold): void {
    switch (message.kind) {
      case 'assigned':
        this.#begin(message)
        break
      case 'revoked':
        this.#giveUp(message.partition)
        break
      case 'steps': {
        const last = message.steps.at(-1)
        if (last !== undefined) this.#watermarks.set(message.partition, last.publication.summary.watermarks)
        this.#shards.get(message.partition)?.add(message.steps)
        break
      }
      case 'ends':
        this.#tellEnds(message)
        break
      case 'saving':
        this.#saves.push(message)
        this.#allowSaves()
        break
      case 'begun':
      case 'saved':
      case 'source':
      case 'dues':
        // Of the process itself; nobody asks through the topic.
        break
    }
    this.#tellPace()
  }

  /** Writes what waits, for a moment, and gives all shards up. */
  async close(): Promise<void> {
    for (const partition of [...this.#shards.keys()]) this.#giveUp(partition)
    await this.#closing
  }

  #begin({ base, otherLogs }: Extract<FromFold, { kind: 'assigned' }>): void {
    const { partition, watermarks } = base.summary
    this.#watermarks.set(partition, watermarks)
    this.#shards.get(partition)?.begin({ publication: base, otherLogs })
  }

  #giveUp(partition: number): void {
    const shard = this.#shards.get(partition)
    this.#shards.delete(partition)
    this.#watermarks.delete(partition)
    for (const topic of this.#topics) this.#atEnd.delete(partitionKey({ topic, partition }))
    if (shard !== undefined)
      this.#closing = Promise.all([this.#closing, shard.close(LAST_STEPS_WITHIN_MS)]).then(() => {})
    this.#allowSaves()
  }

  #tellEnds({ ends, hasRoom }: Extract<FromFold, { kind: 'ends' }>): void {
    for (const { id, endOffset, readTo } of ends) this.#atEnd.set(partitionKey(id), readTo >= endOffset)
    for (const [partition, shard] of this.#shards) {
      const own: LogEnd[] = ends.filter(({ id }) => id.partition === partition)
      if (own.length > 0) shard.tellEnds(own, hasRoom)
    }
  }

  /** A state may be saved when the topic has all steps that it has. */
  #allowSaves(): void {
    const mayBe = ({ upTo }: Save) =>
      [...upTo].every(([partition, step]) => (this.#shards.get(partition)?.writtenTo ?? Infinity) >= step)
    const allowed = this.#saves.filter(mayBe)
    this.#saves = this.#saves.filter(save => !allowed.includes(save))
    for (const { save } of allowed) this.#parts.tell({ kind: 'maySave', save })
  }

  /** Time is of the past while a shard that is not at its end is more than a minute behind the wall clock. */
  #tellPace(): void {
    const before = this.#parts.now() - CATCHING_UP_MS
    const isBehind = ([partition, watermarks]: readonly [number, readonly number[]]) =>
      watermarks.some(
        (watermark, index) =>
          watermark < before &&
          this.#atEnd.get(partitionKey({ topic: this.#topics[index] as string, partition })) !== true,
      )
    const isCatchingUp = [...this.#watermarks].some(isBehind)
    if (isCatchingUp === this.#wasCatchingUp) return
    this.#wasCatchingUp = isCatchingUp
    this.#parts.tell({ kind: 'pace', isCatchingUp })
  }
}
