import type { FastifyInstance } from 'fastify'
import type { OutboxList } from '../protocol/notification.ts'
import { type OutboxView, outboxList } from '../protocol/notification-view.ts'
import { isAllowedOrigin } from './allowed-host.ts'
import { ProblemError } from './problem-error.ts'
import { noQuery } from './query.ts'

export type NotificationSources = {
  readonly outbox: () => OutboxView
  /** Sends a message that was given up once more. */
  readonly redrive: (id: string) => Promise<'queued' | 'unknown' | 'superseded'>
}

/** What waits to be sent, and sending again what was given up. */
export function addNotificationRoutes(app: FastifyInstance, { outbox, redrive }: NotificationSources): void {
  app.get('/api/v1/notifications', async (request): Promise<OutboxList> => {
    noQuery(request.query)
    return outboxList(outbox())
  })

  app.post<{ Params: { id: string } }>('/api/v1/notifications/:id/redrive', async (request, reply) => {
    noQuery(request.query)
    const { origin, host } = request.headers
    // A page of another site may make a browser send this, though it does not get to read the answer.
    if (!isAllowedOrigin(origin, host)) {
      const remedy = 'send it from the page that this server serves, or by a program'
      throw new ProblemError('wrong-origin', `a page of ${origin} may not change anything`, remedy)
    }
    const { id } = request.params
    const outcome = await redrive(id)
    if (outcome === 'unknown') {
      const detail = `no notification ${id} was given up in the last 24 hours, or it has been sent again already`
      throw new ProblemError('unknown-notification', detail, 'take the id from /api/v1/notifications')
    }
    if (outcome === 'superseded') {
      const detail = `a later notification has told its receiver what came after ${id}`
      throw new ProblemError('superseded', detail, 'look at /api/v1/alerts for how things stand now')
    }
    return reply.code(202).send({ id, queued: true })
  })
}
