import type { RuleAtSegment } from '../../src/engine/rule-at-segment.ts'
import { instant } from '../../src/event/instant.ts'
import type { OutboxView } from '../../src/protocol/notification-view.ts'
import { PlainEngine } from './plain-engine.ts'
import { alertOf, quickDelivery, statisticsOf, statusAt } from './quick-delivery.ts'
import { wallClock } from './viewed-page.ts'

/** An engine in the middle of an afternoon: picking in one warehouse is slow, and its alert fires. */
export function busyEngine(): PlainEngine {
  const engine = new PlainEngine([quickDelivery])
  const at = wallClock()
  engine.evaluate(statusAt(at), statisticsOf(4.6))
  engine.announce(
    alertOf({
      id: 'a-picking',
      rule: 'picking_slow',
      segment: { warehouse: 'WH-2' },
      state: 'firing',
      from: 'pending',
      at,
      since: instant(at - 252_000),
      value: 418_000,
    }),
  )
  engine.explained.set('quick-delivery picking_slow', quietAt('WH-1'))
  return engine
}

/** Why the rule about picking does not fire in a warehouse. */
function quietAt(warehouse: string): RuleAtSegment {
  const at = wallClock()
  const segment = { warehouse }
  const told = { rule: 'picking_slow', segment, state: 'firing', from: 'pending', at, since: at } as const
  return {
    rule: 'picking_slow',
    measure: undefined,
    deviationOf: undefined,
    labels: segment,
    at,
    phase: 'inactive',
    alert: undefined,
    summary: undefined,
    explanation: alertOf({ ...told, id: 'a-quiet', value: 96_000 }).explanation,
    quiet: [
      { kind: 'term-false', term: 'age_p90 > duration("3m")' },
      { kind: 'too-few-samples', samples: 12, needed: 20 },
    ],
  }
}

/** One message waits, another one was given up. */
export function troubledOutbox(): OutboxView {
  const at = wallClock()
  const message = {
    contactPoint: 'warehouse/webhook',
    tells: [{ alert: 'a-picking', state: 'firing' as const }],
    body: null,
    at: instant(at - 240_000),
  }
  return {
    queued: [
      { message: { ...message, id: 'm-waits' }, attempts: 3, problem: 'HTTP 503', nextAttemptAt: instant(at + 7_000) },
    ],
    dead: [{ id: 'm-dead', at: instant(at - 60_000), attempts: 9, outcome: 'dead', reason: 'HTTP 410', message }],
    disabled: [],
    heldBack: [],
    alertmanagers: [],
  }
}
