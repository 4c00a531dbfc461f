import type { ProcessStatus } from '../engine/view.ts'
import type { Families } from './family.ts'

const perPartition = ['process', 'topic', 'partition'] as const

/** What became of records and events, and how far each partition has been read. */
export function partitionSamples(families: Families): (status: ProcessStatus) => void {
  const records = families.counter('stagewatch_records_total', 'Records read, by what became of them.', [
    ...perPartition,
    'result',
  ])
  const rejected = families.counter(
    'stagewatch_rejected_records_total',
    'Records that went to the dead letters, by reason.',
    [...perPartition, 'reason'],
  )
  const events = families.counter('stagewatch_events_total', 'Events decoded, by what became of them.', [
    ...perPartition,
    'result',
  ])
  const lateApplied = families.counter(
    'stagewatch_late_applied_events_total',
    'Counted events that were late and still changed their case.',
    perPartition,
  )
  const settleCut = families.counter(
    'stagewatch_settle_cut_runs_total',
    'Ended runs that left memory early because there were too many cases.',
    perPartition,
  )
  const lostOffsets = families.counter(
    'stagewatch_lost_offsets_total',
    'Offsets that Kafka no longer held when they were to be read, passed over by on_gap: skip.',
    perPartition,
  )
  const conflicting = families.counter(
    'stagewatch_conflicting_events_total',
    'Duplicates that differ from the event that counts.',
    perPartition,
  )
  const withoutEffect = families.gauge(
    'stagewatch_events_without_effect',
    'Counted events that open and close nothing, by reason. Falls when a late event gives one of them an effect.',
    [...perPartition, 'reason'],
  )
  const offset = families.gauge('stagewatch_partition_offset', 'Offset of the last record folded.', perPartition)
  const watermark = families.gauge(
    'stagewatch_partition_watermark_timestamp_seconds',
    'Highest event time counted, as seconds since the epoch.',
    perPartition,
  )
  const atEnd = families.gauge('stagewatch_partition_at_end', '1: read to its end, 0: behind.', perPartition)

  return status => {
    for (const { topic, partition, counts, ...place } of status.partitions) {
      const labels = { process: status.process, topic, partition }
      for (const result of ['decoded', 'skipped', 'rejected'] as const) records({ ...labels, result }, counts[result])
      for (const [reason, count] of Object.entries(counts.rejectedBy)) rejected({ ...labels, reason }, count)
      for (const result of ['counted', 'duplicate', 'late', 'ignored'] as const) {
        events({ ...labels, result }, counts[result])
      }
      lateApplied(labels, counts.lateApplied)
      settleCut(labels, counts.settleCut)
      lostOffsets(labels, counts.lostOffsets)
      conflicting(labels, counts.conflicting)
      withoutEffect({ ...labels, reason: 'before_start' }, counts.beforeStart)
      withoutEffect({ ...labels, reason: 'after_end' }, counts.afterEnd)
      withoutEffect({ ...labels, reason: 'unmatched_end' }, counts.unmatchedEnd)
      offset(labels, place.offset)
      watermark(labels, place.watermark === undefined ? undefined : place.watermark / 1_000)
      atEnd(labels, place.atEnd ? 1 : 0)
    }
  }
}
