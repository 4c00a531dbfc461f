import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  LogController,
} from 'fastify'
import { type Access, openToAnybody } from './access/access.ts'
import { enforcePermissions } from './access/enforce.ts'
import { listenError } from './address.ts'
import { isAllowedHost, isAllowedOrigin } from './allowed-host.ts'
import { letPagesOf } from './cross-origin.ts'
import { PROBLEM_TYPE, ProblemError, problemOf, wrongHost, wrongOrigin } from './problem-error.ts'
import { securityHeaders } from './security-headers.ts'

export type MetricsAddress = { readonly host: string; readonly port: number }

/** Where something is served, and to whom. */
export type ListenOptions = {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** Default: everybody who reaches it, which is for loopback only. */
  readonly access?: Access
  /** Of pages that are served elsewhere and may use it, as browsers name them: `https://ops.example.com`. */
  readonly origins?: readonly string[]
  /** Where metrics are served to whoever reaches that address; default: beside everything else, to whoever may read. */
  readonly metricsAt?: MetricsAddress | undefined
}

type ServerOptions = Pick<ListenOptions, 'access' | 'origins'> & { readonly headersWithinMs?: number }

/** Whoever has not said by then what he wants, or not sent all of it, is cut off. */
const HEADERS_WITHIN_MS = 10_000
const REQUEST_WITHIN_MS = 30_000

/**
 * A server without routes: every error leaves as a problem with a remedy, foreign hosts are refused, and no route can be added
 * that does not say what it takes to be allowed.
 */
export function newServer(
  host: string,
  logger: FastifyBaseLogger,
  { access = openToAnybody, origins = [], headersWithinMs = HEADERS_WITHIN_MS }: ServerOptions = {},
): FastifyInstance {
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    bodyLimit: 65_536,
    requestTimeout: REQUEST_WITHIN_MS,
    http: { headersTimeout: headersWithinMs, connectionsCheckingInterval: Math.min(1_000, headersWithinMs) },
    routerOptions: { maxParamLength: 1_000 },
    frameworkErrors(error, request, reply) {
      // It is found before there is a route, so no hook has seen it.
      reply.headers(securityHeaders)
      sendProblem(problemFrom(error), request.url, reply)
    },
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders)
    if (!isAllowedHost(host, request.headers.host, origins)) throw wrongHost(request.headers.host)
    // What only reads is kept from other pages by the browser; what changes something has happened before it could.
    const { host: name, origin } = request.headers
    if (request.method === 'GET' || request.method === 'HEAD') return
    const isFromElsewhere = origin === undefined && request.headers['sec-fetch-site'] === 'cross-site'
    if (isFromElsewhere || !isAllowedOrigin(origin, name, origins)) {
      throw wrongOrigin(`a page of ${origin ?? 'another site'} may not ${request.method} to ${name}`)
    }
  })
  letPagesOf(origins, app)
  enforcePermissions(app, access)
  // A form of another page can send text and no JSON.
  app.removeContentTypeParser('text/plain')
  answerErrors(app)
  return app
}

/** @returns its address. @throws GatewayError with a remedy where that cannot be listened on. */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  // A route that was declared wrongly is no matter of the address.
  await app.ready()
  try {
    await app.listen({ host, port })
  } catch (cause) {
    throw listenError(cause, host, port)
  }
  return addressOf(host, listeningPort(app, port))
}

export const addressOf = (host: string, port: number): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`

function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler(async request => {
    const remedy = 'the page is at /, the API below /api/v1/'
    throw new ProblemError('unknown-route', `there is nothing at ${request.method} ${request.url}`, remedy)
  })
  app.setErrorHandler(async (error: FastifyError | ProblemError, request, reply) => {
    const problem = error instanceof ProblemError ? error : problemFrom(error)
    if (problem.status >= 500 && problem.word !== 'not-ready') {
      request.log.error({ err: problem.cause ?? error, path: request.url }, problem.message)
    }
    return sendProblem(problem, request.url, reply)
  })
}

const sendProblem = (problem: ProblemError, path: string, reply: FastifyReply): FastifyReply =>
  reply
    .code(problem.status)
    .headers(problem.headers)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problemOf(problem, path)))

function problemFrom(error: FastifyError): ProblemError {
  const { statusCode: status = 500 } = error
  if (status === 413) return new ProblemError('too-large', error.message, 'send less at once', error)
  if (status === 415) return new ProblemError('wrong-media-type', error.message, 'send JSON as application/json', error)
  if (status < 500) return new ProblemError('bad-request', error.message, 'correct the request', error)
  const detail = 'the request failed inside the server; its log says why'
  return new ProblemError('internal', detail, 'look for this path in the log, and report it', error)
}

function listeningPort(app: FastifyInstance, asked: number): number {
  const address = app.server.address()
  return address !== null && typeof address === 'object' ? address.port : asked
}
