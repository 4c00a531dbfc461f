import type { FastifyInstance } from 'fastify'
import type { EngineView } from '../engine/view.ts'
import { formatInstant, type Instant, instant } from '../event/instant.ts'
import type { SegmentLabels } from '../event/segment.ts'
import type { ProcessDefinition, RuleDefinition, StageDefinition } from '../model/definitions.ts'
import type { AlertHistory } from '../protocol/alert.ts'
import { actionView, alertView } from '../protocol/alert-view.ts'
import { visitDeadline } from '../protocol/deadline-view.ts'
import type { CaseTimeline, StageHistory } from '../protocol/history.ts'
import { summarizeProcess } from '../protocol/process-summary.ts'
import type { RuleExplanation } from '../protocol/rule-explanation.ts'
import { ruleExplanationView } from '../protocol/rule-explanation-view.ts'
import { isoOrNull, statisticsView, targetOf } from '../protocol/statistics-view.ts'
import { detailedStatusView, type HealthView } from '../protocol/status-view.ts'
import { calendarOf } from '../windows/stage-calendar.ts'
import { type ActionSources, addActionRoutes } from './action-routes.ts'
import { alertList } from './alert-list.ts'
import type { HistoryReader, StoredVisit } from './history-reader.ts'
import { ProblemError, unknownAlert } from './problem-error.ts'
import { historyRange, noQuery, querySegment } from './query.ts'
import { reasonsNotReady } from './readiness.ts'
import { fillSeries } from './series.ts'
import { addSilenceRoutes, type SilenceSources } from './silence-routes.ts'

const MOST_VISITS = 500
const MOST_TRANSITIONS = 5_000

export type RouteSources = ActionSources &
  SilenceSources & {
    /** `host:port` of the Kafka that is read, for people to see; undefined where it is none. */
    readonly brokers: readonly string[] | undefined
    readonly history: HistoryReader
    readonly health: () => HealthView
    readonly metrics: () => Promise<string>
  }

/** The HTTP API: what there is now comes from memory, what was comes from the store. */
export function addRoutes(app: FastifyInstance, sources: RouteSources): void {
  const { view, owners, brokers, history, health, metrics } = sources

  app.get('/api/v1/processes', async request => {
    noQuery(request.query)
    return { processes: view.processes.map(process => summarizeProcess(process, owners, brokers, wallClock())) }
  })

  app.get<{ Params: { process: string } }>('/api/v1/processes/:process/statistics', async request => {
    noQuery(request.query)
    return statisticsView(view, processNamed(view, request.params.process), Number.POSITIVE_INFINITY)
  })

  app.get('/api/v1/alerts', async request => {
    noQuery(request.query)
    const everything = { active: Number.POSITIVE_INFINITY, resolved: Number.POSITIVE_INFINITY }
    return { alerts: alertList(view, owners, everything).alerts }
  })

  app.get<{ Params: { alert: string } }>('/api/v1/alerts/:alert', async (request): Promise<AlertHistory> => {
    noQuery(request.query)
    const { alert } = request.params
    const process = processOfAlert(view, alert)
    const transitions = await fromStore(() => history.transitionsOfAlert(alert, MOST_TRANSITIONS))
    return {
      alert,
      transitions: transitions.map(item => alertView(item, process, owners)),
      actions: view.actionsOf(alert).map(actionView),
    }
  })

  addActionRoutes(app, sources)
  addSilenceRoutes(app, sources)

  app.get<{ Params: { process: string; stage: string } }>(
    '/api/v1/processes/:process/stages/:stage/history',
    async (request): Promise<StageHistory> => {
      const process = processNamed(view, request.params.process)
      const stage = stageNamed(process, request.params.stage)
      const asOf = view.status(process.name).evaluatedAt
      const range = historyRange(request.query, process.paneMs, asOf ?? wallClock())
      const { segment, from, to, stepMs } = range
      // Open visits are known now only, so the series runs up to now and is cut afterwards.
      const end = instant(Math.max(to, Math.ceil((asOf ?? to) / stepMs) * stepMs))
      const sums = await fromStore(() =>
        history.paneSeries({ process: process.name, stage: stage.name, segment, from, to: end, stepMs }),
      )
      const wipNow = segment === undefined ? totalWip(view, process.name, stage.name) : undefined
      return {
        process: process.name,
        stage: stage.name,
        segment: segment ?? {},
        from: formatInstant(from),
        to: formatInstant(to),
        step_ms: stepMs,
        as_of: isoOrNull(asOf),
        points: fillSeries(sums, { from, to: end, stepMs }, wipNow).slice(0, (to - from) / stepMs),
      }
    },
  )

  app.get<{ Params: { process: string; case: string } }>(
    '/api/v1/processes/:process/cases/:case',
    async (request): Promise<CaseTimeline> => {
      noQuery(request.query)
      const process = processNamed(view, request.params.process)
      const caseId = request.params.case
      const visits = await fromStore(() => history.visitsOfCase(process.name, caseId, MOST_VISITS + 1))
      if (visits.length === 0) {
        const remedy = 'check the id as the producer wrote it; visits are stored some seconds after their events'
        const detail = `no visit of case ${caseId} is stored for ${process.name}`
        throw new ProblemError('unknown-case', detail, remedy)
      }
      const { evaluatedAt } = view.status(process.name)
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
            attributes: visit.attributes,
          }
        }),
        cut: visits.length > MOST_VISITS,
      }
    },
  )

  app.get<{ Params: { process: string; rule: string } }>(
    '/api/v1/processes/:process/rules/:rule/explanation',
    async (request): Promise<RuleExplanation> => {
      const process = processNamed(view, request.params.process)
      const rule = ruleNamed(process, request.params.rule)
      const segment = querySegment(request.query)
      checkSegment(process, rule, segment)
      const found = view.explain(process.name, rule.name, segment)
      if (found !== undefined) return ruleExplanationView(process.name, found)
      const remedy = 'wait until /readyz says that it is ready'
      throw new ProblemError('not-judged-yet', `${process.name} has not been evaluated yet`, remedy)
    },
  )

  app.get('/api/v1/status', async request => {
    noQuery(request.query)
    return detailedStatusView(view, health())
  })

  app.get('/metrics', async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics()),
  )

  app.get('/livez', async () => ({ alive: true }))

  app.get('/readyz', async () => {
    const reasons = reasonsNotReady(view)
    if (reasons.length === 0) return { ready: true }
    const remedy = 'wait: numbers and alerts become complete when history has been read; /api/v1/status shows how far'
    throw new ProblemError('not-ready', reasons.join('; '), remedy)
  })
}

/** How long an open visit has lasted in business time; null where the stage has no calendar. */
function openBusinessMs(stage: StageDefinition | undefined, visit: StoredVisit, at: Instant | undefined) {
  if (stage === undefined || visit.outcome !== 'open' || at === undefined) return null
  return calendarOf(stage)?.businessMs(visit.start, Math.max(visit.start, at)) ?? null
}

function processNamed(view: EngineView, name: string): ProcessDefinition {
  const process = view.processes.find(candidate => candidate.name === name)
  if (process !== undefined) return process
  const known = view.processes.map(candidate => candidate.name).join(', ') || 'none'
  throw new ProblemError('unknown-process', `no process is named ${name}`, `use one of: ${known}`)
}

function stageNamed(process: ProcessDefinition, name: string) {
  const stage = process.stages.find(candidate => candidate.name === name)
  if (stage !== undefined) return stage
  const known = process.stages.map(candidate => candidate.name).join(', ')
  const detail = `${process.name} has no stage named ${name}`
  throw new ProblemError('unknown-stage', detail, `use one of: ${known}`)
}

function ruleNamed(process: ProcessDefinition, name: string): RuleDefinition {
  const rule = process.rules.find(candidate => candidate.name === name)
  if (rule !== undefined) return rule
  const known = process.rules.map(candidate => candidate.name).join(', ') || 'none'
  throw new ProblemError('unknown-rule', `${process.name} has no rule named ${name}`, `use one of: ${known}`)
}

/** The segment has to say a value, or null, for each dimension that the rule is cut by. */
function checkSegment(process: ProcessDefinition, { name, by }: RuleDefinition, segment: SegmentLabels): void {
  const dimensions = by.map(attribute => process.attributes[attribute]?.name ?? '')
  const isWhole = dimensions.every(dimension => segment[dimension] !== undefined)
  if (isWhole && Object.keys(segment).length === dimensions.length) return
  const example = JSON.stringify(Object.fromEntries(dimensions.map(dimension => [dimension, '…'])))
  const remedy = dimensions.length === 0 ? 'leave out `segment`' : `write segment=${example}, URL-encoded`
  const cut = dimensions.length === 0 ? 'looks at all cases together' : `is cut by ${dimensions.join(', ')}`
  throw new ProblemError('unknown-segment', `${name} ${cut}`, remedy)
}

function processOfAlert(view: EngineView, id: string): ProcessDefinition {
  const process = view.processes.find(({ name }) => view.alerts(name).some(alert => alert.id === id))
  if (process !== undefined) return process
  throw unknownAlert(id)
}

function totalWip(view: EngineView, process: string, stage: string): number | undefined {
  const statistics = view.statistics(process).find(candidate => candidate.stage === stage)
  return statistics?.segments.find(segment => segment.total)?.values.wip
}

async function fromStore<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask()
  } catch (cause) {
    const detail = 'the store cannot be read now; live numbers and alerts go on without it'
    const remedy = 'try again in a few seconds; /api/v1/status says how the store is doing'
    throw new ProblemError('store-unavailable', detail, remedy, cause)
  }
}

const wallClock = (): Instant => instant(Date.now())
