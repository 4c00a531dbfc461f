import * as z from 'zod'
import type { EngineView } from '../../engine/view.ts'
import { detailedStatusSchema } from '../../protocol/status.ts'
import { detailedStatusView, type HealthView } from '../../protocol/status-view.ts'
import { ProblemError } from '../problem-error.ts'
import { reasonsNotReady } from './readiness.ts'
import { type Route, route } from './route.ts'

export type ReloadSources = {
  /**
   * Reads the rules anew, and changes nothing yet.
   *
   * @returns the files that have changed, and what puts them in force, to be called when the answer has left; or what is
   * wrong with them, for people. undefined: this program reads them when it starts only.
   */
  readonly reload?:
    | (() =>
        | { readonly files: readonly string[]; readonly begin: () => void }
        | { readonly problem: string; readonly remedy: string })
    | undefined
}

export type OperationSources = ReloadSources & {
  readonly view: EngineView
  readonly health: () => HealthView
  readonly metrics: () => Promise<string>
  /** false: they are served at an address of their own. */
  readonly servesMetrics?: boolean
}

/** Scrapers and balancers are not refused for what they add. */
const anything = z.looseObject({})

/** Paths outside the API's are those that Prometheus, Alertmanager and Kubernetes have for them. */
export const operationRoutes = ({
  view,
  health,
  metrics,
  servesMetrics = true,
  reload,
}: OperationSources): readonly Route[] => [
  route({
    method: 'get',
    path: '/api/v1/status',
    tag: 'operations',
    permission: 'read',
    name: 'status',
    summary: 'Versions, watermarks and counts of every partition, the store',
    answer: { schema: detailedStatusSchema, means: 'As it stands in memory.' },
    handle: () => detailedStatusView(view, health()),
  }),
  ...(servesMetrics ? [metricsRoute(metrics)] : []),
  route({
    method: 'get',
    path: '/livez',
    tag: 'operations',
    permission: 'nothing',
    name: 'livez',
    summary: 'Whether the process answers',
    query: anything,
    answer: { schema: z.object({ alive: z.literal(true) }), means: 'It does.' },
    handle: () => ({ alive: true }),
  }),
  route({
    method: 'get',
    path: '/readyz',
    tag: 'operations',
    permission: 'nothing',
    name: 'readyz',
    summary: 'Whether numbers and alerts are complete',
    query: anything,
    answer: {
      schema: z.object({ ready: z.literal(true) }),
      means: 'Every process has caught up, and its source can be read.',
    },
    refusals: ['not-ready'],
    handle() {
      const reasons = reasonsNotReady(view)
      if (reasons.length === 0) return { ready: true }
      const remedy = 'wait: numbers and alerts become complete when history has been read; /api/v1/status shows how far'
      throw new ProblemError('not-ready', reasons.join('; '), remedy)
    },
  }),
  ...(reload === undefined ? [] : [reloadRoute(reload)]),
]

const metricsRoute = (metrics: OperationSources['metrics']): Route =>
  route({
    method: 'get',
    path: '/metrics',
    tag: 'operations',
    permission: 'read',
    name: 'metrics',
    summary: 'Everything that Prometheus is to scrape',
    query: anything,
    answer: { text: 'text/plain; version=0.0.4', means: 'In the text format of Prometheus.' },
    handle: () => metrics(),
  })

const reloadRoute = (reload: NonNullable<ReloadSources['reload']>): Route =>
  route({
    method: 'post',
    path: '/-/reload',
    tag: 'operations',
    permission: 'administer',
    name: 'reload',
    summary: 'Reads the rules anew, and puts them in force when the answer has left',
    answer: {
      status: 202,
      schema: z.object({ reloading: z.literal(true), files: z.array(z.string()) }),
      means: 'They are sound. `files` are those that have changed.',
    },
    refusals: ['rules-refused'],
    handle({ reply }) {
      const outcome = reload()
      if ('problem' in outcome) throw new ProblemError('rules-refused', outcome.problem, outcome.remedy)
      // Everything is closed then, this connection too.
      reply.raw.once('close', outcome.begin)
      return { reloading: true, files: outcome.files }
    },
  })
