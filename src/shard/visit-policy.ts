import type { VisitRow } from './output.ts'

/**
 * Which visits have a row: all, or, at rates at which a row for each would cost more than the fold, those that are worth
 * a look and a sample of the others. Panes count all visits, whatever the policy.
 *
 * - `notable`: visits that were late or over their target, and those that took `slowMs` or more in the stage's own time;
 * - of a share of the cases, chosen by their ids, all visits, so that there are whole cases to look at.
 */
export type VisitPolicy =
  | { readonly keep: 'all' }
  | { readonly keep: 'none' }
  | {
      readonly keep: 'notable'
      /** Share of the cases, in (0, 1]. */
      readonly sample: number
      /** undefined: a visit is slow only by its target. */
      readonly slowMs: number | undefined
    }

export const allVisits: VisitPolicy = { keep: 'all' }

/**
 * How many visits the row of a visit stands for: the same whenever it is asked, since a crash may repeat the row.
 *
 * A notable visit stands for itself, one of a sampled case for 1 / share visits that are not notable. A visit that had
 * ended before may have a row that says so, which has to be replaced: it is kept too, and stands for none, since the
 * sample does.
 *
 * @param breached it was late, or over its target.
 * @param ownMs how long it took in the stage's own time; undefined while it is open.
 * @returns undefined where the visit has no row.
 */
export function visitWeight(
  policy: VisitPolicy,
  visit: { readonly case: string; readonly deleted: boolean; readonly corrected?: boolean },
  breached: boolean,
  ownMs: number | undefined,
): number | undefined {
  if (policy.keep === 'none') return undefined
  if (policy.keep === 'all' || visit.deleted || breached || isSlow(policy.slowMs, ownMs)) return 1
  if (isSampled(policy.sample, visit.case)) return 1 / policy.sample
  return visit.corrected ? 0 : undefined
}

/** The row as it is under a policy. @param row made where all visits have one. */
export function keptVisit(policy: VisitPolicy, row: VisitRow): VisitRow | undefined {
  const weight = visitWeight(policy, row, row.breached === true, row.businessMs ?? row.durationMs)
  if (weight === undefined) return undefined
  return weight === 1 ? row : { ...row, weight }
}

/** Whether an open visit of the case, if it had not ended before, has a row. */
export const showsOpenVisits = (policy: VisitPolicy, caseId: string): boolean =>
  policy.keep === 'all' || (policy.keep === 'notable' && isSampled(policy.sample, caseId))

const isSlow = (slowMs: number | undefined, ownMs: number | undefined): boolean =>
  slowMs !== undefined && ownMs !== undefined && ownMs >= slowMs

const isSampled = (sample: number, caseId: string): boolean => shareOf(caseId) < sample

/** Where an id falls in [0, 1): FNV-1a over its UTF-16 units, mixed once more so that ids that count up are spread. */
function shareOf(id: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
