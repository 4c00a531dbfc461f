import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as z from 'zod'
import { type ProblemWord, problems } from '../problem-error.ts'
import { badQuery } from '../query.ts'
import { badBody, idOf } from '../request-body.ts'

/** The names in a path such as `/api/v1/alerts/{alert}`. */
type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never

/** What somebody asks of a route, read by its schemas. */
export type Asked<Path extends string, Query, Body> = {
  readonly params: Readonly<Record<NamesIn<Path>, string>>
  readonly query: Query
  readonly body: Body
  /** Of the body or the header `Idempotency-Key`: under which whoever did not hear the answer asks again. */
  readonly id: string | undefined
  readonly reply: FastifyReply
}

export const tags = {
  processes: 'Processes, stages and segments, and their statistics',
  cases: 'Single cases',
  alerts: 'Alerts, and what people do about them',
  silences: 'Silences: alerts of which nobody is told for a while',
  rules: 'Rules, and why they are quiet',
  operations: 'How the program is doing',
} as const

type Declared<Path extends string, Query extends z.ZodObject, Body extends z.ZodType> = {
  readonly method: 'get' | 'post'
  readonly path: Path
  readonly tag: keyof typeof tags
  /** One word or more for a client's generator, in camel case; no two routes have the same. */
  readonly name: string
  /** One line. */
  readonly summary: string
  /** Without it no parameter is taken. */
  readonly query?: Query
  readonly body?: Body
  /** What to do about a body that is refused. */
  readonly remedy?: string
  /** 200 where nothing is said. A text is told by its media type. */
  readonly answer: { readonly status?: 200 | 202; readonly means: string } & (
    | { readonly schema: z.core.$ZodType }
    | { readonly text: string }
  )
  /** By which it may be refused, beside those of every route. */
  readonly refusals?: readonly ProblemWord[]
  readonly handle: (asked: Asked<Path, z.output<Query>, z.output<Body>>) => unknown
}

/** A route as it was declared, whatever it asks for. */
export type Route = Omit<Declared<string, z.ZodObject, z.ZodType>, 'handle'> & {
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => unknown
}

const nothing = z.strictObject({})

/**
 * Declares a route: what it takes, what it answers, by what it is refused. The server, the description of the API and the
 * types of the handler are made of the same schemas.
 */
export function route<
  const Path extends string,
  Query extends z.ZodObject = typeof nothing,
  Body extends z.ZodType = typeof nothing,
>(declared: Declared<Path, Query, Body>): Route {
  const { query = nothing, body, remedy = 'send a JSON object as the API describes it', handle } = declared
  return {
    ...declared,
    handle(request, reply) {
      const asked = query.safeParse(request.query)
      if (!asked.success) throw badQuery(asked.error.issues, Object.keys(query.shape))
      const sent = body?.safeParse(request.body)
      if (sent?.success === false) throw badBody(sent.error.issues, remedy)
      const named = sent?.data as { readonly id?: string } | undefined
      return handle({
        params: request.params as Record<NamesIn<Path>, string>,
        query: asked.data as z.output<Query>,
        body: sent?.data as z.output<Body>,
        id: body === undefined ? undefined : idOf(request, named?.id, remedy),
        reply,
      })
    },
  }
}

export function addRoutes(app: FastifyInstance, routes: readonly Route[]): void {
  for (const { method, path, answer, handle } of routes) {
    app[method](path.replaceAll(/\{(\w+)\}/g, ':$1'), async (request, reply) => {
      const answered = await handle(request, reply)
      if ('text' in answer) reply.type(`${answer.text}; charset=utf-8`)
      return reply.code(answer.status ?? 200).send(answered)
    })
  }
}

/** By which a route may be refused, those of every route included; by status, rising. */
export function refusalsOf({ method, refusals = [] }: Route): readonly ProblemWord[] {
  const words: readonly ProblemWord[] = [
    'bad-request',
    'wrong-host',
    'internal',
    ...(method === 'post' ? (['wrong-origin', 'too-large', 'wrong-media-type'] as const) : []),
    ...refusals,
  ]
  return [...new Set(words)].toSorted((left, right) => problems[left].status - problems[right].status)
}
