import type { PartitionStatus as EnginePartition, ProcessStatus as EngineStatus, EngineView } from '../engine/view.ts'
import { formatInstant, type Instant, instant } from '../event/instant.ts'
import { sumCounts } from '../shard/counts.ts'
import type { DeadLetterSample, DeadLetterSamples } from '../store/queries/dead-letter-samples.ts'
import type { Health, ProcessHealth, RejectedHealth } from './health.ts'
import type { OutboxView } from './notification-view.ts'
import { isoOrNull } from './statistics-view.ts'
import { countsByName, detailedProcessStatus, type HealthView, programStatus } from './status-view.ts'

type HealthParts = {
  readonly view: EngineView
  readonly health: HealthView
  readonly outbox: OutboxView
  /** By process; one that is missing: the store cannot be read now. */
  readonly deadLetters: ReadonlyMap<string, DeadLetterSamples>
  /** By process, when the states of all its partitions were saved; one that is missing: that is not known, or not yet. */
  readonly saves: ReadonlyMap<string, Instant>
  readonly notReady: readonly string[]
  /** The wall clock. */
  readonly at: Instant
}

export const healthView = ({ view, health, outbox, deadLetters, saves, notReady, at }: HealthParts): Health => ({
  ...programStatus(health),
  at: formatInstant(at),
  processes: view.processes.map(({ name }) => ({
    ...processHealth(view.status(name), deadLetters.get(name), at),
    saved_at: isoOrNull(saves.get(name)),
  })),
  notifications: {
    queued_count: outbox.queued.length,
    oldest_queued_at: outbox.queued.length === 0 ? null : isoOrNull(oldestOf(outbox)),
    dead_count: outbox.dead.length,
    disabled_count: outbox.disabled.length,
    held_back: [...outbox.heldBack],
  },
  not_ready: [...notReady],
})

const oldestOf = ({ queued }: OutboxView): Instant => instant(Math.min(...queued.map(({ message }) => message.at)))

/** Time that is due is judged within moments: before this it does not stand still. */
const HELD_AFTER_MS = 5_000

function processHealth(
  all: EngineStatus,
  letters: DeadLetterSamples | undefined,
  at: Instant,
): Omit<ProcessHealth, 'saved_at'> {
  const status = { ...all, held: all.held && at - all.held.since >= HELD_AFTER_MS ? all.held : undefined }
  const detailed = detailedProcessStatus(status)
  const counts = sumCounts(status.partitions.map(partition => partition.counts))
  return {
    ...detailed,
    state: stateOf(status),
    partitions: detailed.partitions.map((partition, index) => {
      const { watermark, progress } = status.partitions[index] as EnginePartition
      return {
        ...partition,
        end_offset: progress?.end ?? null,
        behind: progress === undefined ? null : progress.end - progress.next,
        lag_ms: watermark === undefined ? null : at - watermark,
      }
    }),
    lag_ms: status.watermark === undefined ? null : at - status.watermark,
    held: heldOf(status),
    catch_up: catchUpOf(status),
    counts: countsByName(counts),
    rejected: rejectedOf({ ...counts.rejectedBy, ...(counts.late > 0 && { late: counts.late }) }, letters),
    lacking:
      letters === undefined ? null : letters.lacking.map(({ detail, count }) => ({ detail: shown(detail), count })),
    unknown_activities: mostFrequent(counts.ignoredBy).map(([activity, count]) => ({
      activity: shown(activity),
      count,
    })),
  }
}

function stateOf({ source, partitions, held, catchingUp, unknownEnds }: EngineStatus): ProcessHealth['state'] {
  if (source.kind === 'failed') return source.retrying ? 'retrying' : 'failed'
  if (partitions.length === 0) return 'waiting'
  if (held !== undefined) return 'held'
  if (catchingUp) return 'catching_up'
  return unknownEnds.length > 0 ? 'partial' : 'live'
}

function heldOf({ held, heldBy }: EngineStatus): ProcessHealth['held'] {
  const by = held?.by ?? heldBy
  if (held === undefined && by.length === 0) return null
  return { since: isoOrNull(held?.since), by: by.map(({ topic, partition }) => ({ topic, partition })) }
}

function catchUpOf({ catchingUp, partitions }: EngineStatus): ProcessHealth['catch_up'] {
  if (!catchingUp) return null
  const known = partitions.flatMap(({ progress }) => progress ?? [])
  return {
    read: known.reduce((sum, { next, begunAt, firstEnd }) => sum + Math.min(next, firstEnd) - begunAt, 0),
    of: known.reduce((sum, { begunAt, firstEnd }) => sum + firstEnd - begunAt, 0),
  }
}

const rejectedOf = (by: Readonly<Record<string, number>>, letters: DeadLetterSamples | undefined): RejectedHealth[] =>
  mostFrequent(by).map(([reason, count]) => {
    const sample = letters?.samples.find(each => each.reason === reason)
    return { reason, count, sample: sample === undefined ? null : sampleOf(sample) }
  })

const mostFrequent = (counts: Readonly<Record<string, number>>): [name: string, count: number][] =>
  Object.entries(counts).sort(([one, left], [other, right]) => right - left || (one < other ? -1 : 1))

function sampleOf({ topic, partition, offset, detail, storedAt, key, value, valueBytes }: DeadLetterSample) {
  return {
    topic,
    partition,
    offset,
    detail: shown(detail),
    stored_at: formatInstant(storedAt),
    key: key === undefined ? null : shown(key.toString()),
    value: value === undefined ? null : shown(value.toString()),
    cut: value !== undefined && value.byteLength < valueBytes,
  }
}

/** What a producer wrote, as text that cannot steer whatever shows it; a line's end stays one. */
const shown = (text: string): string => text.replace(/[^\P{Cc}\n\t]/gu, '\uFFFD').slice(0, 2_000)
