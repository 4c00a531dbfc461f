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
import { type LogFound, type LogSpan, placeOf, standingOf, whyNotReadable } from '../log.ts'
import {
  type PartitionKey,
  partitionKey,
  partitionOfKey,
  type Refusal,
  type SourceListener,
  type SourceState,
} from '../source.ts'
import { type Share, samePartitionsTogether } from './assigner.ts'
import { KafkaProblem } from './failure.ts'
import { fetchedBatches } from './kafkajs-fetch.ts'
import { recordOf } from './kafkajs-message.ts'
import { PartitionFeed } from './partition-feed.ts'
import { readRecords } from './read-records.ts'
import { readTopicIds } from './topic-ids.ts'
import { logsFound, type OffsetsAt, type TopicFacts } from './topics.ts'

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
  readonly share?: Share
  readonly withHeaders?: boolean
  readonly now: () => number
}

export type GroupSurroundings = {
  readonly facts: TopicFacts
  readonly listener: SourceListener
  /** The partitions that are ours, kept by the caller beyond this membership. */
  readonly feeds: Map<PartitionKey, PartitionFeed>
  readonly readLogSpans: () => Promise<ReadonlyMap<PartitionKey, LogSpan>>
  readonly offsetsAt: OffsetsAt
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
  /** The consumer's own, which kafkajs shows to assigners only. */
  #cluster!: Cluster
  #crash!: (cause: unknown) => void
  /** Counts joins; what belongs to an earlier one is stale. */
  #epoch = 0
  #joining = true
  #stopped = false
  #toldOfNew = false
  #hasTaken = false
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
      partitionAssigners: [
        config => {
          this.#cluster = config.cluster
          return samePartitionsTogether(settings.share)(config)
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
    this.#stopped = true
    this.#epoch++
    await this.#consumer.disconnect()
  }

  /** Compares all positions with the log and tells the listener the ends. */
  async checkEnds(): Promise<void> {
    const before = new Map([...this.#around.feeds].map(([key, feed]) => [key, feed.position]))
    const logs = await this.#findLogs()
    if (this.#stopped) return
    for (const [key, feed] of this.#around.feeds) {
      const log = logs.get(key)
      const next = before.get(key)
      if (log === undefined || next === undefined || feed.broken || feed.unsettled) continue
      // The log only grows at both ends: its end is compared with the position before the question, not with the
      // present one, which may be past that end already.
      const { topicId, position } = feed
      const standings = [
        standingOf({ next: position, topicId }, { ...log, high: Number.POSITIVE_INFINITY }),
        standingOf({ next, topicId }, { ...log, low: 0 }),
      ]
      if (standings.every(standing => standing === 'follows')) feed.sawEnd(log.high)
      else this.#settleAnew(feed)
    }
    // kafkajs itself notices new partitions only after minutes.
    if (!this.#toldOfNew) this.#tellOfNew([...logs.keys()].map(partitionOfKey))
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
    const { feeds } = this.#around
    const wanted = new Set(assigned.map(partitionKey))
    const joinedAnew = this.#settings.shared && this.#memberId !== memberId
    this.#memberId = memberId
    await this.#release([...feeds.keys()].filter(key => joinedAnew || !wanted.has(key)))
    if (epoch !== this.#epoch) return
    // Asked before the listener is told of new ones, so that a failure leaves it as it was.
    const logs = await this.#findLogs()
    if (epoch !== this.#epoch) return
    await this.#take(assigned, logs)
    if (epoch !== this.#epoch) return
    for (const feed of feeds.values()) this.#resume(feed, epoch)
    this.#joining = false
    this.#around.joined()
  }

  async #findLogs(): Promise<ReadonlyMap<PartitionKey, LogFound>> {
    const spans = await this.#around.readLogSpans()
    return logsFound(spans, await readTopicIds(this.#cluster, this.#settings.topics), this.#around.offsetsAt)
  }

  async #release(keys: readonly PartitionKey[]): Promise<void> {
    const { feeds, listener } = this.#around
    for (const key of keys) {
      feeds.get(key)?.close()
      feeds.delete(key)
    }
    if (keys.length > 0) await listener.revoked(keys.map(partitionOfKey))
  }

  /**
   * Asks the listener where to go on in partitions that it does not have yet, and in those whose logs are not what was
   * expected. Partitions of one number are folded together, so these go and come back together.
   */
  async #take(ours: readonly TopicPartition[], logs: ReadonlyMap<PartitionKey, LogFound>): Promise<void> {
    const { feeds, listener, facts } = this.#around
    const isOther = (feed: PartitionFeed): boolean => {
      const found = logs.get(partitionKey(feed.partition))
      return found !== undefined && standingOf({ next: 0, topicId: feed.topicId }, { ...found, low: 0 }) === 'other'
    }
    const former = new Map(feeds)
    const unsettled = [...feeds.values()].filter(feed => feed.unsettled || isOther(feed))
    const numbers = new Set(unsettled.map(({ partition }) => partition.partition))
    await this.#release([...feeds.keys()].filter(key => numbers.has(partitionOfKey(key).partition)))

    const gained = ours.filter(partition => !feeds.has(partitionKey(partition)))
    // Who has no partition at all is told so once.
    if (gained.length === 0 && (this.#hasTaken || ours.length > 0)) return
    this.#hasTaken = true
    const positions = await listener.assigned(
      gained.map(partition => {
        const log = logs.get(partitionKey(partition))
        return log === undefined ? partition : { ...partition, log }
      }),
    )
    for (const partition of gained) {
      const key = partitionKey(partition)
      const log = logs.get(key)
      const span = log ?? { low: 0, high: Number.POSITIVE_INFINITY }
      const before = former.get(key)
      const position =
        positions.get(key) ??
        (before !== undefined && isOther(before) ? whyOther(partition) : before?.position) ??
        (this.#settings.fromBeginning ? span.low : span.high)
      const from = typeof position === 'number' ? position : span.low
      const feed = new PartitionFeed(partition, from, log?.topicId, listener, this.#around.listenerFailed)
      feeds.set(key, feed)
      const why =
        partition.partition >= facts.partitions ? whyNew(partition, facts) : whyNotReadable(partition, from, span)
      if (typeof position === 'object') this.#break(feed, position)
      else if (why !== undefined) this.#break(feed, { reason: why, remedy: startAnew })
      else feed.sawEnd(span.high)
    }
  }

  /** Nothing more is taken of a partition until the listener has said anew where it goes on in the log that is there. */
  #settleAnew({ partition: { partition: number } }: PartitionFeed): void {
    const epoch = this.#epoch
    for (const feed of this.#around.feeds.values()) {
      if (feed.partition.partition !== number) continue
      feed.unsettled = true
      this.#consumer.pause([{ topic: feed.partition.topic, partitions: [number] }])
    }
    this.#takingOver = this.#takingOver.then(() => this.#takeAnew(epoch)).catch(cause => this.#crash(cause))
  }

  /** A join that comes first does the same. */
  async #takeAnew(epoch: number): Promise<void> {
    if (epoch !== this.#epoch) return
    const { feeds } = this.#around
    const logs = await this.#findLogs()
    if (epoch !== this.#epoch) return
    const former = new Set(feeds.values())
    await this.#take(
      [...former].map(({ partition }) => partition),
      logs,
    )
    if (epoch !== this.#epoch) return
    for (const feed of feeds.values()) if (!former.has(feed)) this.#resume(feed, epoch)
  }

  #resume(feed: PartitionFeed, epoch: number): void {
    if (feed.broken || feed.unsettled) return
    const { topic, partition } = feed.partition
    this.#consumer.seek({ topic, partition, offset: String(feed.position) })
    feed.paused = !feed.hasRoom
    feed.onRoom = () => {
      if (!feed.paused || feed.broken || feed.unsettled || epoch !== this.#epoch) return
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
    return feed === undefined || feed.broken || feed.unsettled ? undefined : feed
  }

  /** Something else was fetched than asked for: a left-over of another fetch, or kafkajs reset the offset. */
  #elsewhere(feed: PartitionFeed, fetchedFrom: number): void {
    if (fetchedFrom > feed.position) {
      this.#settleAnew(feed)
      return
    }
    // Where the log has lost its end, the next check of the ends says so.
    const { topic, partition } = feed.partition
    this.#consumer.seek({ topic, partition, offset: String(feed.position) })
  }

  #break(feed: PartitionFeed, why: Refusal): void {
    feed.refusal = why
    const { topic, partition } = feed.partition
    this.#consumer.pause([{ topic, partitions: [partition] }])
    this.#around.report({ kind: 'failed', ...why, retrying: false })
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
      this.#break(feed, cause.at(placeOf(batch)).failure)
      return undefined
    }
  }
}

const startAnew =
  'move the data directory away to count anew from what Kafka still has; until then no more of it is read'

/** Where the fetch that gave the batch began. kafkajs sets it and leaves it out of its types. */
const fetchedOffset = (batch: Batch & { readonly fetchedOffset?: string }): string | undefined => batch.fetchedOffset

const whyOther = ({ topic }: TopicPartition): Refusal => ({
  reason: `topic "${topic}" was deleted and created anew: what was read of the former one says nothing of it`,
  remedy: startAnew,
})

const whyNew = ({ topic, partition }: TopicPartition, { partitions }: TopicFacts): string =>
  `topic "${topic}" has got new partitions (${partition}; there were ${partitions}), so cases may now lie in two of them`
