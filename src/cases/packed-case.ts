import type { AttributeValue, CaseId } from '../event/event.ts'
import { instant } from '../event/instant.ts'
import type { SegmentKey } from '../event/segment.ts'
import type { Case, KeptEvent } from './case.ts'
import type { Run } from './run.ts'
import type { EndedVisit, OpenVisit, Visit } from './visit.ts'

/*
 * Cases as a snapshot holds them: tuples instead of objects, whose field names would be written again for every one of
 * a million cases, and segments as numbers of a table. A quarter of the bytes, and of the time to write them.
 */
export type PackedCases = {
  readonly segments: readonly SegmentKey[]
  readonly cases: readonly (readonly [CaseId, PackedCase])[]
}

type PackedCase = readonly [
  foldedTo: number,
  foldedAt: readonly number[] | null,
  tipExpired: boolean,
  base: PackedRun,
  /** null: the same as base, as it is while nothing is kept. */
  tip: PackedRun | null,
  kept: readonly PackedEvent[],
  ended: readonly PackedVisit[],
]

type PackedRun = readonly [
  phase: number,
  last: number,
  endedAt: number,
  carried: readonly AttributeValue[],
  open: readonly (PackedVisit | null)[],
  visits: readonly number[],
  lastStart: readonly number[],
  lastOrdinal: readonly number[],
]

type PackedEvent = readonly [
  activity: number,
  at: number,
  id: string | null,
  attributes: readonly AttributeValue[],
  source: number,
  role: number,
  copies: readonly number[],
]

type PackedVisit = readonly [
  stage: number,
  visit: number,
  start: number,
  ordinal: number,
  entrySegment: number,
  segment: number,
  attributes: readonly AttributeValue[],
  outcome: number,
  end: number,
  reason: string | null,
]

const phases: readonly Run['phase'][] = ['waiting', 'started', 'ended']
const outcomes: readonly Visit['outcome'][] = ['open', 'completed', 'abandoned', 'expired']

/** The lists of events and attributes stay those of the cases: write it out before these go on. */
export function packCases(cases: Iterable<readonly [CaseId, Case]>): PackedCases {
  const segments = new Map<SegmentKey, number>()
  const numberOf = (segment: SegmentKey): number => {
    const known = segments.get(segment)
    if (known !== undefined) return known
    segments.set(segment, segments.size)
    return segments.size - 1
  }
  const visit = (of: Visit): PackedVisit => {
    const { stage, visit: nth, start, ordinal, attributes } = of
    const [end, reason] = of.outcome === 'open' ? [0, null] : [of.end, of.reason ?? null]
    const outcome = outcomes.indexOf(of.outcome)
    const [entry, present] = [numberOf(of.entrySegment), numberOf(of.segment)]
    return [stage, nth, start, ordinal, entry, present, attributes, outcome, end, reason]
  }
  const run = ({ phase, last, endedAt, carried, open, visits, lastStart, lastOrdinal }: Run): PackedRun => [
    phases.indexOf(phase),
    last,
    endedAt,
    carried,
    open.map(one => (one === undefined ? null : visit(one))),
    visits,
    lastStart,
    lastOrdinal,
  ]
  const packed = [...cases].map(([id, kase]): readonly [CaseId, PackedCase] => [
    id,
    [
      kase.foldedTo,
      kase.foldedAt ?? null,
      kase.tipExpired,
      run(kase.base),
      kase.tip === kase.base ? null : run(kase.tip),
      kase.kept.map(({ event: { activity, at, id: eventId, attributes }, source, role, copies }) => [
        activity,
        at,
        eventId ?? null,
        attributes,
        source,
        role,
        copies,
      ]),
      kase.ended.map(visit),
    ],
  ])
  return { segments: [...segments.keys()], cases: packed }
}

export function unpackCases({ segments, cases }: PackedCases): [CaseId, Case][] {
  const visit = (id: CaseId, packed: PackedVisit): Visit => {
    const [stage, nth, start, ordinal, entry, present, attributes, outcome, end, reason] = packed
    const base = {
      stage,
      case: id,
      visit: nth,
      start: instant(start),
      ordinal,
      entrySegment: segments[entry] as SegmentKey,
      segment: segments[present] as SegmentKey,
      attributes,
    }
    const how = outcomes[outcome] as Visit['outcome']
    if (how === 'open') return { ...base, outcome: how }
    return { ...base, outcome: how, end: instant(end), reason: reason ?? undefined }
  }
  const run = (id: CaseId, packed: PackedRun): Run => {
    const [phase, last, endedAt, carried, open, visits, lastStart, lastOrdinal] = packed
    return {
      phase: phases[phase] as Run['phase'],
      last,
      endedAt,
      carried,
      open: open.map(one => (one === null ? undefined : (visit(id, one) as OpenVisit))),
      visits: [...visits],
      lastStart: [...lastStart],
      lastOrdinal: [...lastOrdinal],
    }
  }
  return cases.map(([id, [foldedTo, foldedAt, tipExpired, base, tip, kept, ended]]) => {
    const unpackedBase = run(id, base)
    const kase: Case = {
      base: unpackedBase,
      tip: tip === null ? unpackedBase : run(id, tip),
      kept: kept.map(
        ([activity, at, eventId, attributes, source, role, copies]): KeptEvent => ({
          event: { case: id, activity, at: instant(at), id: eventId ?? undefined, attributes },
          source,
          role,
          copies: [...copies],
        }),
      ),
      ended: ended.map(one => visit(id, one) as EndedVisit),
      foldedTo,
      foldedAt: foldedAt === null ? undefined : [...foldedAt],
      tipExpired,
      queuedFor: Infinity,
    }
    return [id, kase]
  })
}
