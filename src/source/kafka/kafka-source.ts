/**
 * Kafka as a source, through kafkajs or node-rdkafka.
 *
 * This file keeps the connection: it tries, checks the topics, reads as a member of the group (`kafkajs-group.ts`,
 * `rdkafka-group.ts`), and begins again when that fails, saying what is wrong and what to do. Positions are the listener's; nothing is
 * committed. Once a second the ends of the logs are asked for, which is also how a lost broker is noticed.
 */
import type { Admin, PartitionAssigner } from 'kafkajs'
import { Completion } from '../completion.ts'
import type { PartitionKey, Source, SourceListener, SourceState } from '../source.ts'
import type { Share } from './assigner.ts'
import { clientOf } from './client.ts'
import { type KafkaConnection, type KafkaLogLevel, rdkafkaConnection } from './connection.ts'
import { describeFailure } from './failure.ts'
import { KafkajsReading } from './kafkajs-group.ts'
import type { GroupReading, GroupSettings, GroupSurroundings } from './owned-partitions.ts'
import type { PartitionFeed } from './partition-feed.ts'
import { RdkafkaReading } from './rdkafka-group.ts'
import { loadRdkafka } from './rdkafka-module.ts'
import { clusterTopicIds } from './topic-ids.ts'
import { readLogSpans, readOffsetsAt, readTopicFacts } from './topics.ts'

/** Without an answer for so long the state says so, while the attempt goes on. */
const SILENT_AFTER_MS = 1_500
const ENDS_EVERY_MS = 1_000
/** So many checks of the ends may fail one after the other before everything is connected anew. */
const FAILED_CHECKS = 4
const FIRST_RETRY_MS = 250
const LONGEST_RETRY_MS = 4_000
const STOP_WITHIN_MS = 2_000

export type KafkaClient = 'kafkajs' | 'node-rdkafka'

export type KafkaSourceSettings = KafkaConnection & {
  /** What reads the records; kafkajs asks for topics and the ends of logs with either. */
  readonly client?: KafkaClient
  /** All topics of one process: they must have equal numbers of partitions. */
  readonly topics: readonly string[]
  readonly groupId: string
  /**
   * Other processes may be members of the group. Without it the group is this source's alone: after a lost connection
   * it goes on under a fresh group id (`groupId`, then `groupId-2`, …), which waits for nobody's session to time out,
   * and keeps its partitions.
   */
  readonly sharedGroup: boolean
  /** In a group that is the source's alone: only the partitions whose number modulo `of` is `index`. */
  readonly share?: Share
  /** How a group that is shared deals out partitions, through kafkajs; default: those of one number together. */
  readonly assigner?: PartitionAssigner
  /** Where a partition starts for which the listener names no offset: at the earliest record, or after the last. */
  readonly fromBeginning: boolean
  /** Whether records have their headers: a dead letter goes back with them, and some formats keep attributes there. */
  readonly withHeaders?: boolean
  /** The wall clock, ms since the epoch. */
  readonly now: () => number
}

/**
 * Never finished before `stop`. Events of CreateTime topics may be up to 10 min after the wall clock of reading, those
 * of LogAppendTime topics up to 10 min after the record's own time.
 */
export function openKafkaSource(settings: KafkaSourceSettings): Source {
  const { brokers, topics } = settings
  const completion = new Completion()
  const feeds = new Map<PartitionKey, PartitionFeed>()
  let stopped = false
  let knownPartitions: number | undefined
  let running: Promise<void> = Promise.resolve()
  let wake: () => void = () => {}

  function fail(cause: unknown): void {
    stopped = true
    wake()
    completion.reject(cause)
  }

  const pause = (ms: number) =>
    new Promise<void>(resolve => {
      const timer = setTimeout(resolve, stopped ? 0 : ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  async function run(listener: SourceListener): Promise<void> {
    const report = reportOnce(state => {
      if (!stopped) listener.state(state)
    })
    const guarded = guard(listener, () => stopped, fail)
    let retryMs = FIRST_RETRY_MS
    for (let attempt = 1, groups = 0; !stopped; attempt++) {
      if (attempt === 1) report({ kind: 'connecting', to: brokers.join(', ') })
      try {
        await readUntilFailure(guarded, report, () => {
          retryMs = FIRST_RETRY_MS
          groups++
          return settings.sharedGroup || groups === 1 ? settings.groupId : `${settings.groupId}-${groups}`
        })
      } catch (cause) {
        if (stopped) return
        const failure = describeFailure(cause, brokers)
        report({ kind: 'failed', ...failure })
        if (!failure.retrying) return
        await pause(retryMs)
        retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2)
      }
    }
  }

  /** @throws what ended the connection; returns only when stopped. */
  async function readUntilFailure(
    listener: SourceListener,
    report: (state: SourceState) => void,
    nextGroup: () => string,
  ): Promise<void> {
    // One attempt for each broker: the caller retries, and says so.
    const admin = clientOf(settings, { retries: brokers.length - 1, initialRetryTime: 20 }).admin()
    let reading: GroupReading | undefined
    const silent = setTimeout(() => {
      const reason = `no Kafka broker answers at ${brokers.join(', ')}: no answer within ${SILENT_AFTER_MS / 1_000} s`
      report({ kind: 'failed', reason, remedy: 'check `kafka.brokers`', retrying: true })
    }, SILENT_AFTER_MS)
    try {
      await admin.connect()
      clearTimeout(silent)
      const found = await readTopicFacts(admin, topics, brokers)
      // A number that has changed while we were away is no less a surprise than one that changes before our eyes.
      knownPartitions ??= found.partitions
      const facts = { ...found, partitions: knownPartitions }
      if (facts.appendTimeUnknown !== undefined) {
        const message = 'cannot ask whether records carry the time of appending; taking the wall clock'
        settings.log('warn', message, { reason: facts.appendTimeUnknown })
      }
      if (stopped) return
      let joined = false
      // What cannot be read is said as long as it is so, whatever else can.
      const reportReading = () => {
        const refusal = [...feeds.values()].map(feed => feed.refusal).find(found => found !== undefined)
        if (refusal === undefined) report({ kind: 'connected', to: brokers.join(', ') })
        else report({ kind: 'failed', ...refusal, retrying: false })
      }
      const group = { ...settings, groupId: nextGroup(), shared: settings.sharedGroup }
      reading = await openReading(settings, group, {
        facts,
        listener,
        feeds,
        report,
        readLogSpans: () => readLogSpans(admin, topics),
        offsetsAt: (topic, at) => readOffsetsAt(admin, topic, at),
        joined: () => {
          joined = true
          reportReading()
        },
        listenerFailed: fail,
      })
      const crashed = reading.crashed
      await Promise.race([reading.start(), crashed])
      for (let failedChecks = 0; !stopped; ) {
        await Promise.race([pause(ENDS_EVERY_MS), crashed])
        try {
          if (!stopped) await Promise.race([reading.checkEnds(), crashed.catch(() => {})])
          if (failedChecks > 0 && joined) reportReading()
          failedChecks = 0
        } catch (cause) {
          if (++failedChecks > FAILED_CHECKS) throw cause
          report({ kind: 'failed', ...describeFailure(cause, brokers), retrying: true })
        }
      }
    } finally {
      clearTimeout(silent)
      await disconnect(reading, admin)
    }
  }

  return {
    finished: completion.promise,
    async start(listener) {
      running = run(listener)
      running.catch(fail)
    },
    async stop() {
      stopped = true
      for (const feed of feeds.values()) feed.close()
      wake()
      await within(STOP_WITHIN_MS, running)
      completion.resolve()
    },
  }
}

async function openReading(
  settings: KafkaSourceSettings,
  group: GroupSettings,
  around: GroupSurroundings,
): Promise<GroupReading> {
  const kafka = clientOf(settings, { retries: 5, initialRetryTime: 200, maxRetryTime: 1_000 })
  if (settings.client !== 'node-rdkafka') {
    return new KafkajsReading(kafka, group, around)
  }
  const rdkafka = await loadRdkafka()
  return new RdkafkaReading(rdkafka, rdkafkaConnection(settings), { ...settings, ...group }, around, {
    topicIds: clusterTopicIds(kafka, group.topics),
    log: line => settings.log(levelOfSeverity(line.severity), line.message, { facility: line.fac }),
  })
}

/** @param severity as syslog counts it. */
function levelOfSeverity(severity: number): KafkaLogLevel {
  if (severity <= 3) return 'error'
  if (severity === 4) return 'warn'
  return severity <= 6 ? 'info' : 'debug'
}

/** A broker that does not answer must not hold up stopping or trying anew, so leaving has a time limit. */
async function disconnect(reading: GroupReading | undefined, admin: Admin): Promise<void> {
  await within(STOP_WITHIN_MS, Promise.allSettled([reading?.stop(), admin.disconnect()]))
}

async function within(ms: number, done: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>(resolve => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([done.catch(() => {}), late])
  clearTimeout(timer)
}

/** The same state is not told twice in a row. */
function reportOnce(tell: (state: SourceState) => void): (state: SourceState) => void {
  let last = ''
  return state => {
    const text = JSON.stringify(state)
    if (text !== last) tell(state)
    last = text
  }
}

/** What the listener throws ends the source, wherever it was called from; after the stop it is not called. */
function guard(listener: SourceListener, isStopped: () => boolean, failed: (cause: unknown) => void): SourceListener {
  const failing = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await call()
    } catch (cause) {
      failed(cause)
      throw cause
    }
  }
  return {
    assigned: partitions => failing(() => listener.assigned(partitions)),
    revoked: partitions => failing(() => listener.revoked(partitions)),
    batch: batch => failing(() => listener.batch(batch)),
    end: (partition, endOffset, readTo) => {
      if (!isStopped()) listener.end(partition, endOffset, readTo)
    },
    state: state => listener.state(state),
  }
}
