/**
 * Reading as a member of a consumer group, through kafkajs, from one join to its crash or stop.
 *
 * What we rely on, read in kafkajs 2.2.4:
 * - Listeners of its events are not awaited, but their synchronous part runs before the next fetch. So a join pauses
 *   all its partitions at once, then asks the listener where to go on, then seeks and resumes.
 * - It drops what it fetched for a partition that is paused or about to be sought. What slips through, because
 *   another broker's fetch was under way, is recognised by its offset: each fetch must begin at the feed's position.
 * - An offset outside the log is silently reset to the earliest one. That too shows as a fetch that begins elsewhere,
 *   and is reported instead of read.
 * - Heartbeats are sent between fetches only. So a handler never waits for the listener longer than a moment; a
 *   partition whose listener is busy is paused, and the others flow.
 */
import type { Batch, Cluster, Consumer, ConsumerGroupJoinEvent, EachBatchPayload, Kafka } from 'kafkajs'
import { instant } from '../../event/instant.ts'
import type { SourceRecord, TopicPartition } from '../../event/record.ts'
import { placeOf } from '../log.ts'
import { samePartitionsTogether } from './assigner.ts'
import { KafkaProblem } from './failure.ts'
import { fetchedBatches } from './kafkajs-fetch.ts'
import { recordOf } from './kafkajs-message.ts'
import {
  FUTURE_AFTER_MS,
  type GroupReading,
  type GroupSettings,
  type GroupSurroundings,
  OwnedPartitions,
} from './owned-partitions.ts'
import type { PartitionFeed } from './partition-feed.ts'
import { readRecords } from './read-records.ts'
import { readTopicIds } from './topic-ids.ts'

/** Brokers refuse less than 6 s by default. After a crash the others wait so long for this member. */
const SESSION_TIMEOUT_MS = 10_000
const HEARTBEAT_MS = 2_000
/** How long a fetch waits for records, and so the longest until a paused partition is fetched again. */
const MAX_WAIT_MS = 100
const MAX_BYTES_PER_PARTITION = 512 * 1024
const MAX_BYTES = 4 * 1024 * 1024
/** A listener that keeps up is waited for, which is cheaper than pausing and resuming. */
const ROOM_WAIT_MS = 50

export class KafkajsReading implements GroupReading {
  /** Rejects when kafkajs has given up; never resolves. */
  readonly crashed: Promise<never>
  readonly #settings: GroupSettings
  readonly #around: GroupSurroundings
  readonly #owned: OwnedPartitions
  readonly #consumer: Consumer
  /** The consumer's own, which kafkajs shows to assigners only. */
  #cluster!: Cluster
  #crash!: (cause: unknown) => void
  #joining = true
  #memberId: string | undefined

  constructor(kafka: Kafka, settings: GroupSettings, around: GroupSurroundings) {
    this.#settings = settings
    this.#around = around
    this.crashed = new Promise<never>((_, reject) => {
      this.#crash = reject
    })
    this.#owned = new OwnedPartitions(settings, around, {
      pause: partition => this.#pause(partition),
      resume: (feed, epoch) => this.#resume(feed, epoch),
      topicIds: () => readTopicIds(this.#cluster, settings.topics),
      crash: cause => this.#crash(cause),
    })
    this.#consumer = kafka.consumer({
      groupId: settings.groupId,
      sessionTimeout: SESSION_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_MS,
      maxWaitTimeInMs: MAX_WAIT_MS,
      maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
      maxBytes: MAX_BYTES,
      allowAutoTopicCreation: false,
      partitionAssigners: [
        config => {
          this.#cluster = config.cluster
          return (settings.assigner ?? samePartitionsTogether(settings.share))(config)
        },
      ],
      // A restart inside kafkajs forgets positions and pauses; the caller begins anew instead.
      retry: { restartOnFailure: async () => false },
    })
  }

  async start(): Promise<void> {
    const { events } = this.#consumer
    this.#consumer.on(events.GROUP_JOIN, event => this.#onJoin(event))
    this.#consumer.on(events.CRASH, ({ payload }) => this.#crash(payload.error))
    // A batch without records for us (transaction markers, aborted or compacted records) never reaches `eachBatch`.
    this.#consumer.on(events.START_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0) this.#skip(payload, Number(payload.lastOffset) + 1, Number(payload.highWatermark))
    })
    await this.#consumer.connect()
    await this.#consumer.subscribe({ topics: [...this.#settings.topics], fromBeginning: true })
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: Math.max(1, this.#around.facts.partitions * this.#settings.topics.length),
      eachBatch: payload => this.#onBatch(payload),
    })
  }

  async stop(): Promise<void> {
    this.#owned.end()
    await this.#consumer.disconnect()
  }

  checkEnds(): Promise<void> {
    return this.#owned.checkEnds()
  }

  #onJoin({ payload }: ConsumerGroupJoinEvent): void {
    const epoch = this.#owned.nextEpoch()
    this.#joining = true
    const { memberAssignment, memberId } = payload
    this.#consumer.pause(Object.entries(memberAssignment).map(([topic, partitions]) => ({ topic, partitions })))
    const assigned = Object.entries(memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map(partition => ({ topic, partition })),
    )
    this.#owned.inTurn(() => this.#takeOver(epoch, memberId, assigned))
  }

  async #takeOver(epoch: number, memberId: string, assigned: readonly TopicPartition[]): Promise<void> {
    if (!this.#owned.isCurrent(epoch)) return
    const joinedAnew = this.#settings.shared && this.#memberId !== memberId
    this.#memberId = memberId
    if (!(await this.#owned.become(epoch, assigned, joinedAnew))) return
    for (const feed of this.#around.feeds.values()) this.#resume(feed, epoch)
    this.#joining = false
    this.#around.joined()
  }

  #resume(feed: PartitionFeed, epoch: number): void {
    if (feed.broken || feed.unsettled) return
    const { topic, partition } = feed.partition
    this.#consumer.seek({ topic, partition, offset: String(feed.position) })
    feed.paused = !feed.hasRoom
    feed.onRoom = () => {
      if (!feed.paused || feed.broken || feed.unsettled || !this.#owned.isCurrent(epoch)) return
      feed.paused = false
      this.#consumer.resume([{ topic, partitions: [partition] }])
    }
    if (!feed.paused) this.#consumer.resume([{ topic, partitions: [partition] }])
  }

  async #onBatch({ batch, resolveOffset, isStale }: EachBatchPayload): Promise<void> {
    const feed = this.#feedOf(batch)
    if (feed === undefined || isStale()) return
    const fetchedFrom = Number(fetchedOffset(batch))
    if (fetchedFrom !== feed.position) {
      this.#elsewhere(feed, fetchedFrom)
      return
    }
    const last = batch.messages[batch.messages.length - 1]
    if (last === undefined) return
    // Resolving the last record's offset passes the markers after it, too.
    resolveOffset(last.offset)
    const records = this.#recordsOf(batch, feed)
    if (records === undefined) return
    feed.offer(records, Number(batch.lastOffset()) + 1, Number(batch.highWatermark))
    await feed.room(ROOM_WAIT_MS)
    if (feed.hasRoom || feed !== this.#feedOf(batch)) return
    feed.paused = true
    this.#pause(batch)
  }

  #skip(partition: TopicPartition, next: number, endOffset: number): void {
    const feed = this.#feedOf(partition)
    if (feed !== undefined && next > feed.position) feed.offer([], next, endOffset)
  }

  /** The feed that may take what has just been fetched. */
  #feedOf(partition: TopicPartition): PartitionFeed | undefined {
    return this.#joining ? undefined : this.#owned.feedOf(partition)
  }

  /** Something else was fetched than asked for: a left-over of another fetch, or kafkajs reset the offset. */
  #elsewhere(feed: PartitionFeed, fetchedFrom: number): void {
    if (fetchedFrom > feed.position) {
      this.#owned.settleAnew(feed)
      return
    }
    // Where the log has lost its end, the next check of the ends says so.
    const { topic, partition } = feed.partition
    this.#consumer.seek({ topic, partition, offset: String(feed.position) })
  }

  #pause({ topic, partition }: TopicPartition): void {
    this.#consumer.pause([{ topic, partitions: [partition] }])
  }

  /** @returns undefined where they cannot be read: the partition is broken then. */
  #recordsOf(batch: Batch, feed: PartitionFeed): SourceRecord[] | undefined {
    const { withHeaders = false } = this.#settings
    const readAt = instant(this.#settings.now() + FUTURE_AFTER_MS)
    const notAfter = this.#around.facts.appendTime.has(batch.topic)
      ? (stamped: number) => instant(stamped + FUTURE_AFTER_MS)
      : () => readAt
    const fetched = fetchedBatches(batch)
    if (fetched === undefined) return batch.messages.map(message => recordOf(message, notAfter, withHeaders))
    try {
      return readRecords(fetched, feed.position, notAfter, withHeaders)
    } catch (cause) {
      if (!(cause instanceof KafkaProblem)) throw cause
      this.#owned.breakOff(feed, cause.at(placeOf(batch)).failure)
      return undefined
    }
  }
}

/** Where the fetch that gave the batch began. kafkajs sets it and leaves it out of its types. */
const fetchedOffset = (batch: Batch & { readonly fetchedOffset?: string }): string | undefined => batch.fetchedOffset
