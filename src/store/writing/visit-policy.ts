import type { VisitRow } from '../../shard/output.ts'

/**
 * Which visits have a row: all, or, at rates at which a row for each would cost more than the fold, those that are worth
 * a look and a sample of the others. Panes count all visits, whatever the policy.
 *
 * - `notable`: visits that were late or over their target, and those that took `slowMs` or more in the stage's own time;
 * - of a share of the cases, chosen by their ids, all visits, so that there are whole cases to look at.
 */
export type VisitPolicy =
  | { readonly keep: 'all' }
  | {
      readonly keep: 'notable'
      /** Share of the cases, in (0, 1]. */
      readonly sample: number
      /** undefined: a visit is slow only by its target. */
      readonly slowMs: number | undefined
    }

/** A visit's row with the number of visits that it stands for: 1 where it is missing. */
export type WeighedVisit = VisitRow & { readonly weight?: number }

/**
 * The row as it is stored: the same whenever it is asked for, since a crash may repeat it.
 *
 * A notable visit stands for itself, one of a sampled case for 1 / share visits that are not notable. A visit that had
 * ended before may have a row that says so, which has to be replaced: it is kept too, and stands for none, since the
 * sample does.
 *
 * @returns undefined where the visit has no row.
 */
export function keptVisit(policy: VisitPolicy, row: VisitRow): WeighedVisit | undefined {
  if (policy.keep === 'all' || row.deleted || isNotable(row, policy.slowMs)) return row
  if (shareOf(row.case) < policy.sample) return { ...row, weight: 1 / policy.sample }
  return row.corrected ? { ...row, weight: 0 } : undefined
}

function isNotable({ breached, businessMs, durationMs }: VisitRow, slowMs: number | undefined): boolean {
  if (breached) return true
  const ms = businessMs ?? durationMs
  return slowMs !== undefined && ms !== undefined && ms >= slowMs
}

/** Where an id falls in [0, 1): FNV-1a over its UTF-16 units, mixed once more so that ids that count up are spread. */
function shareOf(id: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
