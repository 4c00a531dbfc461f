import type { Instant } from '../event/instant.ts'
import type { OutboxMessage } from './outbox.ts'

/** Which alerts a message tells together. */
export type GroupName = {
  /** As Alertmanager writes it: the route, and the labels that they have in common by it. */
  readonly key: string
  readonly labels: Readonly<Record<string, string>>
}

/** A group as a contact point knows it, until all of its alerts are over for it. */
export type ToldGroup = GroupName & {
  readonly contactPoint: string
  /** When the last message of the group was queued. */
  readonly toldAt: Instant
  /** Ids of the alerts that were told in it and are not over for the contact point. Never empty. */
  readonly alerts: readonly string[]
}

type Known = Omit<ToldGroup, 'alerts'> & { readonly alerts: Set<string> }

/** What contact points were told together, by the messages that were queued for them. */
export class ToldGroups {
  /** By contact point, then key. */
  readonly #groups = new Map<string, Map<string, Known>>()
  /** By alert, then contact point. */
  readonly #byAlert = new Map<string, Map<string, Known>>()

  constructor(groups: Iterable<ToldGroup> = []) {
    for (const { alerts, ...group } of groups) this.#keep({ ...group, alerts: new Set() }, alerts)
  }

  /** Takes note of a message that was queued. One that tells no group tells of its alerts all the same. */
  tell({ contactPoint, group, tells, at }: Pick<OutboxMessage, 'contactPoint' | 'group' | 'tells' | 'at'>): void {
    if (group !== undefined) {
      const alerts = this.#groups.get(contactPoint)?.get(group.key)?.alerts ?? new Set<string>()
      const open = tells.flatMap(({ alert, state }) => (state === 'resolved' ? [] : [alert]))
      this.#keep({ ...group, contactPoint, toldAt: at, alerts }, open)
    }
    for (const { alert, state } of tells) if (state === 'resolved') this.#leave(contactPoint, alert)
  }

  /** The key of the group in which a contact point was told of an alert that is not over for it; undefined: in none. */
  keyOf(contactPoint: string, alert: string): string | undefined {
    return this.#byAlert.get(alert)?.get(contactPoint)?.key
  }

  get(contactPoint: string, key: string): Omit<ToldGroup, 'alerts'> | undefined {
    return this.#groups.get(contactPoint)?.get(key)
  }

  all(): ToldGroup[] {
    return [...this.#groups.values()].flatMap(own =>
      [...own.values()].map(({ alerts, ...group }) => ({ ...group, alerts: [...alerts] })),
    )
  }

  #keep(group: Known, alerts: Iterable<string>): void {
    const { contactPoint, key } = group
    for (const alert of alerts) {
      if ((this.keyOf(contactPoint, alert) ?? key) !== key) this.#leave(contactPoint, alert)
      group.alerts.add(alert)
    }
    if (group.alerts.size === 0) return
    entryOf(this.#groups, contactPoint).set(key, group)
    for (const alert of group.alerts) entryOf(this.#byAlert, alert).set(contactPoint, group)
  }

  #leave(contactPoint: string, alert: string): void {
    const known = this.#byAlert.get(alert)
    const group = known?.get(contactPoint)
    if (known === undefined || group === undefined) return
    known.delete(contactPoint)
    if (known.size === 0) this.#byAlert.delete(alert)
    group.alerts.delete(alert)
    if (group.alerts.size > 0) return
    const own = this.#groups.get(contactPoint)
    own?.delete(group.key)
    if (own?.size === 0) this.#groups.delete(contactPoint)
  }
}

function entryOf<Value>(map: Map<string, Map<string, Value>>, key: string): Map<string, Value> {
  const known = map.get(key) ?? new Map<string, Value>()
  map.set(key, known)
  return known
}
