import type { Logger } from 'pino'
import { FoldLoop } from '../../engine/fold-loop.ts'
import { FoldPublisher } from '../../engine/published-topic/fold-publisher.ts'
import { claimIn } from '../../engine/published-topic/shard-record.ts'
import type { FoldWorld } from '../../engine/world.ts'
import type { TopicPartition } from '../../event/record.ts'
import type { ProcessDefinition } from '../../model/definitions.ts'
import type { VisitPolicy } from '../../shard/visit-policy.ts'
import type { DeadLetterTopic } from '../../source/kafka/dead-letter-topic.ts'
import type { KafkaFailure } from '../../source/kafka/failure.ts'
import { OwnedLog, TakenOver } from '../../source/kafka/published/owned-log.ts'
import type { AssignedPartition, Source, SourceState } from '../../source/source.ts'
import type { Store } from '../../store/store.ts'
import type { KafkaConfig } from '../config/kafka.ts'
import { foldWorldOf, type LeavingShards } from '../fold-world.ts'
import type { FullDisk } from '../full-disk.ts'
import { openProcessSource } from '../process-source.ts'
import type { SavedShards } from '../saved-shards.ts'
import type { PositionPolicy } from '../starting/position-policy.ts'
import { ShardStarts } from '../starting/shard-starts.ts'
import { withStoredRecords } from '../starting/stored-records.ts'
import { Superseding } from '../superseding.ts'
import { foldingGroup, type Group, publishedTopic } from './group.ts'

const LOOK_EVERY_MS = 1_000

export type GroupFoldParts = {
  readonly group: Group
  readonly kafka: KafkaConfig
  readonly process: ProcessDefinition
  /** Of the topic that shards publish to. */
  readonly partitions: number
  readonly saved: SavedShards
  readonly epoch: number
  /** Of the rows of shards, at least. */
  readonly leastLife: number
  readonly store: Store
  readonly deadLetterTopic: DeadLetterTopic | undefined
  readonly disk: FullDisk
  readonly policy: PositionPolicy
  readonly replaces: boolean
  readonly visits: VisitPolicy
  readonly withRecords: boolean
  readonly saveEveryMs: number
  readonly logger: Logger
  readonly state: (state: SourceState) => void
  /** Another process folds a shard that this one held for its own: everything is to be taken over anew. */
  readonly lost: (error: TakenOver) => void
  readonly fail: (error: Error) => void
}

/**
 * Folds what a group gives this process of one process to watch, and publishes it.
 *
 * A shard is taken over in this order, so that whoever had it before cannot change anything any more:
 *
 *     its log (a former owner publishes no more) ─▶ its state (his states stand below) ─▶ its rows (of a later life than his)
 */
export class GroupFold {
  readonly #parts: GroupFoldParts
  readonly #publisher: FoldPublisher
  readonly #loop: FoldLoop
  readonly #source: Source
  readonly #starts: ShardStarts
  readonly #superseding: Superseding
  readonly #world: LeavingShards
  readonly #problems = new Map<number, string>()
  #look: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(parts: GroupFoldParts) {
    this.#parts = parts
    const { process, saved, store, deadLetterTopic, disk, policy, logger } = parts
    this.#publisher = new FoldPublisher({
      process,
      openLog: (partition, owner) => this.#openLog(partition, owner),
      leastLife: parts.leastLife,
      tell: message => this.#loop.hear(message),
      takenOver: (_, error) => parts.lost(error),
      failed: parts.fail,
      now: Date.now,
    })
    this.#world = foldWorldOf({
      processes: [process],
      store,
      deadLetterTopic,
      shards: saved.shards,
      // The publisher says when states may be saved, and nobody copies them.
      saves: { saveUnlessHeld: save => save() },
      disk,
      decided: ({ topic, partition, offset }) => this.#publisher.decide({ topic, partition }, offset),
    })
    this.#loop = new FoldLoop({
      process,
      epoch: parts.epoch,
      visits: parts.visits,
      withRecords: parts.withRecords,
      saveEveryMs: parts.saveEveryMs,
      now: Date.now,
      world: this.#foldWorld(),
      tell: message => {
        this.#publisher.hear(message)
        if (message.kind === 'revoked') store.giveUp(process.name, this.#loop.source, message.partition)
      },
    })
    const sinceOf = (name: string, partition: number) => saved.shards.originOf(name, partition)?.since ?? 0
    const { write, left } = this.#world
    this.#superseding = new Superseding({ store, write, left, folds: () => [this.#loop], sinceOf })
    this.#starts = new ShardStarts({
      saved,
      policy,
      write: this.#world.writeSaved,
      async countStored(name, { topic, partition }, from, before) {
        await store.flush()
        return store.countKeptRecords({ process: name, topic, partition, from, before })
      },
      beganAnew: name => this.#superseding.await(name),
      now: Date.now,
      logger,
    })
    const opened = openProcessSource(parts.kafka, process, logger, { group: foldingGroup(parts.group, process) })
    const keptRecords: Parameters<typeof withStoredRecords>[1] = (id, from, before) =>
      store.keptRecords({ ...id, process: process.name, from, before })
    this.#source = withStoredRecords(opened, keptRecords, Date.now)
  }

  async start(): Promise<void> {
    const { process, store, replaces, lost, fail } = this.#parts
    await store.claim(process.name, this.#loop.source, replaces)
    this.#superseding.await(process.name)
    this.#source.finished.catch((error: Error) => {
      if (this.#isStopped) return
      if (error instanceof TakenOver) lost(error)
      else fail(error)
    })
    await this.#source.start(this.#loop)
    this.#loop.start()
    this.#look = setInterval(() => this.#superseding.look(process.name), LOOK_EVERY_MS)
  }

  /** Saves and publishes what is folded, and only then leaves its shards to others. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#look)
    await this.#loop.stop()
    await this.#publisher.close()
    await this.#source.stop()
  }

  /** What was decided below an offset is never asked again. */
  passed(id: TopicPartition, offset: number): void {
    this.#publisher.passed(id, offset)
  }

  #foldWorld(): FoldWorld {
    const { process, state, fail, logger } = this.#parts
    return {
      ...this.#world,
      loadShards: (_, partitions) => this.#takeOver(partitions),
      wasFuture: (_, topic, partition, offset) => this.#publisher.wasFuture({ topic, partition }, offset),
      sourceState: (_, now) => state(now),
      failed(_, error) {
        logger.fatal({ process: process.name, err: error }, 'the process cannot go on')
        fail(error)
      },
    }
  }

  async #takeOver(partitions: readonly AssignedPartition[]): ReturnType<FoldWorld['loadShards']> {
    const { process, store, logger } = this.#parts
    const numbers = [...new Set(partitions.map(({ partition }) => partition))]
    if (numbers.length === 0) return new Map()
    const claims = await Promise.all(
      numbers.map(async number => [number, await this.#publisher.claim(number)] as const),
    )
    const lives = new Map(claims.map(([number, { life }]) => [number, life]))
    for (const number of numbers) await store.takeOver(process.name, this.#loop.source, number)
    this.#world.begin(process.name, partitions)
    const starts = await this.#starts.start(process, partitions)
    logger.info({ process: process.name, partitions: numbers }, 'these partitions are folded here')
    return new Map(
      [...starts].map(([number, start]) => {
        const life = lives.get(number)
        return [number, life === undefined ? start : { ...start, life }]
      }),
    )
  }

  #openLog(partition: number, owner: string): OwnedLog {
    const { group, process, partitions } = this.#parts
    const topic = publishedTopic(group, process)
    return new OwnedLog({
      connection: group.connection,
      topic,
      partition,
      partitions,
      transactionalId: `${topic}.${partition}`,
      owner,
      claimIn: record => claimIn(record, partition),
      health: problem => this.#publishing(partition, problem),
    })
  }

  #publishing(partition: number, problem: KafkaFailure | undefined): void {
    const { process, logger } = this.#parts
    const about = { process: process.name, partition }
    if (problem === undefined) {
      if (this.#problems.delete(partition)) logger.warn(about, 'what is folded is published again')
    } else if (this.#problems.get(partition) !== problem.reason) {
      this.#problems.set(partition, problem.reason)
      logger.error({ ...about, remedy: problem.remedy }, `what is folded is not published: ${problem.reason}`)
    }
  }
}
