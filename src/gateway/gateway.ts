import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { anybody } from './access/visitor.ts'
import { addRoutes } from './api/route.ts'
import { type RouteSources, routesOf } from './api/routes.ts'
import { type Asset, readAssets } from './assets.ts'
import { isKnown } from './etag.ts'
import { listen, newServer } from './server.ts'
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

export type GatewayOptions = RouteSources & {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
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

/** @throws GatewayError with a remedy where the page is not built, or the address cannot be listened on. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { host, port, logger } = options
  const assets = await readAssets(options.assets)
  const app = newServer(host, logger)
  addRoutes(app, routesOf(options))
  addAssets(app, assets)
  const hub = new Hub(options, { ...defaultStreamLimits, ...options.limits }, options.latency)
  addEventStream(app, hub, () => anybody)
  acceptStreams(app.server, host, hub, () => anybody)
  let url: string
  try {
    url = await listen(app, host, port)
  } catch (error) {
    await hub.close(0)
    throw error
  }
  return {
    url,
    async close() {
      await hub.close(STREAMS_CLOSE_WITHIN_MS)
      await app.close()
    },
  }
}

function addAssets(app: FastifyInstance, assets: ReadonlyMap<string, Asset>): void {
  for (const [path, asset] of assets) {
    app.get(path, async (request, reply) => {
      reply.header('cache-control', asset.cacheControl).header('etag', asset.etag)
      if (isKnown(asset.etag, request.headers['if-none-match'])) return reply.code(304).send()
      return reply.type(asset.contentType).send(asset.body)
    })
  }
}
