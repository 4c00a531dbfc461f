import { ROLE, type Role } from '../../cases/run.ts'
import type { IgnoredEvent } from '../../decode/decoded.ts'
import type { Decoder } from '../../decode/decoder.ts'
import { formatDuration } from '../../event/duration.ts'
import type { Event } from '../../event/event.ts'
import { formatInstant } from '../../event/instant.ts'
import type { RecordBatch, SourceRecord } from '../../event/record.ts'
import type { ProcessDefinition } from '../../model/definitions.ts'
import { roleFinder, TrialFold } from './trial-fold.ts'

/** What became of an event, each by the first that applies. */
type EventKind = 'counted' | 'duplicate' | 'late' | 'ignored'

/** What is worth a word about an event that is counted. */
export const countedParts = ['late_applied', 'before_start', 'after_end', 'unmatched_end'] as const
export type CountedPart = (typeof countedParts)[number]

/** What became of one record, or of one of its events; `empty`: a wide row without any time. */
export type DryRunKind = EventKind | CountedPart | 'skipped' | 'rejected' | 'empty'

export type ExplainedRecord = {
  /** `line 12`, or `partition 3, offset 17`. */
  readonly place: string
  readonly kinds: ReadonlySet<DryRunKind>
  /** `counted as picked of order O-1 at 2026-11-23T07:46:40.055Z`, or `not counted because …`. */
  readonly said: string
}

export type DryRun = {
  readonly records: { consumed: number; decoded: number; skipped: number; rejected: number }
  readonly events: Record<EventKind | CountedPart | 'total', number>
  readonly explained: readonly ExplainedRecord[]
  /** 999 of 1,000 events came no further behind the latest one before them in their partition. */
  readonly latenessMs: number
}

export type DryRunNames = { readonly caseNoun: string; readonly place: (partition: number, offset: number) => string }

/** One event of the sample, or a record without any. A part that a counted event plays is known when all have come. */
type Outcome = { kinds: readonly DryRunKind[]; said: string }

type CountedEvent = { readonly event: Event; readonly what: string; readonly outcome: Outcome }

/** Takes the sample through the engine's own decoder and fold, and says of every record what becomes of it. */
export function dryRun(
  process: ProcessDefinition,
  decode: Decoder,
  sample: readonly RecordBatch[],
  names: DryRunNames,
): DryRun {
  const records = { consumed: 0, decoded: 0, skipped: 0, rejected: 0 }
  const firstPlaces = new Map<string, string>()
  const folds = new Map<number, TrialFold>()
  const lateness: number[] = []
  const counted = new Map<string, CountedEvent[]>()
  const explained: { place: string; outcomes: Outcome[] }[] = []

  const judge = (fold: TrialFold, record: SourceRecord, event: Event, partition: number, place: string): Outcome => {
    const what = `${process.activities[event.activity]} of ${names.caseNoun} ${event.case} at ${formatInstant(event.at)}`
    const identity = JSON.stringify([partition, event.case, event.id ?? [event.activity, event.at]])
    const behindMs = fold.behindMs(event.at)
    lateness.push(behindMs)
    const behind = `${formatDuration(behindMs)} behind the newest event`
    const folded = fold.fold(record, event)
    if (folded.kind === 'over-limit') return rejected('over-limit', folded.detail)
    if (folded.kind === 'late') {
      const most = formatDuration(process.settleMs)
      return { kinds: ['late'], said: `not counted because ${what} came late: ${behind}, with a settle of ${most}` }
    }
    if (folded.kind === 'duplicate') {
      const before = firstPlaces.get(identity)
      return { kinds: ['duplicate'], said: `not counted because ${what} was in ${before ?? 'a record before'} already` }
    }
    firstPlaces.set(identity, place)
    const isLate = folded.kind === 'late_applied'
    const aside = isLate ? `, late_applied: ${behind}, but newer than what the case has come to` : ''
    const outcome: Outcome = { kinds: [folded.kind], said: `counted as ${what}${aside}` }
    const key = JSON.stringify([partition, event.case])
    const ofCase = counted.get(key) ?? []
    counted.set(key, ofCase)
    ofCase.push({ event, what, outcome })
    return outcome
  }

  const explain = (record: SourceRecord, partition: number, fold: TrialFold, place: string): Outcome[] => {
    const decoded = decode(record)
    records.consumed += 1
    if (decoded.kind === 'skipped') {
      records.skipped += 1
      const why = decoded.why === 'tombstone' ? 'it is a tombstone: it has no value' : '"where" leaves it out'
      return [{ kinds: ['skipped'], said: `not counted because ${why}` }]
    }
    if (decoded.kind === 'rejected') {
      records.rejected += 1
      return [rejected(decoded.reason, decoded.detail)]
    }
    const outcomes = decoded.events.map(event =>
      'ignored' in event ? ignored(event) : judge(fold, record, event, partition, place),
    )
    records[outcomes.some(({ kinds }) => kinds.includes('rejected')) ? 'rejected' : 'decoded'] += 1
    if (outcomes.length > 0) return outcomes
    return [{ kinds: ['empty'], said: 'not counted because none of its times is filled: it holds no event' }]
  }

  for (const batch of sample) {
    const { partition } = batch
    const fold = folds.get(partition) ?? new TrialFold(process, batch)
    folds.set(partition, fold)
    for (const record of batch.records) {
      const place = names.place(partition, record.offset)
      explained.push({ place, outcomes: explain(record, partition, fold, place) })
    }
  }
  tellParts(process, counted.values())
  return {
    records,
    events: countsOf(explained.flatMap(({ outcomes }) => outcomes)),
    explained: explained.map(({ place, outcomes }) => ({
      place,
      kinds: new Set(outcomes.flatMap(({ kinds }) => kinds)),
      said: outcomes.map(({ said }) => said).join('; '),
    })),
    latenessMs: allButOneInAThousand(lateness),
  }
}

const ignored = (event: IgnoredEvent): Outcome => ({
  kinds: ['ignored'],
  said: `not counted because the process does not name the activity "${event.ignored}"`,
})

const rejected = (reason: string, detail: string): Outcome => ({
  kinds: ['rejected'],
  said: `not counted because the record is rejected as ${reason}: ${detail}`,
})

const parts: Readonly<Record<Role, CountedPart>> = {
  [ROLE.beforeStart]: 'before_start',
  [ROLE.afterEnd]: 'after_end',
  [ROLE.unmatchedEnd]: 'unmatched_end',
}

/** An event without effect must not read like one that makes a visit. */
function tellParts(process: ProcessDefinition, cases: Iterable<readonly CountedEvent[]>): void {
  const rolesOf = roleFinder(process)
  for (const events of cases) {
    const roles = rolesOf(events.map(({ event }) => event))
    events.forEach(({ what, outcome }, index) => {
      const part = parts[roles[index] ?? ROLE.none]
      if (part === undefined) return
      outcome.kinds = [...outcome.kinds.filter(kind => kind !== 'counted'), part]
      if (part === 'before_start') outcome.said = `${withoutEffect(part, what)} comes before the start of its case`
      else if (part === 'after_end') outcome.said = `${withoutEffect(part, what)} comes after the end of its case`
      else outcome.said += ', unmatched_end: of a stage that it ends no visit was open'
    })
  }
}

const withoutEffect = (part: CountedPart, what: string) => `counted as ${part}, without effect: ${what}`

function countsOf(outcomes: readonly Outcome[]): DryRun['events'] {
  const counts: DryRun['events'] = {
    total: 0,
    counted: 0,
    duplicate: 0,
    late: 0,
    ignored: 0,
    late_applied: 0,
    before_start: 0,
    after_end: 0,
    unmatched_end: 0,
  }
  for (const { kinds } of outcomes) {
    // Of the record, not of an event.
    if (kinds.some(kind => kind === 'skipped' || kind === 'rejected' || kind === 'empty')) continue
    counts.total += 1
    for (const kind of kinds as readonly (EventKind | CountedPart)[]) counts[kind] += 1
    if (kinds.some(isPart)) counts.counted += 1
  }
  return counts
}

const isPart = (kind: DryRunKind): boolean => countedParts.some(part => part === kind)

function allButOneInAThousand(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.max(0, Math.ceil(0.999 * sorted.length) - 1)] ?? 0
}
