import type { IgnoredEvent } from '../../decode/decoded.ts'
import type { Decoder } from '../../decode/decoder.ts'
import { formatDuration } from '../../event/duration.ts'
import type { Event } from '../../event/event.ts'
import { formatInstant } from '../../event/instant.ts'
import type { RecordBatch, SourceRecord } from '../../event/record.ts'
import type { ProcessDefinition } from '../../model/definitions.ts'

type EventKind = 'counted' | 'duplicate' | 'late' | 'ignored'

/** What became of one record, or of one of its events; `empty`: a wide row without any time. */
export type DryRunKind = EventKind | 'skipped' | 'rejected' | 'empty'

export type ExplainedRecord = {
  /** `line 12`, or `partition 3, offset 17`. */
  readonly place: string
  readonly kinds: ReadonlySet<DryRunKind>
  /** `counted as picked of order O-1 at 2026-11-23T07:46:40.055Z` */
  readonly said: string
}

export type DryRun = {
  readonly records: { consumed: number; decoded: number; skipped: number; rejected: number }
  readonly events: Record<EventKind | 'total', number>
  readonly explained: readonly ExplainedRecord[]
  /** 999 of 1,000 events came no further behind the latest one before them in their partition. */
  readonly latenessMs: number
}

export type DryRunNames = { readonly caseNoun: string; readonly place: (partition: number, offset: number) => string }

/**
 * Decodes the sample as the engine would and says of every record what becomes of it.
 *
 * Like the engine it calls an event late that is more than `settle` behind its partition, one that came before too,
 * since identities are kept no longer; others that came before it knows by their identity. The engine still counts a
 * late event that is newer than what it has folded away of the case, so it counts at least as much.
 */
export function dryRun(
  process: ProcessDefinition,
  decode: Decoder,
  sample: readonly RecordBatch[],
  names: DryRunNames,
): DryRun {
  const records = { consumed: 0, decoded: 0, skipped: 0, rejected: 0 }
  const events = { total: 0, counted: 0, duplicate: 0, late: 0, ignored: 0 }
  const firstPlaces = new Map<string, string>()
  const watermarks = new Map<number, number>()
  const lateness: number[] = []
  const explained: ExplainedRecord[] = []

  const judge = (event: Event | IgnoredEvent, partition: number, place: string): [EventKind, string] => {
    if ('ignored' in event) {
      return ['ignored', `not counted: the process does not name the activity "${event.ignored}"`]
    }
    const what = `${process.activities[event.activity]} of ${names.caseNoun} ${event.case}`
    const at = formatInstant(event.at)
    const identity = JSON.stringify([event.case, event.id ?? [event.activity, event.at]])
    const watermark = watermarks.get(partition) ?? Number.NEGATIVE_INFINITY
    const behind = Math.max(0, watermark - event.at)
    lateness.push(behind)
    if (behind > process.settleMs) {
      const how = `${formatDuration(behind)} behind the newest event`
      return ['late', `not counted unless the case is known: ${what} at ${at} came late, ${how}`]
    }
    watermarks.set(partition, Math.max(watermark, event.at))
    const before = firstPlaces.get(identity)
    if (before !== undefined) return ['duplicate', `not counted: ${what} at ${at} was in ${before} already`]
    firstPlaces.set(identity, place)
    return ['counted', `counted as ${what} at ${at}`]
  }

  const explain = (record: SourceRecord, partition: number, place: string): [DryRunKind, string][] => {
    const decoded = decode(record)
    records.consumed += 1
    if (decoded.kind === 'skipped') {
      records.skipped += 1
      return [
        [
          'skipped',
          `not counted: ${decoded.why === 'tombstone' ? 'a tombstone, it has no value' : 'left out by "where"'}`,
        ],
      ]
    }
    if (decoded.kind === 'rejected') {
      records.rejected += 1
      return [['rejected', `not counted: ${decoded.reason}, ${decoded.detail}`]]
    }
    records.decoded += 1
    if (decoded.events.length === 0) return [['empty', 'nothing to count: none of its times is filled']]
    return decoded.events.map(event => {
      events.total += 1
      const [kind, said] = judge(event, partition, place)
      events[kind] += 1
      return [kind, said]
    })
  }

  for (const { partition, records: batch } of sample) {
    for (const record of batch) {
      const place = names.place(partition, record.offset)
      const outcomes = explain(record, partition, place)
      explained.push({
        place,
        kinds: new Set(outcomes.map(([kind]) => kind)),
        said: outcomes.map(([, said]) => said).join('; '),
      })
    }
  }
  return { records, events, explained, latenessMs: allButOneInAThousand(lateness) }
}

function allButOneInAThousand(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.max(0, Math.ceil(0.999 * sorted.length) - 1)] ?? 0
}
