import * as z from 'zod'
import { outboxSchema } from '../../protocol/notification.ts'
import { type OutboxView, outboxList } from '../../protocol/notification-view.ts'
import { ProblemError } from '../problem-error.ts'
import { type Route, route } from './route.ts'

export type NotificationSources = {
  readonly outbox: () => OutboxView
  /** Sends a message that was given up once more. */
  readonly redrive: (id: string) => Promise<'queued' | 'unknown' | 'superseded'>
}

/** What waits to be sent, and sending again what was given up. */
export const notificationRoutes = ({ outbox, redrive }: NotificationSources): readonly Route[] => [
  route({
    method: 'get',
    path: '/api/v1/notifications',
    tag: 'alerts',
    permission: 'read',
    name: 'listNotifications',
    summary: 'What waits to be sent, and what was given up in the last 24 hours',
    answer: {
      schema: outboxSchema,
      means: 'As it stands in memory. As a table: what waits, then what was given up.',
      csv: ({ queued, dead }) => [
        ...queued.map(one => ({ state: 'queued', ...one })),
        ...dead.map(one => ({ state: 'dead', ...one })),
      ],
    },
    handle: () => outboxList(outbox()),
  }),
  route({
    method: 'post',
    path: '/api/v1/notifications/{id}/redrive',
    tag: 'alerts',
    permission: 'steward',
    name: 'redriveNotification',
    summary: 'Sends a message that was given up once more',
    answer: {
      status: 202,
      schema: z.object({ id: z.string(), queued: z.literal(true) }),
      means: 'It waits to be sent.',
    },
    refusals: ['unknown-notification', 'superseded'],
    async handle({ params: { id } }) {
      const outcome = await redrive(id)
      if (outcome === 'unknown') {
        const detail = `no notification ${id} was given up in the last 24 hours, or it has been sent again already`
        throw new ProblemError('unknown-notification', detail, 'take the id from /api/v1/notifications')
      }
      if (outcome === 'superseded') {
        const detail = `a later notification has told its receiver what came after ${id}`
        throw new ProblemError('superseded', detail, 'look at /api/v1/alerts for how things stand now')
      }
      return { id, queued: true }
    },
  }),
]
