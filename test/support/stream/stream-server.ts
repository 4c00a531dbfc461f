import type { Socket } from 'node:net'
import pino from 'pino'
import { instant } from '../../../src/event/instant.ts'
import { type Access, openToAnybody } from '../../../src/gateway/access/access.ts'
import { anybody, type Visitor } from '../../../src/gateway/access/visitor.ts'
import { listen, newServer } from '../../../src/gateway/server.ts'
import { Hub } from '../../../src/gateway/stream/hub.ts'
import { PushLatency } from '../../../src/gateway/stream/push-latency.ts'
import { defaultStreamLimits, type StreamLimits } from '../../../src/gateway/stream/stream-limits.ts'
import { acceptStreams } from '../../../src/gateway/stream/upgrade.ts'
import { addEventStream } from '../../../src/gateway/stream/wire/events.ts'
import type { PlainEngine } from '../../browser/plain-engine.ts'
import { owners } from '../../browser/quick-delivery.ts'

export type StreamServer = {
  readonly url: string
  readonly port: number
  readonly latency: PushLatency
  readonly hub: Hub
  /** Connections that are open now. */
  readonly connections: ReadonlySet<Socket>
  /** Drops every connection; what is on its way is lost. */
  cut(): void
  close(): Promise<void>
}

type StreamServerOptions = {
  readonly port?: number
  readonly visitor?: Visitor
  readonly headersWithinMs?: number
}

/** The streams of a gateway, without the rest of it. */
export async function openStreamServer(
  engine: PlainEngine,
  limits: Partial<StreamLimits> = {},
  { port = 0, visitor = anybody, headersWithinMs }: StreamServerOptions = {},
): Promise<StreamServer> {
  const access: Access = { ...openToAnybody, visitorOf: async () => visitor }
  const app = newServer('127.0.0.1', pino({ level: 'silent' }), {
    access,
    origins: [],
    ...(headersWithinMs !== undefined && { headersWithinMs }),
  })
  const health = () => ({ version: '1.2.3', startedAt: instant(0), store: undefined })
  const latency = new PushLatency()
  const hub = new Hub(
    { view: engine, owners, brokers: undefined, health },
    { ...defaultStreamLimits, ...limits },
    latency,
  )
  addEventStream(app, access, hub)
  acceptStreams(app.server, { host: '127.0.0.1', access, origins: [] }, hub)
  const connections = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
  })
  const url = await listen(app, '127.0.0.1', port)
  return {
    url,
    port: Number(new URL(url).port),
    latency,
    hub,
    connections,
    cut() {
      for (const socket of connections) socket.destroy()
    },
    async close() {
      await hub.close(500)
      await app.close()
    },
  }
}
