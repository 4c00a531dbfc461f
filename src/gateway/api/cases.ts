import type { EngineView } from '../../engine/view.ts'
import { formatInstant, type Instant, instant } from '../../event/instant.ts'
import type { StageDefinition } from '../../model/definitions.ts'
import { attributesView } from '../../protocol/attributes-view.ts'
import { type CaseList, caseListSchema } from '../../protocol/case-search.ts'
import { foundCaseView } from '../../protocol/case-search-view.ts'
import { visitDeadline } from '../../protocol/deadline-view.ts'
import { type CaseTimeline, caseTimelineSchema } from '../../protocol/history.ts'
import { isoOrNull, targetOf } from '../../protocol/statistics-view.ts'
import type { VisitCorrection } from '../../store/queries/case-corrections.ts'
import { calendarOf } from '../../windows/stage-calendar.ts'
import { ProblemError } from '../problem-error.ts'
import { alertsOfCase, spanOf } from './case-alerts.ts'
import type { HistoryReader, StoredVisit } from './history-reader.ts'
import { fromStore, processNamed, wallClock } from './lookup.ts'
import { casesQuery } from './query.ts'
import { type Route, route } from './route.ts'

const MOST_VISITS = 500

/** Alerts of the time of a case that are looked at, the newest. */
const MOST_ALERTS = 1_000

const MOST_CORRECTIONS = 100

/** Cases of a search. */
const LISTED = 20

export type CaseSources = { readonly view: EngineView; readonly history: HistoryReader }

export const caseRoutes = ({ view, history }: CaseSources): readonly Route[] => [
  route({
    method: 'get',
    path: '/api/v1/processes/{process}/cases',
    tag: 'cases',
    permission: 'read',
    name: 'searchCases',
    summary: 'Cases by the beginning of their id: where they are and since when',
    query: casesQuery,
    answer: {
      schema: caseListSchema,
      means: 'The case whose whole id it is, then those whose newest visit began last.',
      csv: ({ cases }) => cases,
    },
    refusals: ['unknown-process', 'store-unavailable'],
    async handle({ params, query: { query = '', limit = LISTED, cursor } }): Promise<CaseList> {
      const process = processNamed(view, params.process)
      const { evaluatedAt } = view.status(process.name)
      const at = evaluatedAt ?? wallClock()
      const { cases, next } = await fromStore(() =>
        history.caseSearch({
          process: process.name,
          prefix: query,
          at,
          limit,
          ...(cursor !== undefined && { cursor }),
        }),
      )
      return {
        process: process.name,
        query,
        as_of: isoOrNull(evaluatedAt),
        cases: cases.map(found => foundCaseView(process, found)),
        ...(next !== undefined && { next }),
      }
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/processes/{process}/cases/{case}',
    tag: 'cases',
    permission: 'read',
    name: 'caseTimeline',
    summary: 'The visits of one case, as they are stored, what of them was corrected, and the alerts that it was in',
    answer: {
      schema: caseTimelineSchema,
      means: `Its visits, oldest first, ${MOST_VISITS} at most. As a table: the visits.`,
      csv: ({ visits }) => visits,
    },
    refusals: ['unknown-process', 'unknown-case', 'store-unavailable'],
    async handle({ params }): Promise<CaseTimeline> {
      const process = processNamed(view, params.process)
      const caseId = params.case
      const visits = await fromStore(() => history.visitsOfCase(process.name, caseId, MOST_VISITS + 1))
      if (visits.length === 0) {
        const remedy = 'check the id as the producer wrote it; visits are stored some seconds after their events'
        const detail = `no visit of case ${caseId} is stored for ${process.name}`
        throw new ProblemError('unknown-case', detail, remedy)
      }
      const { evaluatedAt } = view.status(process.name)
      const { from, to = evaluatedAt ?? wallClock() } = spanOf(visits)
      const range = { from, to: instant(Math.max(from, to) + 1) }
      const { alerts } = await fromStore(() => history.alertPage({ process: process.name, range, limit: MOST_ALERTS }))
      const corrections = await fromStore(() =>
        history.caseCorrections({ process: process.name, case: caseId, limit: MOST_CORRECTIONS }),
      )
      const deadlines = await view.deadlinesOf(process.name, caseId)
      return {
        process: process.name,
        case: caseId,
        as_of: isoOrNull(evaluatedAt),
        visits: visits.slice(0, MOST_VISITS).map(visit => {
          const stage = process.stages.find(({ name }) => name === visit.stage)
          const targetMs = stage === undefined ? null : targetOf(process, stage, visit.segment)
          return {
            stage: visit.stage,
            visit: visit.visit,
            started_at: formatInstant(visit.start),
            ended_at: isoOrNull(visit.end),
            outcome: visit.outcome,
            reason: visit.reason ?? null,
            duration_ms: visit.durationMs ?? null,
            business_ms: visit.businessMs ?? openBusinessMs(stage, visit, evaluatedAt),
            target_ms: targetMs,
            deadline: stage === undefined ? null : visitDeadline(process, stage, visit, targetMs, deadlines),
            segment: visit.segment,
            attributes: attributesView(process, visit.attributes),
          }
        }),
        alerts: alertsOfCase(alerts, caseId, visits),
        corrections: corrections.map(correction => correctionView(correction, visits)),
        cut: visits.length > MOST_VISITS,
      }
    },
  }),
]

function correctionView({ stage, start, ordinal, at, withdrawn }: VisitCorrection, visits: readonly StoredVisit[]) {
  const isIt = (visit: StoredVisit) => visit.stage === stage && visit.start === start && visit.ordinal === ordinal
  return {
    stage,
    visit: visits.find(isIt)?.visit ?? null,
    started_at: formatInstant(start),
    at: formatInstant(at),
    kind: withdrawn ? ('withdrawn' as const) : ('changed' as const),
  }
}

/** How long an open visit has lasted in business time; null where the stage has no calendar. */
function openBusinessMs(stage: StageDefinition | undefined, visit: StoredVisit, at: Instant | undefined) {
  if (stage === undefined || visit.outcome !== 'open' || at === undefined) return null
  return calendarOf(stage)?.businessMs(visit.start, Math.max(visit.start, at)) ?? null
}
