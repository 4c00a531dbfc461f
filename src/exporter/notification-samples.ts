import type { Delivery } from '../notify/delivery.ts'
import type { Families } from './family.ts'

/** How notifications get through, by channel. */
export function notificationSamples(families: Families): (delivery: Delivery | undefined, now: number) => void {
  const total = families.counter(
    'stagewatch_notifications_total',
    'Attempts by what came of them: delivered, retried (tried again later), dead (given up).',
    ['channel', 'outcome'],
  )
  const queued = families.gauge('stagewatch_notifications_queued', 'Notifications that are not delivered yet.', [
    'channel',
  ])
  const oldest = families.gauge(
    'stagewatch_notifications_oldest_age_seconds',
    'Age of the oldest notification that is not delivered yet; 0: there is none.',
    ['channel'],
  )
  return (delivery, now) => {
    if (delivery === undefined) return
    const waiting = delivery.queued()
    for (const [channel, counts] of delivery.counts()) {
      for (const [outcome, count] of Object.entries(counts)) total({ channel, outcome }, count)
      const own = waiting.filter(({ message }) => delivery.channelOf(message.contactPoint) === channel)
      queued({ channel }, own.length)
      const first = own.reduce((at, { message }) => Math.min(at, message.at), now)
      oldest({ channel }, Math.max(0, now - first) / 1_000)
    }
  }
}
