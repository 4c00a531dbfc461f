import type { AlertTransition } from '../../alerts/transition.ts'
import { type Instant, instant } from '../../event/instant.ts'
import type { CaseAlert } from '../../protocol/history.ts'
import { isoOrNull } from '../../protocol/statistics-view.ts'
import { shownId } from '../../shard/open-cases/view.ts'
import type { StoredAlert } from '../../store/queries/alerts.ts'
import type { StoredVisit } from './history-reader.ts'

const MOST_LISTED = 100

/**
 * The alerts that a case was in: on a stage and a segment that one of its visits was in while they lived, or which named it among
 * their oldest cases. Oldest first, the newest where there are more than are listed.
 */
export function alertsOfCase(
  alerts: readonly StoredAlert[],
  caseId: string,
  visits: readonly StoredVisit[],
): CaseAlert[] {
  const found = alerts.flatMap(({ latest, begunAt }): CaseAlert[] => {
    const endedAt = isOver(latest) ? latest.at : undefined
    const isNamed = latest.explanation.openCases?.oldest.some(oldest => oldest.case === shownId(caseId)) ?? false
    const visit = visits.find(one => isOn(latest, one) && livesIn(one, begunAt, endedAt))
    if (visit === undefined && !isNamed) return []
    return [
      {
        id: latest.id,
        rule: latest.rule,
        stage: latest.stage ?? null,
        segment: latest.segment,
        severity: latest.severity,
        state: latest.state,
        began_at: isoOrNull(begunAt) as string,
        fired_at: isoOrNull(latest.firedAt),
        ended_at: isoOrNull(endedAt),
        visit: visit?.visit ?? null,
        names_case: isNamed,
      },
    ]
  })
  return found.toSorted((one, other) => (one.began_at < other.began_at ? -1 : 1)).slice(-MOST_LISTED)
}

/** From the first visit's start until the last one's end; undefined where one is open. */
export function spanOf(visits: readonly StoredVisit[]): { readonly from: Instant; readonly to: Instant | undefined } {
  const ends = visits.map(({ end }) => end)
  const last = ends.includes(undefined) ? undefined : Math.max(...(ends as Instant[]))
  return {
    from: instant(Math.min(...visits.map(({ start }) => start))),
    to: last === undefined ? undefined : instant(last),
  }
}

const isOver = ({ state }: AlertTransition): boolean => state === 'resolved' || state === 'inactive'

/** Whether the visit counts in what the alert is about. */
const isOn = ({ stage, segment }: AlertTransition, visit: StoredVisit): boolean =>
  stage === visit.stage &&
  Object.entries(segment).every(([name, value]) => {
    const own = visit.attributes[name] ?? null
    return (own === null ? null : String(own)) === value
  })

const livesIn = ({ start, end }: StoredVisit, begunAt: Instant, endedAt: Instant | undefined): boolean =>
  (end === undefined || begunAt <= end) && (endedAt === undefined || endedAt >= start)
