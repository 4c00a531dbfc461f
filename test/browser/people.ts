import type { AlertAction } from '../../src/alerts/alert-action.ts'
import { instant } from '../../src/event/instant.ts'
import type { ActionOutcome, ActionRequest } from '../../src/gateway/api/alert-actions.ts'
import type { PlainEngine } from './plain-engine.ts'
import { alertOf, quickDelivery, statisticsOf, statusAt } from './quick-delivery.ts'

/** An alert that fires on picking in one warehouse, as it is for a page that looks at it now. */
export function firePicking(engine: PlainEngine, id: string, warehouse: string, value = 418_000): void {
  const at = instant(Date.now())
  engine.announce(
    alertOf({
      id,
      rule: 'picking_slow',
      segment: { warehouse },
      state: 'firing',
      from: 'pending',
      at,
      since: instant(at - 252_000),
      value,
    }),
  )
}

export function evaluate(engine: PlainEngine, slow = 1, turn = 0): void {
  engine.evaluate(statusAt(instant(Date.now())), statisticsOf(slow, turn))
}

/** Those who act on alerts: what they ask for is done to the engine, under one id once. */
export class People {
  readonly done: AlertAction[] = []
  readonly #engine: PlainEngine

  constructor(engine: PlainEngine) {
    this.#engine = engine
  }

  readonly act = async ({ id = '', alert, by, ...deed }: ActionRequest): Promise<ActionOutcome> => {
    const former = this.done.find(action => action.id === id)
    if (former !== undefined) return { outcome: 'repeated', action: former }
    if (deed.kind === 'snooze' && deed.fields.until !== null && deed.fields.until < Date.now()) {
      return { outcome: 'snooze-out-of-range' }
    }
    const action: AlertAction = { ...deed, id, alert, by, process: quickDelivery.name, at: instant(Date.now()) }
    this.done.push(action)
    this.#engine.act(action)
    return { outcome: 'done', action }
  }
}
