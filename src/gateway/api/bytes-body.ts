import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ProblemError } from '../problem-error.ts'

/** A body that is taken as it comes, and kept in memory until it is answered: so how much there may be of it is bounded. */
export type BytesBody = {
  readonly types: readonly string[]
  readonly mostBytes: number
  /** Requests that are under way, bodies that are still coming included. */
  readonly atOnce: number
  /** A body that has not come by then does not come any more. */
  readonly withinMs: number
  /** What to do about another media type. */
  readonly remedy: string
}

export type SentBytes = { /** Media type, without parameters. */ readonly type: string; readonly body: Buffer }

export const sentBytes = ({ headers, body }: FastifyRequest): SentBytes => ({
  type: (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '',
  body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
})

/** What is under way is most probably done by then. */
const AGAIN_AFTER_S = 1

/** Reads the bodies of a server's part as bytes, so many at once. */
export function takeBytes(app: FastifyInstance, { types, mostBytes, atOnce, withinMs, remedy }: BytesBody): void {
  let underWay = 0
  /** What gives the place of a request back, once. */
  const places = new WeakMap<FastifyRequest, () => void>()
  app.removeAllContentTypeParsers()
  app.addContentTypeParser([...types], { parseAs: 'buffer', bodyLimit: mostBytes }, (_request, body, done) =>
    done(null, body),
  )
  app.addContentTypeParser('*', async () => {
    throw new ProblemError('wrong-media-type', `a body is taken as ${types.join(', ')}`, remedy)
  })
  app.addHook('onRequest', async (request, reply) => {
    if (underWay >= atOnce) {
      reply.header('retry-after', String(AGAIN_AFTER_S))
      const detail = `${atOnce} requests are under way already`
      throw new ProblemError('too-many-at-once', detail, 'wait for an answer before the next request; then try again')
    }
    const encoding = request.headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity') {
      throw new ProblemError('wrong-media-type', `a body in ${encoding} is not unpacked`, 'send it as it is')
    }
    underWay++
    let isHeld = true
    const free = () => {
      if (isHeld) underWay--
      isHeld = false
    }
    places.set(request, free)
    // Half a body that never ends would keep its place for ever.
    const late = setTimeout(() => request.raw.destroy(), withinMs)
    request.raw.once('end', () => clearTimeout(late))
    reply.raw.once('close', () => {
      clearTimeout(late)
      // A body that has come is in memory until it is answered, whether or not somebody still waits for that.
      if (!request.raw.complete) free()
    })
  })
  app.addHook('onSend', async request => places.get(request)?.())
}
