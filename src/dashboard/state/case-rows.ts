import type { CaseTimeline, CaseVisit } from '../../protocol/history.ts'
import { type Wait, waitsBetween } from './case-waits.ts'

export type CaseRow =
  | { readonly kind: 'visit'; readonly visit: CaseVisit; readonly start: number; readonly end: number }
  | { readonly kind: 'wait'; readonly wait: Wait; readonly start: number; readonly end: number }

/** A case as rows over one time axis, in the order in which they began. */
export type CaseRows = {
  readonly rows: readonly CaseRow[]
  readonly start: number
  /** Later than `start`; dues of open visits lie within it as far as they are not much further than what has been. */
  readonly end: number
}

/**
 * @param spanning stages that run over several others: a case is never between them and another one.
 * @param now where the timeline does not say what it is as of.
 */
export function caseRows(
  { visits, as_of }: Pick<CaseTimeline, 'visits' | 'as_of'>,
  spanning: ReadonlySet<string>,
  now: number,
): CaseRows {
  const upTo = as_of === null ? now : Date.parse(as_of)
  const ofVisits = visits.map(visit => {
    const start = Date.parse(visit.started_at)
    // What is open goes on; of an hour that is not evaluated yet it may have begun after it.
    const end = visit.ended_at === null ? Math.max(start, upTo) : Date.parse(visit.ended_at)
    return { kind: 'visit' as const, visit, start, end }
  })
  const waits = waitsBetween(
    ofVisits
      .filter(({ visit }) => !spanning.has(visit.stage))
      .map(({ visit, start, end }) => ({ stage: visit.stage, start, end })),
  ).map(wait => ({ kind: 'wait' as const, wait, start: wait.from, end: wait.to }))
  const start = Math.min(...ofVisits.map(visit => visit.start))
  const last = Math.max(start + 1, ...ofVisits.map(visit => visit.end))
  const dues = ofVisits.flatMap(({ visit }) => {
    const due = visit.ended_at === null && visit.deadline !== null ? Date.parse(visit.deadline.due_at) : undefined
    return due === undefined || due > last + (last - start) ? [] : [due]
  })
  return {
    rows: [...ofVisits, ...waits].toSorted((a, b) => a.start - b.start || b.end - a.end),
    start,
    end: Math.max(last, ...dues),
  }
}
