import type { OpenDeadline } from '../engine/view.ts'
import { formatInstant, type Instant, instant } from '../event/instant.ts'
import type { ProcessDefinition, StageDefinition } from '../model/definitions.ts'
import type { VisitRow } from '../shard/output.ts'
import { endedDeadlineState } from '../windows/deadline-state.ts'
import { calendarOf } from '../windows/stage-calendar.ts'
import { dueByTarget } from '../windows/targets.ts'
import type { VisitDeadline } from './history.ts'

type Visit = Pick<VisitRow, 'stage' | 'start' | 'end' | 'outcome' | 'durationMs' | 'businessMs' | 'attributes'>

/**
 * How a stored visit stands to its due instant.
 *
 * @param targetMs of the visit's segment; null: it has none.
 * @param open of the case, as they are now.
 * @returns null where nothing says when it is due.
 */
export function visitDeadline(
  process: ProcessDefinition,
  stage: StageDefinition,
  visit: Visit,
  targetMs: number | null,
  open: readonly OpenDeadline[],
): VisitDeadline | null {
  if (visit.outcome === 'open') {
    const found = open.find(one => one.stage === visit.stage && one.start === visit.start)
    if (found !== undefined) return openView(found)
  }
  const named = namedDue(process, stage, visit)
  const due = named ?? dueByTarget(visit.start, targetMs ?? undefined, calendarOf(stage))
  if (Number.isNaN(due)) return null
  return { due_at: formatInstant(instant(due)), state: endedState(visit, named, targetMs), late: null }
}

const openView = ({ due, state, chance, level, within }: OpenDeadline): VisitDeadline => ({
  due_at: formatInstant(due),
  state: state ?? null,
  late: {
    low: chance.low,
    high: chance.high,
    level,
    within: within === undefined ? null : { stage: within.stage, left: within.isLeft },
  },
})

function endedState(visit: Visit, named: Instant | undefined, targetMs: number | null): VisitDeadline['state'] {
  if (visit.outcome !== 'completed' || visit.end === undefined) return null
  if (named !== undefined) return endedDeadlineState(named, visit.end)
  const tookMs = visit.businessMs ?? visit.durationMs
  return tookMs === undefined || targetMs === null ? null : endedDeadlineState(targetMs, tookMs)
}

/** The due instant that the visit's events have named. */
function namedDue(process: ProcessDefinition, stage: StageDefinition, visit: Visit): Instant | undefined {
  const at = stage.deadline?.at
  const value = at === undefined ? undefined : visit.attributes[process.attributes[at]?.name ?? '']
  const parsed = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(parsed) ? undefined : instant(parsed)
}
