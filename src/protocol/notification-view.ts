import type { AlertTransition } from '../alerts/transition.ts'
import { formatInstant } from '../event/instant.ts'
import type { ProcessDefinition, Severity } from '../model/definitions.ts'
import type { DeadMessage, QueuedMessage } from '../notify/delivery.ts'
import type { MessageSubject } from '../notify/notifier.ts'
import { alertView } from './alert-view.ts'
import type { Notification, OutboxList } from './notification.ts'
import type { Owners } from './process-summary.ts'
import { isoOrNull } from './statistics-view.ts'

/** Alerts that a digest lists; it counts them all. */
const MOST_IN_DIGEST = 50

/** @param process the one that the message is about; undefined where its definition is gone. */
export function notificationView(
  subject: MessageSubject,
  process: ProcessDefinition | undefined,
  owners: Owners,
): Notification {
  const { id, at, contactPoint } = subject
  const envelope = { version: 1, id, timestamp: formatInstant(at), contact_point: contactPoint } as const
  if (subject.kind === 'alert') {
    const alert = alertView(subject.transition, process, owners)
    return { ...envelope, type: `alert.${subject.state}`, data: { alert } }
  }
  const { transitions } = subject
  const listed = transitions.toSorted(mostUrgentFirst).slice(0, MOST_IN_DIGEST)
  const alerts = listed.map(transition => alertView(transition, process, owners))
  return { ...envelope, type: 'alerts.digest', data: { process: subject.process, count: transitions.length, alerts } }
}

const urgency: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 }

const mostUrgentFirst = (left: AlertTransition, right: AlertTransition): number =>
  urgency[left.severity] - urgency[right.severity] || left.since - right.since

/** What notify tells of itself. */
export type OutboxView = {
  readonly queued: readonly QueuedMessage[]
  /** Oldest first. */
  readonly dead: readonly DeadMessage[]
  readonly heldBack: readonly string[]
}

const MOST_LISTED = 500

export function outboxList({ queued, dead, heldBack }: OutboxView): OutboxList {
  return {
    queued_count: queued.length,
    queued: queued.slice(0, MOST_LISTED).map(({ message, attempts, problem, nextAttemptAt }) => ({
      ...pastMessage(message.id, message, attempts),
      problem: problem ?? null,
      next_attempt_at: isoOrNull(nextAttemptAt),
    })),
    dead_count: dead.length,
    dead: dead
      .slice(-MOST_LISTED)
      .reverse()
      .map(({ id, message, attempts, at, reason }) => ({
        ...pastMessage(id, message, attempts),
        given_up_at: formatInstant(at),
        reason,
      })),
    held_back: [...heldBack],
  }
}

const pastMessage = (id: string, { contactPoint, tells, at }: DeadMessage['message'], attempts: number) => ({
  id,
  contact_point: contactPoint,
  tells: [...tells],
  queued_at: formatInstant(at),
  attempts,
})
