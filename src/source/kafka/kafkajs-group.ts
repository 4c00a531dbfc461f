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
import type { Batch, Consumer, ConsumerGroupJoinEvent, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs'
import { type Instant, instant } from '../../event/instant.ts'
import type { SourceRecord, TopicPartition } from '../../event/record.ts'
import { type PartitionKey, partitionKey, partitionOfKey, type SourceListener, type SourceState } from '../source.ts'
import { samePartitionsTogether } from './assigner.ts'
import { KafkaProblem } from './failure.ts'
import { fetchedBatches } from './kafkajs-fetch.ts'
import { PartitionFeed } from './partition-feed.ts'
import { readRecords } from './read-records.ts'
import { type LogSpan, placeOf, type TopicFacts, whyNotReadable } from './topics.ts'

/** Brokers refuse less than 6 s by default. After a crash the others wait so long for this member. */
const SESSION_TIMEOUT_MS = 10_000
const HEARTBEAT_MS = 2_000
/** How long a fetch waits for records, and so the longest until a paused partition is fetched again. */
const MAX_WAIT_MS = 100
const MAX_BYTES_PER_PARTITION = 512 * 1024
const MAX_BYTES = 4 * 1024 * 1024
/** A listener that keeps up is waited for, which is cheaper than pausing and resuming. */
const ROOM_WAIT_MS = 50
const FUTURE_AFTER_MS = 600_000

export type GroupSettings = {
  readonly topics: readonly string[]
  readonly groupId: string
  /** Other processes may be members: when we had to join anew, they may have read our partitions meanwhile. */
  readonly shared: boolean
  readonly fromBeginning: boolean
  readonly now: () => number
}

export type GroupSurroundings = {
  readonly facts: TopicFacts
  readonly listener: SourceListener
  /** The partitions that are ours, kept by the caller beyond this membership. */
  readonly feeds: Map<PartitionKey, PartitionFeed>
  readonly readLogSpans: () => Promise<ReadonlyMap<PartitionKey, LogSpan>>
  readonly report: (state: SourceState) => void
  /** Reading has begun, after a join. */
  readonly joined: () => void
  /** What the listener threw. */
  readonly listenerFailed: (cause: unknown) => void
}

export class GroupReading {
  /** Rejects when kafkajs has given up; never resolves. */
  readonly crashed: Promise<never>
  readonly #settings: GroupSettings
  readonly #around: GroupSurroundings
  readonly #consumer: Consumer
  #crash!: (cause: unknown) => void
  /** Counts joins; what belongs to an earlier one is stale. */
  #epoch = 0
  #joining = true
  #stopped = false
  #toldOfNew = false
  #memberId: string | undefined
  #takingOver: Promise<void> = Promise.resolve()

  constructor(kafka: Kafka, settings: GroupSettings, around: GroupSurroundings) {
    this.#settings = settings
    this.#around = around
    this.crashed = new Promise<never>((_, reject) => {
      this.#crash = reject
    })
    this.#consumer = kafka.consumer({
      groupId: settings.groupId,
      sessionTimeout: SESSION_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_MS,
      maxWaitTimeInMs: MAX_WAIT_MS,
      maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
      maxBytes: MAX_BYTES,
      allowAutoTopicCreation: false,
      partitionAssigners: [samePartitionsTogether],
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
    this.#stopped = true
    this.#epoch++
    await this.#consumer.disconnect()
  }

  /** Compares all positions with the log and tells the listener the ends. */
  async checkEnds(): Promise<void> {
    const before = new Map([...this.#around.feeds].map(([key, feed]) => [key, feed.position]))
    const spans = await this.#around.readLogSpans()
    if (this.#stopped) return
    for (const [key, feed] of this.#around.feeds) {
      const span = spans.get(key)
      const position = before.get(key)
      if (span === undefined || position === undefined || feed.broken) continue
      // The log only grows at both ends: its end is compared with the position before the question, not with the
      // present one, which may be past that end already.
      const why =
        whyNotReadable(feed.partition, feed.position, { low: span.low, high: Number.POSITIVE_INFINITY }) ??
        whyNotReadable(feed.partition, position, { low: 0, high: span.high })
      if (why === undefined) feed.sawEnd(span.high)
      else this.#break(feed, why)
    }
    // kafkajs itself notices new partitions only after minutes.
    if (!this.#toldOfNew) this.#tellOfNew([...spans.keys()].map(partitionOfKey))
  }

  #tellOfNew(partitions: readonly TopicPartition[]): void {
    const added = partitions.find(({ partition }) => partition >= this.#around.facts.partitions)
    if (added === undefined) return
    this.#toldOfNew = true
    this.#around.report({
      kind: 'failed',
      reason: whyNew(added, this.#around.facts),
      remedy: startAnew,
      retrying: false,
    })
  }

  #onJoin({ payload }: ConsumerGroupJoinEvent): void {
    const epoch = ++this.#epoch
    this.#joining = true
    const { memberAssignment, memberId } = payload
    this.#consumer.pause(Object.entries(memberAssignment).map(([topic, partitions]) => ({ topic, partitions })))
    const assigned = Object.entries(memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map(partition => ({ topic, partition })),
    )
    this.#takingOver = this.#takingOver
      .then(() => this.#takeOver(epoch, memberId, assigned))
      .catch(cause => this.#crash(cause))
  }

  async #takeOver(epoch: number, memberId: string, assigned: readonly TopicPartition[]): Promise<void> {
    if (epoch !== this.#epoch) return
    const { feeds, listener, facts } = this.#around
    const { shared, fromBeginning } = this.#settings
    const wanted = new Set(assigned.map(partitionKey))
    const joinedAnew = shared && this.#memberId !== memberId
    this.#memberId = memberId
    const lost = [...feeds].filter(([key]) => joinedAnew || !wanted.has(key))
    for (const [key, feed] of lost) {
      feed.close()
      feeds.delete(key)
    }
    if (lost.length > 0) await listener.revoked(lost.map(([, feed]) => feed.partition))
    if (epoch !== this.#epoch) return

    const gained = assigned.filter(partition => !feeds.has(partitionKey(partition)))
    if (gained.length > 0) {
      // Asked before the listener is told, so that a failure leaves it as it was.
      const spans = await this.#around.readLogSpans()
      if (epoch !== this.#epoch) return
      const offsets = await listener.assigned(gained)
      for (const partition of gained) {
        const key = partitionKey(partition)
        const span = spans.get(key) ?? { low: 0, high: Number.POSITIVE_INFINITY }
        const from = offsets.get(key) ?? (fromBeginning ? span.low : span.high)
        const feed = new PartitionFeed(partition, from, listener, this.#around.listenerFailed)
        feeds.set(key, feed)
        const why =
          partition.partition >= facts.partitions ? whyNew(partition, facts) : whyNotReadable(partition, from, span)
        if (why !== undefined) this.#break(feed, why)
        else feed.sawEnd(span.high)
      }
    }
    if (epoch !== this.#epoch) return
    for (const feed of feeds.values()) this.#resume(feed, epoch)
    this.#joining = false
    this.#around.joined()
  }

  #resume(feed: PartitionFeed, epoch: number): void {
    if (feed.broken) return
    const { topic, partition } = feed.partition
    this.#consumer.seek({ topic, partition, offset: String(feed.position) })
    feed.paused = !feed.hasRoom
    feed.onRoom = () => {
      if (!feed.paused || feed.broken || epoch !== this.#epoch) return
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
    this.#consumer.pause([{ topic: batch.topic, partitions: [batch.partition] }])
  }

  #skip(partition: TopicPartition, next: number, endOffset: number): void {
    const feed = this.#feedOf(partition)
    if (feed !== undefined && next > feed.position) feed.offer([], next, endOffset)
  }

  /** The feed that may take what has just been fetched. */
  #feedOf(partition: TopicPartition): PartitionFeed | undefined {
    if (this.#joining || this.#stopped) return undefined
    const feed = this.#around.feeds.get(partitionKey(partition))
    return feed === undefined || feed.broken ? undefined : feed
  }

  /** Something else was fetched than asked for: a left-over of another fetch, or kafkajs reset the offset. */
  #elsewhere(feed: PartitionFeed, fetchedFrom: number): void {
    if (fetchedFrom > feed.position) {
      const why = whyNotReadable(feed.partition, feed.position, { low: fetchedFrom, high: Number.POSITIVE_INFINITY })
      if (why !== undefined) this.#break(feed, why)
      return
    }
    // Where the log has lost its end, the next check of the ends says so.
    const { topic, partition } = feed.partition
    this.#consumer.seek({ topic, partition, offset: String(feed.position) })
  }

  #break(feed: PartitionFeed, reason: string, remedy = startAnew): void {
    feed.broken = true
    const { topic, partition } = feed.partition
    this.#consumer.pause([{ topic, partitions: [partition] }])
    this.#around.report({ kind: 'failed', reason, remedy, retrying: false })
  }

  /** @returns undefined where they cannot be read: the partition is broken then. */
  #recordsOf(batch: Batch, feed: PartitionFeed): SourceRecord[] | undefined {
    const readAt = instant(this.#settings.now() + FUTURE_AFTER_MS)
    const notAfter = this.#around.facts.appendTime.has(batch.topic)
      ? (stamped: number) => instant(stamped + FUTURE_AFTER_MS)
      : () => readAt
    const fetched = fetchedBatches(batch)
    if (fetched === undefined) return batch.messages.map(message => recordOf(message, notAfter))
    try {
      return readRecords(fetched, feed.position, notAfter)
    } catch (cause) {
      if (!(cause instanceof KafkaProblem)) throw cause
      const { reason, remedy } = cause.at(placeOf(batch)).failure
      this.#break(feed, reason, remedy)
      return undefined
    }
  }
}

/** As kafkajs's own decoder has read it. */
function recordOf(
  { offset, key, value, timestamp }: KafkaMessage,
  notAfter: (stamped: number) => Instant,
): SourceRecord {
  const stamped = Number(timestamp)
  return {
    offset: Number(offset),
    key,
    value,
    timestamp: stamped < 0 ? undefined : instant(stamped),
    notAfter: notAfter(stamped),
  }
}

const startAnew =
  'move the data directory away to count anew from what Kafka still has; until then no more of it is read'

/** Where the fetch that gave the batch began. kafkajs sets it and leaves it out of its types. */
const fetchedOffset = (batch: Batch & { readonly fetchedOffset?: string }): string | undefined => batch.fetchedOffset

const whyNew = ({ topic, partition }: TopicPartition, { partitions }: TopicFacts): string =>
  `topic "${topic}" has got new partitions (${partition}; there were ${partitions}), so cases may now lie in two of them`
