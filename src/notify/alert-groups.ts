import type { AlertTransition } from '../alerts/transition.ts'
import type { DurationMs } from '../event/duration.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { ToldGroup } from '../journal/told-groups.ts'
import type { Grouping } from './destinations.ts'

/** Alerts that one message lists. What has changed beyond that goes into further ones; what has not is counted only. */
const MOST_LISTED = 50

/** A group of alerts as it stands for one contact point. */
export type AlertGroup = {
  readonly contactPoint: string
  /** undefined: no route leads there any more; what is over is told at once. */
  readonly grouping: Grouping | undefined
  /** It is told by a step of the escalation, so long after somebody was told first; undefined: for another reason. */
  readonly escalatedAfterMs: DurationMs | undefined
  /** undefined: it has heard nothing of the group yet. */
  readonly known: Omit<ToldGroup, 'alerts'> | undefined
  /** Open, and not in the state that it has heard of. */
  readonly news: AlertTransition[]
  /** Over, and it has heard that they fire. */
  readonly ended: AlertTransition[]
  /** Open, and as it has heard. */
  readonly standing: AlertTransition[]
}

/**
 * When there is something to tell of a group, with Alertmanager's meaning: what is new waits for `group_wait`, counted from
 * the first alert that is still open; from the first message on the group is looked at every `group_interval`, and told where
 * something in it has changed, or where the last message is `repeat_interval` ago and an alert fires.
 *
 * It follows from what is open and what was told alone, so that a restart changes nothing.
 *
 * @returns undefined: not as long as it stands like this. Source: prometheus/alertmanager, `dispatch` and `notify.DedupStage`.
 */
export function dueAt({ grouping, known, news, ended, standing }: AlertGroup): Instant | undefined {
  const changedAt = [...news, ...ended].reduce((first, { at }) => Math.min(first, at), Infinity)
  if (grouping === undefined) return changedAt === Infinity ? undefined : instant(changedAt)
  if (known === undefined) {
    const firedAt = news.reduce((first, alert) => Math.min(first, alert.firedAt ?? alert.at), Infinity)
    return firedAt === Infinity ? undefined : instant(firedAt + grouping.waitMs)
  }
  const { intervalMs, repeatMs } = grouping
  const look = (nth: number) => known.toldAt + Math.max(1, nth) * intervalMs
  // What changes at the very instant of a look comes behind it.
  const change = changedAt === Infinity ? Infinity : look(Math.floor((changedAt - known.toldAt) / intervalMs) + 1)
  const repeat = news.length + standing.length > 0 ? look(Math.ceil(repeatMs / intervalMs)) : Infinity
  const due = Math.min(change, repeat)
  return due === Infinity ? undefined : instant(due)
}

/** What one message lists. */
export type ListedAlerts = {
  readonly changed: readonly AlertTransition[]
  readonly standing: readonly AlertTransition[]
}

/** The messages that a group is told by: mostly one. */
export function listed({ news, ended, standing }: AlertGroup): ListedAlerts[] {
  const changed = [...news, ...ended]
  const lists: ListedAlerts[] = []
  for (let from = 0; from === 0 || from < changed.length; from += MOST_LISTED) {
    const own = changed.slice(from, from + MOST_LISTED)
    lists.push({ changed: own, standing: from === 0 ? standing.slice(0, MOST_LISTED - own.length) : [] })
  }
  return lists
}
