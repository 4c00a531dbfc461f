import type {
  PartitionStatus as EnginePartition,
  ProcessStatus as EngineStatus,
  EngineView,
  SourceStatus,
} from '../engine/view.ts'
import { formatInstant, type Instant } from '../event/instant.ts'
import type { PartitionCounts } from '../shard/counts.ts'
import type { StoreHealth } from '../store/writing/writer.ts'
import { isoOrNull } from './statistics-view.ts'
import type { DetailedProcessStatus, DetailedStatus, PartitionStatus, ProcessStatus, Status } from './status.ts'

/** What the program says of itself, beside what the engine says. */
export type HealthView = {
  readonly version: string
  readonly startedAt: Instant
  /** undefined: there is no store. */
  readonly store: StoreHealth | undefined
}

export const statusView = (view: EngineView, health: HealthView): Status => ({
  ...programStatus(health),
  processes: view.processes.map(process => processStatus(view.status(process.name))),
})

export const detailedStatusView = (view: EngineView, health: HealthView): DetailedStatus => ({
  ...programStatus(health),
  processes: view.processes.map(({ name }) => detailedProcessStatus(view.status(name))),
})

export const detailedProcessStatus = (status: EngineStatus): DetailedProcessStatus => ({
  ...processStatus(status),
  partitions: status.partitions.map(partitionStatus),
})

export const programStatus = (health: HealthView) => ({
  version: health.version,
  started_at: formatInstant(health.startedAt),
  store: storeStatus(health.store),
})

function storeStatus(health: StoreHealth | undefined): Status['store'] {
  if (health === undefined) return { state: 'off', rows_written: 0, rows_waiting: 0, problem: null }
  return {
    state: health.ok ? 'ready' : 'retrying',
    rows_written: health.writtenRows,
    rows_waiting: health.waitingRows,
    problem: health.lastError ?? null,
  }
}

function processStatus(status: EngineStatus): ProcessStatus {
  const sum = (count: (partition: EnginePartition) => number) =>
    status.partitions.reduce((total, partition) => total + count(partition), 0)
  return {
    process: status.process,
    source: sourceStatus(status.source),
    evaluated_at: isoOrNull(status.evaluatedAt),
    watermark: isoOrNull(status.watermark),
    catching_up: status.catchingUp,
    cases_in_memory: status.casesInMemory,
    partition_count: status.partitions.length,
    unknown_ends: status.unknownEnds.length,
    events_counted: sum(partition => partition.counts.counted),
    dead_letters: sum(partition => partition.counts.rejected + partition.counts.late),
  }
}

function sourceStatus(source: SourceStatus): ProcessStatus['source'] {
  const since = formatInstant(source.since)
  if (source.kind !== 'failed') return { state: source.kind, since, problem: null, remedy: null }
  const { reason, remedy, retrying } = source
  return { state: retrying ? 'retrying' : 'failed', since, problem: reason, remedy }
}

function partitionStatus(partition: EnginePartition): PartitionStatus {
  const { rejectedBy, ignoredBy } = partition.counts
  return {
    topic: partition.topic,
    partition: partition.partition,
    offset: partition.offset ?? null,
    watermark: isoOrNull(partition.watermark),
    at_end: partition.atEnd,
    counts: countsByName(partition.counts),
    rejected_by: rejectedBy as Record<string, number>,
    ignored_by: ignoredBy,
  }
}

/** What became of records and events, without what is counted by name. */
export const countsByName = ({ rejectedBy: _, ignoredBy: __, ...counts }: PartitionCounts): Record<string, number> =>
  Object.fromEntries(
    Object.entries(counts).map(([name, count]) => [name.replace(/[A-Z]/g, c => `_${c.toLowerCase()}`), count]),
  )
