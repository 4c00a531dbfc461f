import type { EngineView } from '../../engine/view.ts'
import { formatInstant, type Instant, instant } from '../../event/instant.ts'
import type { ProcessDefinition, StageDefinition } from '../../model/definitions.ts'
import { attributesView } from '../../protocol/attributes-view.ts'
import { type CountedNumber, type StageVisits, stageVisitsSchema } from '../../protocol/stage-visits.ts'
import { isoOrNull, targetOf } from '../../protocol/statistics-view.ts'
import type { StoredVisit } from '../../store/queries/stored-visit.ts'
import type { VisitOrder } from '../../store/queries/visit-pages.ts'
import type { VisitFilter } from '../../store/queries/visit-selection.ts'
import type { HistoryReader } from './history-reader.ts'
import { fromStore, processNamed, stageNamed, wallClock } from './lookup.ts'
import { paneRange, segmentOf, visitsQuery } from './query.ts'
import { badRequest } from './request-body.ts'
import { type Route, route } from './route.ts'

const LISTED = 100

export type StageVisitsSources = { readonly view: EngineView; readonly history: HistoryReader }

export const stageVisitsRoute = ({ view, history }: StageVisitsSources): Route =>
  route({
    method: 'get',
    path: '/api/v1/processes/{process}/stages/{stage}/visits',
    tag: 'cases',
    permission: 'read',
    name: 'stageVisits',
    summary: 'The visits behind a number of a range, in pages',
    query: visitsQuery,
    answer: { schema: stageVisitsSchema, means: 'The visits that the number counts.', csv: ({ visits }) => visits },
    refusals: ['unknown-process', 'unknown-stage', 'store-unavailable'],
    async handle({ params, query }): Promise<StageVisits> {
      const process = processNamed(view, params.process)
      const stage = stageNamed(process, params.stage)
      const { number = 'exited', order = 'slowest', limit = LISTED, at_least: atLeastMs, at_most: atMostMs } = query
      const asOf = view.status(process.name).evaluatedAt
      const page = query.cursor === undefined ? undefined : pageIn(query.cursor)
      const { from, to } = page ?? paneRange(query, process.paneMs, asOf ?? wallClock())
      const segment = segmentOf(query.segment)
      const filter: VisitFilter = {
        ...filters[number],
        ...(segment && { segment }),
        ...(atLeastMs !== undefined && { atLeastMs }),
        ...(atMostMs !== undefined && { atMostMs }),
      }
      const found = await fromStore(() =>
        history.visitPage({
          ...{ process: process.name, stage: stage.name, filter, order: orders[order], limit },
          time: { by: number === 'entered' ? 'start' : 'end', from, to },
          ...(page && { cursor: page.cursor }),
        }),
      )
      return {
        process: process.name,
        stage: stage.name,
        segment: segment ?? {},
        from: formatInstant(from),
        to: formatInstant(to),
        as_of: isoOrNull(asOf),
        number,
        count: found.count ?? null,
        visits: found.visits.map(visit => visitView(process, stage, visit)),
        ...(found.next !== undefined && { next: cursorOf({ from, to, cursor: found.next }) }),
      }
    },
  })

const filters: Readonly<Record<CountedNumber, VisitFilter>> = {
  entered: {},
  exited: { outcome: 'completed' },
  breached: { outcome: 'completed', breached: true },
  abandoned: { outcome: 'abandoned' },
  expired: { outcome: 'expired' },
}

const orders = { slowest: 'longest', newest: 'newest', oldest: 'oldest' } as const satisfies Record<string, VisitOrder>

/** With the range, which where none is named is another one by the time that the next page is asked for. */
type PageStart = { readonly from: Instant; readonly to: Instant; readonly cursor: string }

const cursorOf = ({ from, to, cursor }: PageStart): string => `${from}.${to}.${cursor}`

/** @throws ProblemError where the cursor is none of these. */
function pageIn(text: string): PageStart {
  const [, from, to, cursor] = /^(-?\d{1,16})\.(-?\d{1,16})\.([\w-]+)$/.exec(text) ?? []
  if (cursor !== undefined) return { from: instant(Number(from)), to: instant(Number(to)), cursor }
  throw badRequest('`cursor` is none of this list', 'take it from `next` of the page before, or begin without one')
}

function visitView(process: ProcessDefinition, stage: StageDefinition, visit: StoredVisit) {
  return {
    case: visit.case,
    visit: visit.visit,
    started_at: formatInstant(visit.start),
    ended_at: isoOrNull(visit.end),
    outcome: visit.outcome,
    reason: visit.reason ?? null,
    duration_ms: visit.durationMs ?? null,
    business_ms: visit.businessMs ?? null,
    target_ms: targetOf(process, stage, visit.segment),
    breached: visit.breached,
    segment: visit.segment,
    attributes: attributesView(process, visit.attributes),
    weight: visit.weight,
  }
}
