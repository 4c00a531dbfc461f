import type { FastifyBaseLogger } from 'fastify'
import { listen, type MetricsAddress, newServer } from './server.ts'

/**
 * Metrics at an address of their own, for a scraper that cannot sign in: whoever reaches it reads them, and nothing else.
 *
 * @throws GatewayError with a remedy where the address cannot be listened on.
 */
export async function startMetrics(
  { host, port }: MetricsAddress,
  metrics: () => Promise<string>,
  logger: FastifyBaseLogger,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const app = newServer(host, logger)
  app.get('/metrics', { config: { permission: 'nothing' } }, async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics()),
  )
  return {
    url: await listen(app, host, port),
    async close() {
      await app.close()
    },
  }
}
