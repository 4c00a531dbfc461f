/**
 * Reading through node-rdkafka, from its connection to its crash or stop.
 *
 * A group that is this source's alone needs no coordinator: all partitions are assigned by hand. A shared group hands
 * them out, one partition after the other where there is one topic (cooperative-sticky). The partitions of several
 * topics that have the same number are folded together and must lie with one member, which only the range assignor
 * does: it stops all members at every change.
 *
 * What we rely on, read in node-rdkafka 3.6.1 with librdkafka 2.12:
 * - The group waits after its rebalance callback until it is answered by an (un)assignment, however long that takes.
 * - Whatever moves a position or stops a partition is done between two polls (`#betweenPolls`), when nothing fetched
 *   before is under way: it drops what it has fetched ahead, and goes on after the last record that a poll returned.
 * - A poll does not wait, since a waiting one would keep a thread of libuv's pool from files and the store.
 * - The end of a log is reported once with its offset (`enable.partition.eof`), past markers and aborted records.
 * - An offset outside the log stops the fetching of its partition (`auto.offset.reset: error`) with an error that says
 *   not which, and that is lost where the same poll returned records. So the check of the ends says what is wrong, and
 *   the statistics show a partition that stands still for no reason of ours.
 */
import { instant } from '../../event/instant.ts'
import type { SourceRecord, TopicPartition } from '../../event/record.ts'
import { type PartitionKey, partitionKey, partitionOfKey } from '../source.ts'
import { KafkaProblem } from './failure.ts'
import { listedHeaders } from './headers.ts'
import {
  FUTURE_AFTER_MS,
  type GroupReading,
  type GroupSettings,
  type GroupSurroundings,
  OwnedPartitions,
} from './owned-partitions.ts'
import type { PartitionFeed } from './partition-feed.ts'
import { describeRdkafkaError, rdkafkaCodes } from './rdkafka-failure.ts'
import type { Positioned, Rdkafka, RdkafkaConsumer, RdkafkaMessage, RdkafkaSettings } from './rdkafka-module.ts'
import { partitionsNotFetched } from './rdkafka-statistics.ts'
import type { TopicIds } from './topic-ids.ts'

const CONNECTED_WITHIN_MS = 10_000
/** Brokers refuse less than 6 s by default. After a crash the others wait so long for this member. */
const SESSION_TIMEOUT_MS = 10_000
/** A poll that returned nothing is followed by another so much later. */
const IDLE_MS = 10
const MAX_RECORDS = 1_000
/** A listener that keeps up is waited for, which is cheaper than fetching again what a pause drops. */
const ROOM_WAIT_MS = 50
const STATISTICS_EVERY_MS = 1_000
const ANSWER_AGAIN_MS = 20

const consumerSettings: RdkafkaSettings = {
  'enable.auto.commit': false,
  'enable.auto.offset.store': false,
  'enable.partition.eof': true,
  'isolation.level': 'read_committed',
  'allow.auto.create.topics': false,
  'session.timeout.ms': SESSION_TIMEOUT_MS,
  'heartbeat.interval.ms': 2_000,
  'statistics.interval.ms': STATISTICS_EVERY_MS,
  // What is fetched ahead for all partitions together; a fetch is put off for only a moment where that is exceeded.
  'queued.max.messages.kbytes': 16 * 1024,
  'queued.min.messages': 20_000,
  'fetch.queue.backoff.ms': 5,
  'fetch.wait.max.ms': 100,
  'reconnect.backoff.ms': 100,
  'reconnect.backoff.max.ms': 2_000,
}

export type RdkafkaHelpers = {
  /** librdkafka tells nobody the ids of topics. Closed by us. */
  readonly topicIds: TopicIds
  readonly log: (line: { readonly severity: number; readonly fac: string; readonly message: string }) => void
}

export class RdkafkaReading implements GroupReading {
  readonly crashed: Promise<never>
  readonly #settings: GroupSettings
  readonly #around: GroupSurroundings
  readonly #brokers: readonly string[]
  readonly #owned: OwnedPartitions
  readonly #consumer: RdkafkaConsumer
  readonly #cooperative: boolean
  readonly #topicIds: TopicIds
  #crash!: (cause: unknown) => void
  #stopped = false
  #closed = false
  readonly #betweenPolls: (() => void)[] = []
  readonly #logEnds: Positioned[] = []
  #joined = false
  /** What librdkafka was told to fetch, and for whom: of a feed that came since it has not heard the position yet. */
  readonly #placed = new Map<PartitionKey, PartitionFeed>()
  #standingStill: ReadonlySet<PartitionKey> = new Set()
  /** Answers a rebalance that still waits for the listener: the consumer cannot be closed before. */
  #answer: (() => void) | undefined
  #reading: Promise<void> = Promise.resolve()

  /** @param connection brokers, TLS and sign-in, in librdkafka's names. */
  constructor(
    { KafkaConsumer }: Rdkafka,
    connection: RdkafkaSettings,
    settings: GroupSettings & { readonly brokers: readonly string[] },
    around: GroupSurroundings,
    { topicIds, log }: RdkafkaHelpers,
  ) {
    this.#settings = settings
    this.#around = around
    this.#brokers = settings.brokers
    this.#cooperative = settings.topics.length === 1
    this.#topicIds = topicIds
    this.#owned = new OwnedPartitions(settings, around, {
      pause: partition => this.#pauseSoon(partition),
      resume: feed => this.#replace(feed),
      topicIds: () => topicIds.read(),
      crash: cause => this.#crash(cause),
    })
    this.crashed = new Promise<never>((_, reject) => {
      this.#crash = reject
    })
    this.#consumer = new KafkaConsumer(
      {
        ...connection,
        ...consumerSettings,
        'group.id': settings.groupId,
        'partition.assignment.strategy': this.#cooperative ? 'cooperative-sticky' : 'range',
        rebalance_cb: (error, partitions) => this.#onRebalance(error.code, partitions),
      },
      { 'auto.offset.reset': 'error' },
    )
    this.#consumer.setDefaultConsumeTimeout(0)
    this.#consumer.on('partition.eof', end => this.#logEnds.push(end))
    this.#consumer.on('event.log', log)
    this.#consumer.on('event.error', ({ code, message }) => log({ severity: 4, fac: `ERROR ${code}`, message }))
    this.#consumer.on('event.stats', ({ message }) => this.#onStatistics(message))
  }

  async start(): Promise<void> {
    await this.#connect()
    if (this.#stopped) return
    if (this.#settings.shared) this.#consumer.subscribe(this.#settings.topics)
    else this.#owned.inTurn(() => this.#takeAll())
    this.#reading = this.#read().catch(cause => this.#crash(cause))
  }

  #connect(): Promise<void> {
    const topic = this.#settings.topics[0]!
    return new Promise((resolve, reject) => {
      this.#consumer.connect({ topic, timeout: CONNECTED_WITHIN_MS }, error => {
        if (error) reject(describeRdkafkaError(error, this.#brokers))
        else resolve()
      })
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#owned.end()
    if (this.#answer !== undefined) this.#answerUntilTaken(this.#answer)
    await this.#reading
    await new Promise<void>(resolve => this.#consumer.disconnect(resolve))
    this.#closed = true
    await this.#topicIds.close()
  }

  checkEnds(): Promise<void> {
    return this.#owned.checkEnds()
  }

  /** Our share of what there was when the topics were first seen; of those added since the check of the ends tells. */
  async #takeAll(): Promise<void> {
    const { topics, share = { index: 0, of: 1 } } = this.#settings
    const numbers = Array.from({ length: this.#around.facts.partitions }, (_, partition) => partition)
    const ours = numbers.filter(partition => partition % share.of === share.index)
    const all = topics.flatMap(topic => ours.map(partition => ({ topic, partition })))
    if (await this.#owned.become(this.#owned.nextEpoch(), all)) this.#begin(all)
  }

  #onRebalance(code: number, partitions: readonly TopicPartition[]): void {
    if (code !== rdkafkaCodes.assign && code !== rdkafkaCodes.revoke) {
      this.#crash(describeRdkafkaError(Object.assign(new Error('the rebalance failed'), { code }), this.#brokers))
      return
    }
    const assigns = code === rdkafkaCodes.assign
    if (this.#stopped) this.#answerUntilTaken(() => this.#leave(partitions))
    else {
      this.#answer = () => (assigns ? this.#place(partitions) : this.#leave(partitions))
      this.#owned.inTurn(() => (assigns ? this.#gain(partitions) : this.#lose(partitions)))
    }
  }

  async #gain(partitions: readonly TopicPartition[]): Promise<void> {
    // What an earlier membership has left may have been somebody else's meanwhile.
    const anew = !this.#joined
    this.#joined = true
    const assigned = this.#cooperative && !anew ? [...this.#ours(), ...partitions] : partitions
    if (!(await this.#owned.become(this.#owned.nextEpoch(), assigned, anew))) return
    this.#begin(partitions)
    // Logs that were found to be others have got new feeds, too.
    const answered = new Set(partitions.map(partitionKey))
    for (const [key, feed] of this.#around.feeds)
      if (!answered.has(key) && this.#placed.get(key) !== feed) this.#replace(feed)
  }

  async #lose(partitions: readonly TopicPartition[]): Promise<void> {
    const lost = new Set(partitions.map(partitionKey))
    const left = this.#cooperative ? this.#ours().filter(partition => !lost.has(partitionKey(partition))) : []
    if (!(await this.#owned.keepOnly(this.#owned.nextEpoch(), left))) return
    this.#betweenPolls.push(() => this.#leave(partitions))
  }

  #ours(): TopicPartition[] {
    return [...this.#around.feeds.values()].map(({ partition }) => partition)
  }

  #begin(partitions: readonly TopicPartition[]): void {
    this.#betweenPolls.push(() => {
      this.#place(partitions)
      this.#around.joined()
    })
  }

  /** Lets librdkafka read on from the feeds' positions; of a broken one it would only say again that it cannot. */
  #place(partitions: readonly TopicPartition[]): void {
    this.#answer = undefined
    const feeds = partitions.flatMap(partition => this.#owned.feedOf(partition) ?? [])
    const positions = feeds.map(({ partition, position }) => ({ ...partition, offset: position }))
    if (this.#settings.shared && this.#cooperative) this.#consumer.incrementalAssign(positions)
    else this.#consumer.assign(positions)
    for (const feed of feeds) {
      this.#placed.set(partitionKey(feed.partition), feed)
      this.#flow(feed)
    }
  }

  /** A feed has taken the place of another, at a position of its own. */
  #replace(feed: PartitionFeed): void {
    this.#betweenPolls.push(() => {
      const key = partitionKey(feed.partition)
      if (this.#owned.feedOf(feed.partition) !== feed || this.#placed.get(key) === feed) return
      const isIncremental = this.#settings.shared && this.#cooperative
      if (isIncremental && this.#placed.has(key)) this.#consumer.incrementalUnassign([feed.partition])
      this.#place(isIncremental ? [feed.partition] : this.#ours())
    })
  }

  #leave(partitions: readonly TopicPartition[]): void {
    this.#answer = undefined
    for (const partition of partitions) this.#placed.delete(partitionKey(partition))
    if (this.#cooperative) this.#consumer.incrementalUnassign(partitions)
    else this.#consumer.unassign()
  }

  /** While the consumer closes it takes an answer only from some moment on, and closes no further without. */
  #answerUntilTaken(answer: () => void): void {
    try {
      answer()
    } catch {
      if (!this.#closed) setTimeout(() => this.#answerUntilTaken(answer), ANSWER_AGAIN_MS)
    }
  }

  #flow(feed: PartitionFeed): void {
    feed.paused = !feed.hasRoom
    feed.onRoom = () => {
      if (!feed.paused || feed.broken || feed.unsettled) return
      feed.paused = false
      this.#betweenPolls.push(() => {
        if (this.#owned.feedOf(feed.partition) === feed) this.#consumer.resume([feed.partition])
      })
    }
    if (feed.paused) this.#consumer.pause([feed.partition])
    else this.#consumer.resume([feed.partition])
  }

  #pauseSoon(partition: TopicPartition): void {
    this.#betweenPolls.push(() => {
      // By then it may be somebody else's, or be fetched for another feed.
      if (this.#owned.feedOf(partition) === undefined && this.#placed.has(partitionKey(partition))) {
        this.#consumer.pause([partition])
      }
    })
  }

  async #read(): Promise<void> {
    while (!this.#stopped) {
      for (const change of this.#betweenPolls.splice(0)) change()
      const messages = await this.#poll()
      const taken = this.#handOver(messages, this.#logEnds.splice(0))
      await Promise.all(taken.map(feed => feed.room(ROOM_WAIT_MS)))
      if (this.#stopped) return
      for (const feed of taken) {
        if (feed.hasRoom || this.#owned.feedOf(feed.partition) !== feed) continue
        feed.paused = true
        this.#consumer.pause([feed.partition])
      }
      if (messages.length === 0) await new Promise(resolve => setTimeout(resolve, IDLE_MS))
    }
  }

  /** What has been fetched, at most `MAX_RECORDS`, at once. */
  #poll(): Promise<readonly RdkafkaMessage[]> {
    return new Promise((resolve, reject) => {
      this.#consumer.consume(MAX_RECORDS, (error, messages) => {
        if (!error) resolve(messages)
        else if (this.#stopped || positionLost.has(error.code)) resolve([])
        else reject(describeRdkafkaError(error, this.#brokers))
      })
    })
  }

  /** @returns the feeds that got something. */
  #handOver(messages: readonly RdkafkaMessage[], logEnds: readonly Positioned[]): PartitionFeed[] {
    const ends = new Map(logEnds.map(end => [partitionKey(end), end.offset]))
    const fetched = byPartition(messages)
    const taken: PartitionFeed[] = []
    for (const key of new Set([...fetched.keys(), ...ends.keys()])) {
      const feed = this.#owned.feedOf(partitionOfKey(key))
      if (feed === undefined || this.#placed.get(key) !== feed) continue
      const ofPartition = fetched.get(key) ?? []
      const first = ofPartition[0]
      if (first !== undefined && first.offset < feed.position) {
        throw new Error(`librdkafka went back to offset ${first.offset} of ${key} from ${feed.position}`)
      }
      const afterLast = first === undefined ? feed.position : ofPartition[ofPartition.length - 1]!.offset + 1
      const next = Math.max(afterLast, ends.get(key) ?? 0)
      if (next <= feed.position) continue
      const { topic, partition } = feed.partition
      feed.offer(this.#recordsOf(ofPartition), next, this.#consumer.getWatermarkOffsets(topic, partition).highOffset)
      taken.push(feed)
    }
    return taken
  }

  #recordsOf(messages: readonly RdkafkaMessage[]): SourceRecord[] {
    const { withHeaders = false } = this.#settings
    const appendTime = messages.length > 0 && this.#around.facts.appendTime.has(messages[0]!.topic)
    const readAt = this.#settings.now()
    return messages.map(({ offset, key, value, timestamp, headers = [] }) => ({
      offset,
      key,
      value,
      ...(withHeaders && headers.length > 0 && { headers: listedHeaders(headers) }),
      timestamp: timestamp < 0 ? undefined : instant(timestamp),
      notAfter: instant((appendTime ? timestamp : readAt) + FUTURE_AFTER_MS),
    }))
  }

  #onStatistics(json: string): void {
    const before = this.#standingStill
    this.#standingStill = partitionsNotFetched(json)
    const stillStanding = [...this.#standingStill].filter(key => before.has(key) && this.#isRead(key))
    if (stillStanding.length > 0) this.#explain(stillStanding).catch(cause => this.#crash(cause))
  }

  #isRead(key: PartitionKey): boolean {
    return this.#placed.has(key) && this.#owned.feedOf(partitionOfKey(key)) !== undefined
  }

  /** Where the log does not say why, all is read anew from where it stands. */
  async #explain(standingStill: readonly PartitionKey[]): Promise<void> {
    await this.checkEnds()
    const unexplained = standingStill.filter(key => this.#isRead(key))
    if (unexplained.length === 0) return
    throw new KafkaProblem({
      reason: `the fetching of ${unexplained.join(', ')} has stopped`,
      remedy: 'it begins anew by itself; if that lasts, see the log of the broker',
      retrying: true,
    })
  }
}

/** The position is outside the log: which partition's, and how, the check of the ends says. */
const positionLost: ReadonlySet<number> = new Set([rdkafkaCodes.offsetReset, rdkafkaCodes.logTruncation])

/** In offset order within each; a poll returns runs of one partition, so few keys are made. */
function byPartition(messages: readonly RdkafkaMessage[]): Map<PartitionKey, RdkafkaMessage[]> {
  const parts = new Map<PartitionKey, RdkafkaMessage[]>()
  let run: RdkafkaMessage[] = []
  let of: TopicPartition | undefined
  for (const message of messages) {
    if (of === undefined || message.partition !== of.partition || message.topic !== of.topic) {
      of = message
      const key = partitionKey(message)
      run = parts.get(key) ?? []
      parts.set(key, run)
    }
    run.push(message)
  }
  return parts
}
