import type { AlertTransition } from '../alerts/transition.ts'
import { formatInstant } from '../event/instant.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import type { MemberHealth } from '../notify/alertmanager/push.ts'
import type { DeadMessage, Disabled, QueuedMessage } from '../notify/delivery.ts'
import type { MessageSubject } from '../notify/notifier.ts'
import { alertView } from './alert-view.ts'
import type { Notification, OutboxList } from './notification.ts'
import type { Owners } from './process-summary.ts'
import { isoOrNull } from './statistics-view.ts'
import { urgencyOf } from './urgency.ts'

/** Alerts that a digest lists; it counts them all. */
const MOST_IN_DIGEST = 50

/**
 * @param process the one that the message is about; undefined where its definition is gone.
 * @param page where the page is, as people reach it.
 */
export function notificationView(
  subject: MessageSubject,
  process: ProcessDefinition | undefined,
  owners: Owners,
  page: string | undefined,
): Notification {
  const { id, at, contactPoint, process: name, escalatedAfterMs } = subject
  const envelope = {
    specversion: '1.0',
    id,
    source: `urn:stagewatch:process:${name}`,
    time: formatInstant(at),
    datacontenttype: 'application/json',
    contactpoint: contactPoint,
  } as const
  const about = {
    process: name,
    process_title: process?.title ?? { en: name },
    timezone: process?.timezone ?? 'UTC',
    page: page ?? null,
    ...(escalatedAfterMs === undefined ? {} : { escalated_after_ms: escalatedAfterMs }),
  }
  if (subject.kind === 'alert') {
    const alert = alertView(subject.transition, process, owners)
    const type = `stagewatch.alert.${subject.state}.v1` as const
    return { ...envelope, type, subject: alert.id, data: { ...about, alert } }
  }
  const { transitions } = subject
  if (subject.kind === 'group') {
    const { group, count, changed } = subject
    const alerts = transitions.toSorted(overLast).map(transition => alertView(transition, process, owners))
    const data = { ...about, group: { key: group.key, labels: group.labels }, count, alerts, changed: [...changed] }
    return { ...envelope, type: 'stagewatch.alerts.group.v1', data }
  }
  const listed = transitions.toSorted(mostUrgentFirst).slice(0, MOST_IN_DIGEST)
  const alerts = listed.map(transition => alertView(transition, process, owners))
  return {
    ...envelope,
    type: 'stagewatch.alerts.digest.v1',
    data: { ...about, count: transitions.length, alerts },
  }
}

const mostUrgentFirst = (left: AlertTransition, right: AlertTransition): number =>
  urgencyOf[right.severity] - urgencyOf[left.severity] || left.since - right.since

const overLast = (left: AlertTransition, right: AlertTransition): number =>
  Number(left.state === 'resolved') - Number(right.state === 'resolved') || mostUrgentFirst(left, right)

/** What notify tells of itself. */
export type OutboxView = {
  readonly queued: readonly QueuedMessage[]
  /** Oldest first. */
  readonly dead: readonly DeadMessage[]
  readonly disabled: readonly Disabled[]
  readonly heldBack: readonly string[]
  readonly alertmanagers: readonly MemberHealth[]
}

const MOST_LISTED = 500

export function outboxList({ queued, dead, disabled, heldBack, alertmanagers }: OutboxView): OutboxList {
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
    disabled: disabled.map(({ contactPoint, at, reason }) => ({
      contact_point: contactPoint,
      disabled_at: formatInstant(at),
      reason,
    })),
    held_back: [...heldBack],
    alertmanagers: alertmanagers.map(({ member, toldAt, problem }) => ({
      member,
      told_at: isoOrNull(toldAt),
      problem: problem ?? null,
    })),
  }
}

const pastMessage = (id: string, { contactPoint, tells, at }: DeadMessage['message'], attempts: number) => ({
  id,
  contact_point: contactPoint,
  tells: [...tells],
  queued_at: formatInstant(at),
  attempts,
})
