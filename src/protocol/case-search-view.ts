import { formatInstant, type Instant } from '../event/instant.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import type { FoundCase as Stored } from '../store/queries/case-search.ts'
import type { StoredVisit } from '../store/queries/stored-visit.ts'
import type { FoundCase } from './case-search.ts'

/** How a case stands: what it is in now, or how it ended. @param found has a visit at least. */
export function foundCaseView(process: ProcessDefinition, { case: id, visits }: Stored): FoundCase {
  const placeOf = ({ stage }: StoredVisit) => process.stages.findIndex(({ name }) => name === stage)
  // Of stages that begin with one event the first one of the file is the narrower one, by custom.
  const newest = (at: (visit: StoredVisit) => number) => (one: StoredVisit, other: StoredVisit) =>
    at(other) - at(one) || placeOf(one) - placeOf(other)
  const open = visits.filter(({ outcome }) => outcome === 'open').toSorted(newest(({ start }) => start))
  const ended = visits.toSorted(newest(({ end, start }) => end ?? start))
  const telling = (open[0] ?? ended[0]) as StoredVisit
  return {
    case: id,
    state: telling.outcome,
    stage: telling.stage,
    since: formatInstant((open.length > 0 ? telling.start : (telling.end ?? telling.start)) as Instant),
    started_at: formatInstant((visits[0] as StoredVisit).start),
    open_stages: [...new Set(open.map(({ stage }) => stage))],
    visit_count: visits.length,
  }
}
