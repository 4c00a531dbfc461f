import Fastify, { type FastifyBaseLogger, type FastifyError, type FastifyInstance, LogController } from 'fastify'
import { listenError } from './address.ts'
import { isAllowedHost } from './allowed-host.ts'
import { type Asset, readAssets } from './assets.ts'
import { Hub } from './hub.ts'
import { PROBLEM_TYPE, ProblemError, problemOf } from './problem-error.ts'
import { addRoutes, type RouteSources } from './routes.ts'
import { securityHeaders } from './security-headers.ts'
import { defaultStreamLimits, type StreamLimits } from './stream-limits.ts'
import { acceptStreams, wrongHost } from './upgrade.ts'

/*
 * What people and programs see of Stagewatch: one server for the page, the API, the stream and the probes.
 *
 *     EngineView ──> hub ──> streams         transitions and evaluations, pushed
 *     EngineView ──> routes ──> answers      what there is now, from memory
 *     HistoryReader ─┘                       what was, from the store
 *
 * It decides nothing about processes: it writes down what it is told, in the words of `protocol/`. Every error leaves
 * as a problem with a remedy. No request can make the engine wait; what a client does not read is bounded.
 */

export type GatewayOptions = RouteSources & {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** Directory of the built page. */
  readonly assets: string
  readonly logger: FastifyBaseLogger
  readonly limits?: Partial<StreamLimits>
}

export type Gateway = {
  readonly url: string
  /** Refuses new requests, ends the streams and returns within 2 s. */
  close(): Promise<void>
}

const STREAMS_CLOSE_WITHIN_MS = 1_000

/** @throws GatewayError with a remedy where the page is not built, or the address cannot be listened on. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { host, port, logger } = options
  const assets = await readAssets(options.assets)
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    bodyLimit: 65_536,
    routerOptions: { maxParamLength: 1_000 },
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders)
    if (!isAllowedHost(host, request.headers.host)) throw wrongHost(request.headers.host)
  })
  answerErrors(app)
  addRoutes(app, options)
  addAssets(app, assets)
  const hub = new Hub(options, { ...defaultStreamLimits, ...options.limits })
  acceptStreams(app.server, host, hub)
  try {
    await app.listen({ host, port })
  } catch (cause) {
    await hub.close(0)
    throw listenError(cause, host, port)
  }
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${listeningPort(app, port)}`,
    async close() {
      await hub.close(STREAMS_CLOSE_WITHIN_MS)
      await app.close()
    },
  }
}

function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler(async request => {
    const remedy = 'the page is at /, the API below /api/v1/'
    throw new ProblemError(
      'unknown-route',
      404,
      'Not found',
      `there is nothing at ${request.method} ${request.url}`,
      remedy,
    )
  })
  app.setErrorHandler(async (error: FastifyError | ProblemError, request, reply) => {
    const problem = error instanceof ProblemError ? error : problemFrom(error)
    if (problem.status >= 500 && problem.word !== 'not-ready') {
      request.log.error({ err: problem.cause ?? error, path: request.url }, problem.message)
    }
    return reply
      .code(problem.status)
      .type(PROBLEM_TYPE)
      .send(JSON.stringify(problemOf(problem, request.url)))
  })
}

function problemFrom(error: FastifyError): ProblemError {
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return new ProblemError('bad-request', error.statusCode, 'Bad request', error.message, 'correct the request', error)
  }
  const detail = 'the request failed inside the server; its log says why'
  return new ProblemError(
    'internal',
    500,
    'Internal error',
    detail,
    'look for this path in the log, and report it',
    error,
  )
}

function addAssets(app: FastifyInstance, assets: ReadonlyMap<string, Asset>): void {
  for (const [path, asset] of assets) {
    app.get(path, async (request, reply) => {
      reply.header('cache-control', asset.cacheControl).header('etag', asset.etag)
      if (request.headers['if-none-match'] === asset.etag) return reply.code(304).send()
      return reply.type(asset.contentType).send(asset.body)
    })
  }
}

function listeningPort(app: FastifyInstance, asked: number): number {
  const address = app.server.address()
  return address !== null && typeof address === 'object' ? address.port : asked
}
