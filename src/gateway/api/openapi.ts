import * as z from 'zod'
import { alertHistorySchema, alertSchema, explanationSchema } from '../../protocol/alert.ts'
import { healthSchema } from '../../protocol/health.ts'
import { caseTimelineSchema, stageHistorySchema } from '../../protocol/history.ts'
import { metricListSchema } from '../../protocol/metrics.ts'
import { outboxSchema } from '../../protocol/notification.ts'
import { problemSchema } from '../../protocol/problem.ts'
import { processSummarySchema } from '../../protocol/process.ts'
import { ruleExplanationSchema } from '../../protocol/rule-explanation.ts'
import { ruleListSchema } from '../../protocol/rules.ts'
import { sessionSchema } from '../../protocol/session.ts'
import { silenceSchema } from '../../protocol/silence.ts'
import { processStatisticsSchema } from '../../protocol/statistics.ts'
import { detailedStatusSchema } from '../../protocol/status.ts'
import { SESSION_COOKIE, schemes } from '../access/described.ts'
import { leastRoleFor } from '../access/permission.ts'
import { PROBLEM_TYPE, problems } from '../problem-error.ts'
import { CSV_TYPE, type Route, refusalsOf, tags } from './route.ts'

type Json = { [key: string]: unknown }

/** Schemas that have a name of their own; those of a route that have none are named by it. */
const named: Readonly<Record<string, z.core.$ZodType>> = {
  Alert: alertSchema,
  AlertHistory: alertHistorySchema,
  CaseTimeline: caseTimelineSchema,
  Explanation: explanationSchema,
  Health: healthSchema,
  Metrics: metricListSchema,
  Notifications: outboxSchema,
  Problem: problemSchema,
  Process: processSummarySchema,
  ProcessStatistics: processStatisticsSchema,
  Session: sessionSchema,
  RuleExplanation: ruleExplanationSchema,
  Rules: ruleListSchema,
  Silence: silenceSchema,
  StageHistory: stageHistorySchema,
  Status: detailedStatusSchema,
}

/** The description of the API (OpenAPI 3.1), made of the routes as they were declared. @param version of the program. */
export function openApiOf(routes: readonly Route[], version: string): Json {
  const answers = new Map(Object.entries(named).map(([name, schema]) => [schema, name]))
  const bodies = new Map<z.core.$ZodType, string>()
  for (const { name, answer, body } of routes) {
    if ('schema' in answer && !answers.has(answer.schema)) answers.set(answer.schema, `${capital(name)}Answer`)
    if (body !== undefined) bodies.set(body, `${capital(name)}Body`)
  }
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const operation = operationOf(route, answers, bodies)
    paths[route.path] = { ...paths[route.path], [route.method]: operation }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Stagewatch',
      version,
      description:
        'Stage timings, bottlenecks and alerts of live business processes. Keys may be added under the same version.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'Where this was read' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes,
      schemas: { ...schemasOf(answers, 'output'), ...withoutActors(routes, bodies, schemasOf(bodies, 'input')) },
    },
  }
}

const securitySchemes = {
  token: { type: 'http', scheme: 'bearer', description: schemes.token },
  session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE, description: schemes.session },
}

const asText = { schema: { type: 'string' } }

type Names = ReadonlyMap<z.core.$ZodType, string>

function operationOf(route: Route, answers: Names, bodies: Names): Json {
  const { method, path, tag, permission, name, summary, query, body, bytes, answer } = route
  const role = leastRoleFor(permission)
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => ({
    name: parameter,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const parameters = [
    ...inPath,
    ...(query === undefined ? [] : queryParameters(query)),
    ...(body ? [idempotencyKey] : []),
    ...(bytes ? [{ ...idempotencyKey, description: idOfBatch }] : []),
  ]
  return {
    operationId: name,
    summary,
    ...(role !== undefined && { description: `Takes the role ${role}, or one that may do more.` }),
    tags: [tag],
    security: role === undefined ? [] : [{ token: [] }, { session: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: reference(bodies.get(body) as string) } } },
      },
    }),
    ...(bytes && {
      requestBody: { required: true, content: Object.fromEntries(bytes.types.map(type => [type, asText])) },
    }),
    responses: {
      ...answerOf(answer, answers),
      ...(method === 'get' && 'schema' in answer && { 304: { description: 'It is what `If-None-Match` names.' } }),
      ...problemResponses(route),
    },
  }
}

function answerOf(answer: Route['answer'], answers: Names): Json {
  if ('leadsTo' in answer) {
    return { 303: { description: answer.leadsTo, headers: { Location: { schema: { type: 'string' } } } } }
  }
  const content =
    'schema' in answer
      ? {
          'application/json': { schema: { $ref: reference(answers.get(answer.schema) as string) } },
          ...(answer.csv && { [CSV_TYPE]: asText }),
        }
      : { [answer.text]: asText }
  return { [answer.status ?? 200]: { description: answer.means, content } }
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'Instead of `id` in the body: whoever did not hear the answer asks again with the same one.',
  schema: { type: 'string', maxLength: 200 },
}

const idOfBatch =
  'Of the batch, which is there once however often it is sent. CloudEvents need none: their ids are as good.'

function queryParameters(query: z.ZodObject): Json[] {
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: 'input', override: plainly }) as {
    properties?: Record<string, Json>
    required?: readonly string[]
  }
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema,
  }))
}

/** A problem of any kind looks alike; which kinds there may be is told by status. */
function problemResponses(route: Route): Json {
  const byStatus = new Map<number, string[]>()
  for (const word of refusalsOf(route)) {
    const { status, title } = problems[word]
    byStatus.set(status, [...(byStatus.get(status) ?? []), `${title} (\`${word}\`)`])
  }
  const content = { [PROBLEM_TYPE.split(';', 1)[0] as string]: { schema: { $ref: reference('Problem') } } }
  return Object.fromEntries(
    [...byStatus].map(([status, kinds]) => [status, { description: kinds.join(', '), content }]),
  )
}

/** Who does it need not be said where somebody is signed in. */
function withoutActors(routes: readonly Route[], bodies: Names, schemas: Record<string, Json>): Record<string, Json> {
  for (const { actor, body } of routes) {
    const schema = body && schemas[bodies.get(body) ?? '']
    if (actor === undefined || schema === undefined) continue
    const { required = [], properties = {} } = schema as {
      required?: readonly string[]
      properties?: Record<string, Json>
    }
    const description = 'Who does it. Whoever is signed in, and only he, where somebody is: then it need not be said.'
    schema.required = required.filter(name => name !== actor)
    schema.properties = { ...properties, [actor]: { ...properties[actor], description } }
  }
  return schemas
}

function schemasOf(names: Names, io: 'input' | 'output'): Record<string, Json> {
  const registry = z.registry<{ id: string }>()
  for (const [schema, id] of names) registry.add(schema, { id })
  const schemas = z.toJSONSchema(registry, { io, uri: reference, override: plainly }).schemas as Record<string, Json>
  return Object.fromEntries(Object.entries(schemas).map(([name, { $schema: _, $id: __, ...schema }]) => [name, schema]))
}

const plainly = ({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void => {
  // Keys may be added under the same version: a client that is strict would refuse them.
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
  // The format says it to a person, the pattern to nobody.
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
}

const reference = (name: string): string => `#/components/schemas/${name}`

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)
