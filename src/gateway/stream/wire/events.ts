import type { FastifyInstance } from 'fastify'
import * as z from 'zod'
import { STREAM_PATH } from '../../../protocol/message.ts'
import { type Access, known } from '../../access/access.ts'
import { countStream } from '../../access/stream-admission.ts'
import { badQuery } from '../../api/query.ts'
import { parseJson } from '../../parse-json.ts'
import { ProblemError, tooManyClients } from '../../problem-error.ts'
import type { Position } from '../alert-history.ts'
import type { Edition } from '../edition.ts'
import type { Hub } from '../hub.ts'
import { responsePipe } from '../pipe.ts'
import { Subscriber } from '../subscriber.ts'
import { readTagFilter } from '../tag-filter.ts'
import { followAll, mayFollowAll } from './everything.ts'

/** How long a browser waits before it comes back, in ms. */
const RETRY_MS = 1_000

const querySchema = z.strictObject({
  processes: z
    .string()
    .max(4_000)
    .transform(text => new Set(text.split(',')))
    .optional(),
  filter: z.string().max(10_000).optional(),
})

/**
 * Server-sent events, for whatever can read a response line by line: `curl`, and `EventSource` in a browser, which comes
 * back by itself with the id of the last event. An id is `<epoch>:<offset>` of the newest alert that is known with it.
 */
export function addEventStream(app: FastifyInstance, access: Access, hub: Hub): void {
  app.get(STREAM_PATH, { config: { permission: 'read' } }, (request, reply) => {
    const query = querySchema.safeParse(request.query)
    if (!query.success) throw badQuery(query.error.issues, Object.keys(querySchema.shape))
    const filter = query.data.filter === undefined ? undefined : readTagFilter(parseJson(query.data.filter))
    if (filter !== undefined && 'problem' in filter) {
      const remedy = 'write JSON like {"key":"owner","cmp":"eq","val":"dc-ops"}'
      throw new ProblemError('bad-request', `\`filter\` is none: ${filter.problem}`, remedy)
    }
    const wanted = { processes: query.data.processes, filter }
    const visitor = known(request.visitor)
    if (!mayFollowAll(hub, visitor, wanted)) {
      const remedy = 'ask an administrator for a role that may read'
      throw new ProblemError('not-allowed', `${visitor.name} may not follow the stream`, remedy)
    }
    if (hub.full) throw tooManyClients()
    const response = reply.raw
    countStream(access, visitor, request.raw, response)
    reply.hijack()
    // What every answer has.
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) response.setHeader(name, value)
    }
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // A proxy that gathers what it passes on would keep alerts for itself.
      'x-accel-buffering': 'no',
    })
    const pipe = responsePipe(response, (code, reason) =>
      event({ type: 'closed', data: JSON.stringify({ code, reason }) }),
    )
    const ping = () => pipe.send(Buffer.from(':\n\n'), () => subscriber.heardPong())
    const subscriber = new Subscriber({ pipe, write, visitor, ping }, hub.limits)
    const leave = hub.join(subscriber)
    response.once('close', leave)
    response.on('error', () => pipe.cut())
    const answer = followAll(hub, subscriber, wanted, positionIn(request.headers['last-event-id']))
    const retry = Buffer.from(`retry: ${RETRY_MS}\n`)
    const idAt = (offset: number) => idOf(hub.history.epoch, offset)
    subscriber.sayLarge(
      answer.recovered
        ? [
            retry,
            event({ type: 'resumed', id: idAt(answer.from), data: hub.messages.resumed(answer.from) }),
            ...answer.missed.map(write),
          ]
        : [retry, event({ type: 'snapshot', id: idAt(hub.history.offset), data: answer.snapshot })],
    )
  })

  function write({ type, body, about: { offset } }: Edition): Buffer {
    return event({ type, id: offset === undefined ? undefined : idOf(hub.history.epoch, offset), data: body })
  }
}

/** JSON has no line breaks of its own. */
const event = ({ type, id, data }: { type: string; id?: string | undefined; data: string }): Buffer =>
  Buffer.from(`event: ${type}\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`)

const idOf = (epoch: string, offset: number): string => `${epoch}:${offset}`

/** Whatever it is, somebody has heard something: where it means nothing here he is told to start over. */
function positionIn(id: string | string[] | undefined): Position | undefined {
  if (id === undefined || id === '') return undefined
  const [, epoch, offset] = /^(.+):(\d{1,15})$/.exec(String(id)) ?? []
  return { epoch: epoch ?? String(id), offset: Number(offset ?? 0) }
}
