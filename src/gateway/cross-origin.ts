import type { FastifyInstance } from 'fastify'

/** How long a browser need not ask again. */
const ALLOWED_FOR_S = '600'

/** Lets pages of these origins, which are served elsewhere, read what is answered (the Fetch standard's CORS). */
export function letPagesOf(origins: readonly string[], app: FastifyInstance): void {
  if (origins.length === 0) return
  app.addHook('onRequest', async ({ method, headers }, reply) => {
    reply.header('vary', 'Origin')
    const { origin } = headers
    if (origin === undefined || !origins.includes(origin)) return
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'ETag, Link, Retry-After, Content-Disposition',
    })
    if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return
    reply.headers({
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID',
      'access-control-max-age': ALLOWED_FOR_S,
    })
    return reply.code(204).send()
  })
}
