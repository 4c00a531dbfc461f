import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as z from 'zod'
import { withActor } from '../access/actor.ts'
import type { Permission } from '../access/permission.ts'
import type { Visitor } from '../access/visitor.ts'
import { etagOf, isKnown } from '../etag.ts'
import { type ProblemWord, problems } from '../problem-error.ts'
import { type BytesBody, type SentBytes, sentBytes, takeBytes } from './bytes-body.ts'
import { type CsvRow, csvOf } from './csv.ts'
import { badQuery } from './query.ts'
import { badBody, idOf } from './request-body.ts'

/** The names in a path such as `/api/v1/alerts/{alert}`. */
type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never

/** What somebody asks of a route, read by its schemas. */
export type Asked<Path extends string, Query, Body, Needs extends Permission = Permission> = {
  /** Who may; undefined only where it takes nothing to be allowed. */
  readonly visitor: Needs extends 'nothing' ? Visitor | undefined : Visitor
  readonly params: Readonly<Record<NamesIn<Path>, string>>
  readonly query: Query
  readonly body: Body
  /** Where the route takes bytes; nothing elsewhere. */
  readonly bytes: SentBytes
  /** Of the body or the header `Idempotency-Key`: under which whoever did not hear the answer asks again. */
  readonly id: string | undefined
  readonly reply: FastifyReply
}

export const tags = {
  processes: 'Processes, stages and segments, and their statistics',
  cases: 'Single cases',
  alerts: 'Alerts, and what people do about them',
  events: 'Events that programs send',
  silences: 'Silences: alerts of which nobody is told for a while',
  rules: 'Rules and metrics: what is looked for, and what numbers mean',
  session: 'Signing in and out',
  operations: 'How the program is doing',
} as const

type Answer<Schema extends z.core.$ZodType> = {
  /** 200 where nothing is said. */
  readonly status?: 200 | 202
  readonly means: string
} & (
  | {
      readonly schema: Schema
      /** Its list as lines, for a table that somebody downloads. */
      readonly csv?: (answer: z.output<Schema>) => readonly CsvRow[]
    }
  /** Told by its media type. */
  | { readonly text: string }
)

/** The handler tells an address, which a browser is sent to. */
type Leads = { readonly leadsTo: string }

type Declared<
  Path extends string,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Schema extends z.core.$ZodType = z.ZodAny,
  Needs extends Permission = Permission,
> = {
  readonly method: 'get' | 'post'
  readonly path: Path
  readonly tag: keyof typeof tags
  readonly permission: Needs
  /** The field of the body that says who does it: whoever is signed in, and only he, where somebody is. */
  readonly actor?: string
  /** One word or more for a client's generator, in camel case; no two routes have the same. */
  readonly name: string
  /** One line. */
  readonly summary: string
  /** Without it no parameter is taken. */
  readonly query?: Query
  readonly body?: Body
  /** In place of `body`: taken as it comes. */
  readonly bytes?: BytesBody
  /** What to do about a body that is refused. */
  readonly remedy?: string
  readonly answer: Answer<Schema> | Leads
  /** By which it may be refused, beside those of every route. */
  readonly refusals?: readonly ProblemWord[]
  readonly handle: (asked: Asked<Path, z.output<Query>, z.output<Body>, Needs>) => unknown
}

/** A route as it was declared, whatever it asks for. */
export type Route = Omit<Declared<string, z.ZodObject, z.ZodType>, 'handle'> & {
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => unknown
}

const nothing = z.strictObject({})

const formatSchema = z
  .enum(['json', 'csv'], { error: 'is none of json, csv' })
  .meta({ description: 'A table to download, also by `Accept: text/csv`; JSON where nothing is said.' })

/**
 * Declares a route: what it takes, what it answers, by what it is refused. The server, the description of the API and the
 * types of the handler are made of the same schemas.
 */
export function route<
  const Path extends string,
  Query extends z.ZodObject = typeof nothing,
  Body extends z.ZodType = typeof nothing,
  Schema extends z.core.$ZodType = z.ZodAny,
  const Needs extends Permission = Permission,
>(declared: Declared<Path, Query, Body, Schema, Needs>): Route {
  const { body, bytes, actor, remedy = 'send a JSON object as the API describes it', handle } = declared
  const isList = 'csv' in declared.answer
  const query = (declared.query ?? nothing).extend(isList ? { format: formatSchema.optional() } : {})
  return {
    ...(declared as unknown as Omit<Route, 'handle'>),
    query,
    handle(request, reply) {
      const asked = query.safeParse(request.query)
      if (!asked.success) throw badQuery(asked.error.issues, Object.keys(query.shape))
      const { visitor } = request
      const sent = body?.safeParse(actor === undefined ? request.body : withActor(request.body, actor, visitor))
      if (sent?.success === false) throw badBody(sent.error.issues, remedy)
      const named = sent?.data as { readonly id?: string } | undefined
      return handle({
        // Whoever may not has been refused by then.
        visitor: visitor as Asked<Path, Query, Body, Needs>['visitor'],
        params: request.params as Record<NamesIn<Path>, string>,
        query: asked.data as unknown as z.output<Query>,
        body: sent?.data as z.output<Body>,
        bytes: sentBytes(request),
        id: body === undefined && bytes === undefined ? undefined : idOf(request, named?.id, remedy),
        reply,
      })
    },
  }
}

export function addRoutes(app: FastifyInstance, routes: readonly Route[]): void {
  for (const route of routes) {
    const { bytes } = route
    if (bytes === undefined) addRoute(app, route)
    else {
      app.register(async own => {
        takeBytes(own, bytes)
        addRoute(own, route)
      })
    }
  }
}

function addRoute(app: FastifyInstance, route: Route): void {
  const { method, path, permission, answer, handle } = route
  app[method](path.replaceAll(/\{(\w+)\}/g, ':$1'), { config: { permission } }, async (request, reply) => {
    const answered = await handle(request, reply)
    if ('leadsTo' in answer) return reply.header('cache-control', 'no-store').redirect(String(answered), 303)
    if ('text' in answer) return reply.type(`${answer.text}; charset=utf-8`).send(answered)
    const { body, type } = written(route, answered, request)
    reply.type(`${type}; charset=utf-8`)
    if (answer.csv !== undefined) reply.header('vary', [reply.getHeader('vary') ?? [], 'Accept'].flat())
    if (type === CSV_TYPE) reply.header('content-disposition', `attachment; filename="${route.name}.csv"`)
    const next = cursorIn(answered)
    if (next !== undefined) reply.header('link', `<${pathWith(request.url, next)}>; rel="next"`)
    if (method === 'post') return reply.code(answer.status ?? 200).send(body)
    const etag = etagOf(body)
    reply.headers({ etag, 'cache-control': 'no-cache' })
    return isKnown(etag, request.headers['if-none-match']) ? reply.code(304).send() : reply.send(body)
  })
}

/** Of a page behind which there is another one. */
const cursorIn = (answered: unknown): string | undefined =>
  (answered as { readonly next?: string } | null | undefined)?.next

function pathWith(asked: string, cursor: string): string {
  const url = new URL(asked, 'http://localhost')
  url.searchParams.set('cursor', cursor)
  return url.pathname + url.search
}

export const CSV_TYPE = 'text/csv'

function written({ answer }: Route, answered: unknown, { query, headers }: FastifyRequest) {
  if ('schema' in answer && answer.csv !== undefined) {
    const { format = headers.accept?.startsWith(CSV_TYPE) ? 'csv' : 'json' } = query as { format?: string }
    if (format === 'csv') return { body: csvOf(answer.csv(answered)), type: CSV_TYPE }
  }
  return { body: JSON.stringify(answered), type: 'application/json' }
}

const signInRefusals = ['not-signed-in', 'not-allowed', 'too-many-sign-ins', 'sign-in-unavailable'] as const

/** By which a route may be refused, those of every route included; by status, rising. */
export function refusalsOf({ method, permission, actor, refusals = [] }: Route): readonly ProblemWord[] {
  const words: readonly ProblemWord[] = [
    'bad-request',
    ...(permission === 'nothing' ? [] : signInRefusals),
    ...(actor === undefined ? [] : (['not-you'] as const)),
    'wrong-host',
    'internal',
    ...(method === 'post' ? (['wrong-origin', 'too-large', 'wrong-media-type'] as const) : []),
    ...refusals,
  ]
  return [...new Set(words)].toSorted((left, right) => problems[left].status - problems[right].status)
}
