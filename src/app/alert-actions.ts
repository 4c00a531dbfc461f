import { randomUUID } from 'node:crypto'
import type { AlertAction } from '../alerts/alert-action.ts'
import { refusalOf } from '../alerts/overlay.ts'
import type { LiveView } from '../engine/live-view.ts'
import { type Instant, instant } from '../event/instant.ts'
import { canonicalJson } from '../event/json.ts'
import type { ActionOutcome, ActionRequest } from '../gateway/action-routes.ts'
import type { Journal } from '../journal/journal.ts'
import type { Feed } from './feed.ts'

/** So many may wait to be made durable. */
const MOST_UNDER_WAY = 100

export type AlertActionsParts = {
  readonly journal: Pick<Journal, 'audit' | 'recover'>
  readonly view: Pick<LiveView, 'processes' | 'alerts' | 'actionsOf' | 'overlayOf' | 'addActions'>
  readonly feed: Feed
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
  readonly #underWay = new Map<string, { readonly request: ActionRequest; readonly action: Promise<AlertAction> }>()

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
      return { outcome: 'repeated', action: await underWay.action }
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
    const kept = this.#keep({ ...request, id, process: transition.process, at })
    this.#underWay.set(id, { request, action: kept })
    try {
      return { outcome: 'done', action: await kept }
    } finally {
      this.#underWay.delete(id)
    }
  }

  async #keep(action: AlertAction): Promise<AlertAction> {
    const { journal, view, feed } = this.#parts
    const { id, process, alert, kind, by, at, fields } = action
    const record = {
      at,
      actor: by,
      action: `alert-${kind}`,
      subject: `${process}/alert/${alert}`,
      detail: { id, ...fields },
    }
    const entry = await journal.audit(record, { kind: 'action', action })
    view.addActions([action], true)
    feed({ actions: [action], audit: [entry] })
    return action
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

/** Whether the same person asks for the same thing. */
const isSame = (one: ActionRequest | (AlertAction & { readonly at: Instant }), other: ActionRequest): boolean =>
  one.alert === other.alert &&
  one.kind === other.kind &&
  one.by === other.by &&
  canonicalJson(one.fields) === canonicalJson(other.fields)
