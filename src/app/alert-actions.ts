import { randomUUID } from 'node:crypto'
import type { AlertAction } from '../alerts/alert-action.ts'
import { refusalOf } from '../alerts/overlay.ts'
import type { LiveView } from '../engine/live-view.ts'
import { type Instant, instant } from '../event/instant.ts'
import { canonicalJson } from '../event/json.ts'
import type { ActionOutcome, ActionRequest } from '../gateway/api/alert-actions.ts'
import type { AuditRecord } from '../journal/audit.ts'
import type { Journal } from '../journal/journal.ts'
import type { Feed } from './feed.ts'

/** So many may wait to be made durable. */
const MOST_UNDER_WAY = 100

export type AlertActionsParts = {
  readonly journal: Pick<Journal, 'audit' | 'recover'>
  readonly view: Pick<LiveView, 'processes' | 'alerts' | 'actionsOf' | 'overlayOf' | 'addActions'>
  readonly feed: Feed
  /**
   * Ends an alert: resolves when its transition is durable with the action and its audit entry, and has been told.
   *
   * @returns `not-open`: it ended meanwhile; `not-yet`: its process is starting.
   */
  readonly resolve: (action: AlertAction) => Promise<'resolved' | 'not-open' | 'not-yet'>
  readonly now: () => number
}

/*
 * What people do to alerts: request → journal, audit → view, ClickHouse.
 *
 * An action is in the journal together with its audit entry before anybody hears of it, and after the transitions of its
 * alert, which are shown only when they are durable. One id is one action: a repeat gets the answer of the first, also
 * while that is on its way, and after a restart for as long as the journal has the alert.
 */
export class AlertActions {
  readonly #parts: AlertActionsParts
  /** By id, those that are on their way into the journal. */
  readonly #underWay = new Map<string, { readonly request: ActionRequest; readonly outcome: Promise<ActionOutcome> }>()

  /** Shows what was done before. The view has the alerts already. */
  constructor(parts: AlertActionsParts) {
    this.#parts = parts
    parts.view.addActions(parts.journal.recover().actions, false)
  }

  /** @throws JournalError where it cannot be made durable: it does not count then, and may be asked for again. */
  async act(request: ActionRequest): Promise<ActionOutcome> {
    const { view, now } = this.#parts
    const { alert } = request
    const transition = view.processes.flatMap(({ name }) => view.alerts(name)).find(({ id }) => id === alert)
    if (transition === undefined) return { outcome: 'unknown-alert' }
    const id = request.id ?? randomUUID()
    const underWay = this.#underWay.get(id)
    if (underWay !== undefined) {
      if (!isSame(underWay.request, request)) return { outcome: 'id-taken' }
      const outcome = await underWay.outcome
      return outcome.outcome === 'done' ? { ...outcome, outcome: 'repeated' } : outcome
    }
    const former = this.#done(id)
    if (former !== undefined) {
      return isSame(former, request) ? { outcome: 'repeated', action: former } : { outcome: 'id-taken' }
    }
    const at = instant(now())
    const stands = { state: transition.state, overlay: view.overlayOf(alert), taken: view.actionsOf(alert).length }
    const refusal = refusalOf(request, stands, at)
    if (refusal !== undefined) return { outcome: refusal }
    if (this.#underWay.size >= MOST_UNDER_WAY) return { outcome: 'busy' }
    const outcome = this.#keep({ ...request, id, process: transition.process, at })
    this.#underWay.set(id, { request, outcome })
    try {
      return await outcome
    } finally {
      this.#underWay.delete(id)
    }
  }

  async #keep(action: AlertAction): Promise<ActionOutcome> {
    const { journal, view, feed, resolve } = this.#parts
    if (action.kind === 'resolve') {
      const outcome = await resolve(action)
      if (outcome === 'not-open') return { outcome: 'is-over' }
      if (outcome === 'not-yet') return { outcome: 'busy' }
    } else {
      const entry = await journal.audit(auditOf(action), { kind: 'action', action })
      feed({ actions: [action], audit: [entry] })
    }
    view.addActions([action], true)
    return { outcome: 'done', action }
  }

  /** Ids are few: alerts that are listed times what people did to them. */
  #done(id: string): AlertAction | undefined {
    const { view } = this.#parts
    for (const { name } of view.processes) {
      for (const alert of view.alerts(name)) {
        const action = view.actionsOf(alert.id).find(done => done.id === id)
        if (action !== undefined) return action
      }
    }
    return undefined
  }
}

/** @param loopOf gives what evaluates a process; undefined: nothing yet. */
export const resolveIn =
  (
    loopOf: (process: string) => { resolve(action: AlertAction): Promise<boolean> } | undefined,
  ): AlertActionsParts['resolve'] =>
  async action => {
    const loop = loopOf(action.process)
    if (loop === undefined) return 'not-yet'
    return (await loop.resolve(action)) ? 'resolved' : 'not-open'
  }

/** What the audit has of an action. */
export const auditOf = ({ id, process, alert, kind, by, at, fields }: AlertAction): AuditRecord => ({
  at,
  actor: by,
  action: `alert-${kind}`,
  subject: `${process}/alert/${alert}`,
  detail: { id, ...fields },
})

/** Whether the same person asks for the same thing. */
const isSame = (one: ActionRequest | (AlertAction & { readonly at: Instant }), other: ActionRequest): boolean =>
  one.alert === other.alert &&
  one.kind === other.kind &&
  one.by === other.by &&
  canonicalJson(one.fields) === canonicalJson(other.fields)
