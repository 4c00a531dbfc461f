import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { openToAnybody } from './access/access.ts'
import { requireSignIn } from './access/exposure.ts'
import { addRoutes } from './api/route.ts'
import { type RouteSources, routesOf } from './api/routes.ts'
import { type Asset, readAssets, sentOf } from './assets.ts'
import { isKnown } from './etag.ts'
import { startMetrics } from './metrics-server.ts'
import { type ListenOptions, listen, newServer } from './server.ts'
import { Hub } from './stream/hub.ts'
import type { PushLatency } from './stream/push-latency.ts'
import { defaultStreamLimits, type StreamLimits } from './stream/stream-limits.ts'
import { acceptStreams } from './stream/upgrade.ts'
import { addEventStream } from './stream/wire/events.ts'

/*
 * What people and programs see of Stagewatch: one server for the page, the API, the stream and the probes.
 *
 *     EngineView ──> stream/ ──> streams     transitions and evaluations, pushed
 *     EngineView ──> api/ ──> answers        what there is now, from memory
 *     HistoryReader ─┘                       what was, from the store
 *
 * It decides nothing about processes: it writes down what it is told, in the words of `protocol/`. Every error leaves
 * as a problem with a remedy. No request can make the engine wait; what a client does not read is bounded.
 */

export type GatewayOptions = RouteSources &
  ListenOptions & {
    /** Directory of the built page. */
    readonly assets: string
    readonly logger: FastifyBaseLogger
    readonly limits?: Partial<StreamLimits>
    /** What is measured of the stream is kept there, for whoever wants to tell it. */
    readonly latency?: PushLatency
  }

export type Gateway = {
  readonly url: string
  /** Refuses new requests, ends the streams and returns within 2 s. */
  close(): Promise<void>
}

const STREAMS_CLOSE_WITHIN_MS = 1_000

/** @throws GatewayError with a remedy where the page is not built, or the address cannot be listened on, or may not without sign-in. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { host, port, logger, access = openToAnybody, origins = [], metricsAt } = options
  requireSignIn(host, access)
  const assets = await readAssets(options.assets)
  const app = newServer(host, logger, { access, origins })
  addRoutes(app, routesOf({ ...options, access, servesMetrics: metricsAt === undefined }))
  addAssets(app, assets)
  const hub = new Hub(options, { ...defaultStreamLimits, ...options.limits }, options.latency)
  addEventStream(app, access, hub)
  acceptStreams(app.server, { host, access, origins }, hub)
  let url: string
  let metrics: { close(): Promise<void> } | undefined
  try {
    metrics = metricsAt && (await startMetrics(metricsAt, options.metrics, logger))
    url = await listen(app, host, port)
  } catch (error) {
    await hub.close(0)
    await metrics?.close()
    throw error
  }
  return {
    url,
    async close() {
      await hub.close(STREAMS_CLOSE_WITHIN_MS)
      await metrics?.close()
      await app.close()
    },
  }
}

function addAssets(app: FastifyInstance, assets: ReadonlyMap<string, Asset>): void {
  for (const [path, asset] of assets) {
    // The page itself tells nothing; it asks who is there.
    app.get(path, { config: { permission: 'nothing' } }, async (request, reply) => {
      const { body, etag, encoding } = sentOf(asset, request.headers['accept-encoding'])
      reply.headers({ 'cache-control': asset.cacheControl, etag })
      reply.header('vary', [reply.getHeader('vary') ?? [], 'Accept-Encoding'].flat())
      if (isKnown(etag, request.headers['if-none-match'])) return reply.code(304).send()
      if (encoding !== undefined) reply.header('content-encoding', encoding)
      return reply.type(asset.contentType).send(body)
    })
  }
}
