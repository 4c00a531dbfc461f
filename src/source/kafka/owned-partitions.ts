/**
 * The partitions that are this member's: taken over at the listener's positions, given up, compared with their logs.
 *
 * What both clients have in common. Either fetches in its own way and comes here for the rest: who may take what was
 * fetched (`feedOf`), and when a partition cannot be read any more (`breakOff`).
 */
import type { PartitionAssigner } from 'kafkajs'
import type { TopicPartition } from '../../event/record.ts'
import { type LogFound, type LogSpan, standingOf, whyNotReadable } from '../log.ts'
import {
  type PartitionKey,
  partitionKey,
  partitionOfKey,
  type Refusal,
  type SourceListener,
  type SourceState,
} from '../source.ts'
import type { Share } from './assigner.ts'
import { PartitionFeed } from './partition-feed.ts'
import { logsFound, type OffsetsAt, type TopicFacts } from './topics.ts'

/** From when on an event of a record is in the future: so much after it was appended, or read. */
export const FUTURE_AFTER_MS = 600_000

export type GroupSettings = {
  readonly topics: readonly string[]
  readonly groupId: string
  /** Other processes may be members: when we had to join anew, they may have read our partitions meanwhile. */
  readonly shared: boolean
  readonly fromBeginning: boolean
  readonly share?: Share
  /** Of kafkajs; default: `samePartitionsTogether`. */
  readonly assigner?: PartitionAssigner
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

/** Reading as a member of a group, from one join to its crash or stop; each client has its own. */
export interface GroupReading {
  /** Rejects when the client has given up; never resolves. */
  readonly crashed: Promise<never>
  start(): Promise<void>
  stop(): Promise<void>
  /** Compares all positions with the log and tells the listener the ends. */
  checkEnds(): Promise<void>
}

/** What a client does for its partitions. */
export type Fetching = {
  /** Ends the fetching of a partition. */
  readonly pause: (partition: TopicPartition) => void
  /** Fetches at the position of a feed that has just taken the place of another. */
  readonly resume: (feed: PartitionFeed, epoch: number) => void
  /** By topic; see `readTopicIds`. */
  readonly topicIds: () => Promise<ReadonlyMap<string, string>>
  readonly crash: (cause: unknown) => void
}

export class OwnedPartitions {
  readonly #around: GroupSurroundings
  readonly #fromBeginning: boolean
  readonly #fetching: Fetching
  /** Counts assignments; what belongs to an earlier one is stale. */
  #epoch = 0
  #ended = false
  #toldOfNew = false
  #hasTaken = false
  #turn: Promise<void> = Promise.resolve()

  constructor({ fromBeginning }: Pick<GroupSettings, 'fromBeginning'>, around: GroupSurroundings, fetching: Fetching) {
    this.#around = around
    this.#fromBeginning = fromBeginning
    this.#fetching = fetching
  }

  /** Another assignment begins to hold. @returns its epoch. */
  nextEpoch(): number {
    return ++this.#epoch
  }

  isCurrent(epoch: number): boolean {
    return epoch === this.#epoch
  }

  /** Nothing more is handed over, told or asked. */
  end(): void {
    this.#ended = true
    this.#epoch++
  }

  /** One change of what is ours after the other; one that fails ends the reading. */
  inTurn(change: () => Promise<void>): void {
    this.#turn = this.#turn.then(change).catch(this.#fetching.crash)
  }

  /**
   * Gives up what is ours and not among the assigned, then takes over what is new among them.
   *
   * @param anew all of ours is given up first: somebody else may have read it meanwhile.
   * @returns false where another assignment came in between: then the rest is its affair.
   */
  async become(epoch: number, assigned: readonly TopicPartition[], anew = false): Promise<boolean> {
    if (!(await this.keepOnly(epoch, assigned, anew))) return false
    // Asked before the listener is told of new ones, so that a failure leaves it as it was.
    const logs = await this.#findLogs()
    if (!this.isCurrent(epoch)) return false
    await this.#take(assigned, logs)
    return this.isCurrent(epoch)
  }

  /** Gives up what is ours and not among `kept`; `anew`: all of it. @returns as `become` does. */
  async keepOnly(epoch: number, kept: readonly TopicPartition[], anew = false): Promise<boolean> {
    if (!this.isCurrent(epoch)) return false
    const wanted = new Set(kept.map(partitionKey))
    await this.#release([...this.#around.feeds.keys()].filter(key => anew || !wanted.has(key)))
    return this.isCurrent(epoch)
  }

  async #findLogs(): Promise<ReadonlyMap<PartitionKey, LogFound>> {
    const spans = await this.#around.readLogSpans()
    return logsFound(spans, await this.#fetching.topicIds(), this.#around.offsetsAt)
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
        (this.#fromBeginning ? span.low : span.high)
      const from = typeof position === 'number' ? position : span.low
      const feed = new PartitionFeed(partition, from, log?.topicId, listener, this.#around.listenerFailed)
      feeds.set(key, feed)
      const why =
        partition.partition >= facts.partitions ? whyNew(partition, facts) : whyNotReadable(partition, from, span)
      if (typeof position === 'object') this.breakOff(feed, position)
      else if (why !== undefined) this.breakOff(feed, { reason: why, remedy: startAnew })
      else feed.sawEnd(span.high)
    }
  }

  /** Nothing more is taken of a partition until the listener has said anew where it goes on in the log that is there. */
  settleAnew({ partition: { partition: number } }: PartitionFeed): void {
    const epoch = this.#epoch
    for (const feed of this.#around.feeds.values()) {
      if (feed.partition.partition !== number) continue
      feed.unsettled = true
      this.#fetching.pause(feed.partition)
    }
    this.inTurn(() => this.#takeAnew(epoch))
  }

  /** An assignment that comes first does the same. */
  async #takeAnew(epoch: number): Promise<void> {
    if (!this.isCurrent(epoch)) return
    const { feeds } = this.#around
    const logs = await this.#findLogs()
    if (!this.isCurrent(epoch)) return
    const former = new Set(feeds.values())
    await this.#take(
      [...former].map(({ partition }) => partition),
      logs,
    )
    if (!this.isCurrent(epoch)) return
    for (const feed of feeds.values()) if (!former.has(feed)) this.#fetching.resume(feed, epoch)
  }

  /** The feed that may take what has just been fetched of the partition. */
  feedOf(partition: TopicPartition): PartitionFeed | undefined {
    if (this.#ended) return undefined
    const feed = this.#around.feeds.get(partitionKey(partition))
    return feed === undefined || feed.broken || feed.unsettled ? undefined : feed
  }

  /** Compares all positions with the log and tells the listener the ends. */
  async checkEnds(): Promise<void> {
    const before = new Map([...this.#around.feeds].map(([key, feed]) => [key, feed.position]))
    const logs = await this.#findLogs()
    if (this.#ended) return
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
      else this.settleAnew(feed)
    }
    // The clients themselves notice new partitions only after minutes.
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

  /** What lies at the feed's position cannot be read: no more of it is. */
  breakOff(feed: PartitionFeed, why: Refusal): void {
    feed.refusal = why
    this.#fetching.pause(feed.partition)
    this.#around.report({ kind: 'failed', ...why, retrying: false })
  }
}

const startAnew =
  'move the data directory away to count anew from what Kafka still has; until then no more of it is read'

const whyOther = ({ topic }: TopicPartition): Refusal => ({
  reason: `topic "${topic}" was deleted and created anew: what was read of the former one says nothing of it`,
  remedy: startAnew,
})

const whyNew = ({ topic, partition }: TopicPartition, { partitions }: TopicFacts): string =>
  `topic "${topic}" has got new partitions (${partition}; there were ${partitions}), so cases may now lie in two of them`
