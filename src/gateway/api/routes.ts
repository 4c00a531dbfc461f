import * as z from 'zod'
import { asyncApiOf } from '../stream/asyncapi.ts'
import { type ActionSources, alertActionRoutes } from './alert-actions.ts'
import { type AlertSources, alertRoutes } from './alerts.ts'
import { type CaseSources, caseRoutes } from './cases.ts'
import { type DefinitionSources, definitionRoutes } from './definitions.ts'
import { type EventSources, eventRoutes } from './events.ts'
import { type HealthSources, healthRoutes } from './health.ts'
import { type NotificationSources, notificationRoutes } from './notifications.ts'
import { openApiOf } from './openapi.ts'
import { type OperationSources, operationRoutes } from './operations.ts'
import { type ProcessSources, processRoutes } from './processes.ts'
import { type Route, route } from './route.ts'
import { ruleRoutes } from './rules.ts'
import { type SessionSources, sessionRoutes } from './session.ts'
import { type SilenceSources, silenceRoutes } from './silences.ts'
import { type StageSources, stageRoutes } from './stages.ts'

export type RouteSources = ProcessSources &
  StageSources &
  CaseSources &
  AlertSources &
  ActionSources &
  SilenceSources &
  EventSources &
  NotificationSources &
  SessionSources &
  OperationSources &
  DefinitionSources &
  HealthSources

/** The HTTP API: what there is now comes from memory, what was comes from the store. */
export function routesOf(sources: RouteSources): readonly Route[] {
  const routes: Route[] = [
    ...processRoutes(sources),
    ...stageRoutes(sources),
    ...caseRoutes(sources),
    ...alertRoutes(sources),
    ...alertActionRoutes(sources),
    ...silenceRoutes(sources),
    ...eventRoutes(sources),
    ...ruleRoutes(sources),
    ...definitionRoutes(sources),
    ...notificationRoutes(sources),
    ...sessionRoutes(sources),
    ...operationRoutes(sources),
    ...healthRoutes(sources),
    streamDescription(sources.health().version),
  ]
  const description = route({
    method: 'get',
    path: '/api/openapi.json',
    tag: 'operations',
    permission: 'read',
    name: 'openApi',
    summary: 'This description of the API',
    answer: { schema: z.looseObject({ openapi: z.string() }), means: 'An OpenAPI document.' },
    handle: () => document,
  })
  // It describes itself, too.
  const document = openApiOf([...routes, description], sources.health().version)
  return [...routes, description]
}

function streamDescription(version: string): Route {
  const document = asyncApiOf(version)
  return route({
    method: 'get',
    path: '/api/asyncapi.json',
    tag: 'operations',
    permission: 'read',
    name: 'asyncApi',
    summary: 'The description of the stream: what is pushed, over which wires',
    answer: { schema: z.looseObject({ asyncapi: z.string() }), means: 'An AsyncAPI document.' },
    handle: () => document,
  })
}
