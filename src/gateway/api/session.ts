import * as z from 'zod'
import { type Session, sessionSchema } from '../../protocol/session.ts'
import { type Access, openToAnybody } from '../access/access.ts'
import type { SignIn } from '../access/sign-in.ts'
import type { Visitor } from '../access/visitor.ts'
import { ProblemError } from '../problem-error.ts'
import { text } from './request-body.ts'
import { type Route, route } from './route.ts'

export type SessionSources = { readonly access?: Access }

/** From below `/api/v1/session/issuer`, wherever a proxy has put all of it. */
const PAGE = '../../../../'

const answer = { schema: sessionSchema, means: 'Who asks, and how one may sign in.' }

/** Signing in and out, as browsers do: who is signed in is kept in a cookie that no script sees. */
export function sessionRoutes({ access = openToAnybody }: SessionSources): readonly Route[] {
  const { signIn } = access
  const sessionOf = (visitor: Visitor | undefined): Session => ({
    visitor: visitor === undefined ? null : shown(visitor),
    sign_in: signIn === undefined ? null : { issuer: signIn.hasIssuer },
  })
  return [
    route({
      method: 'get',
      path: '/api/v1/session',
      tag: 'session',
      permission: 'nothing',
      name: 'session',
      summary: 'Who asks, and how one may sign in',
      answer,
      handle: ({ visitor }) => sessionOf(visitor),
    }),
    ...(signIn === undefined ? [] : tokenRoutes(signIn, sessionOf)),
    ...(signIn?.hasIssuer ? issuerRoutes(signIn) : []),
  ]
}

const tokenRoutes = (signIn: SignIn, sessionOf: (visitor: Visitor | undefined) => Session): readonly Route[] => [
  route({
    method: 'post',
    path: '/api/v1/session',
    tag: 'session',
    permission: 'nothing',
    name: 'signIn',
    summary: 'Signs a browser in by a token',
    body: z.strictObject({ token: text(16_384) }),
    remedy: 'send a JSON object with `token`',
    answer: { schema: sessionSchema, means: 'The cookie of the session has been set.' },
    refusals: ['not-signed-in', 'not-allowed', 'too-many-sign-ins', 'sign-in-unavailable'],
    async handle({ body: { token }, reply }) {
      const { visitor, cookie } = await signIn.begin(token, reply.request.raw)
      reply.headers({ 'set-cookie': cookie, 'cache-control': 'no-store' })
      return sessionOf(visitor)
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/session/end',
    tag: 'session',
    permission: 'nothing',
    name: 'signOut',
    summary: 'Signs a browser out: its session ends, and its streams close',
    answer: { schema: sessionSchema, means: 'Nobody is signed in.' },
    handle({ reply }) {
      reply.headers({ 'set-cookie': signIn.end(reply.request.raw), 'cache-control': 'no-store' })
      return sessionOf(undefined)
    },
  }),
]

const issuerRoutes = (signIn: SignIn): readonly Route[] => [
  route({
    method: 'get',
    path: '/api/v1/session/issuer',
    tag: 'session',
    permission: 'nothing',
    name: 'leaveForIssuer',
    summary: 'Sends a browser to the issuer, to sign in there',
    query: z.strictObject({
      page: z
        .string()
        .max(1_000, 'is longer than 1,000 characters')
        .regex(/^(\?[^#\s]*)?$/, 'is no query such as ?alert=99b781cf80019766')
        .default('')
        .meta({ description: 'The query of the page to come back to.' }),
    }),
    answer: { leadsTo: 'To the issuer, or back to the page, with `sign_in_problem`, where that is away.' },
    async handle({ query: { page }, reply }) {
      try {
        const { leadsTo, cookie } = await signIn.leave(page, reply.request.raw)
        reply.header('set-cookie', cookie)
        return leadsTo
      } catch (error) {
        return backWith(error, '../../../')
      }
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/session/issuer/callback',
    tag: 'session',
    permission: 'nothing',
    name: 'comeBackFromIssuer',
    summary: 'Where the issuer sends a browser back to',
    // What else issuers add is theirs.
    query: z.looseObject({}),
    answer: { leadsTo: 'To the page, signed in; or with `sign_in_problem`, the last word of the type of a problem.' },
    async handle({ reply }) {
      const { raw } = reply.request
      try {
        const answered = new URL(raw.url ?? '', 'http://localhost').searchParams
        const { page, cookies } = await signIn.comeBack(answered, raw)
        reply.header('set-cookie', cookies)
        return PAGE + page
      } catch (error) {
        reply.header('set-cookie', signIn.wayForgotten(raw))
        reply.log.warn({ err: error }, 'somebody who came back from the issuer could not be signed in')
        return backWith(error, PAGE)
      }
    },
  }),
]

/** A browser that goes from page to page shows a person the page, not a problem. */
function backWith(error: unknown, page: string): string {
  if (!(error instanceof ProblemError)) throw error
  return `${page}?sign_in_problem=${error.word}`
}

const shown = ({ name, role, owners }: Visitor): Session['visitor'] => ({
  name,
  role,
  owners: owners === undefined ? null : [...owners].sort(),
})
