import type { AlertPhase, AlertTransition } from '../../src/alerts/transition.ts'
import { instant } from '../../src/event/instant.ts'

/** A transition of process `orders` with all that one has. */
export const transition = (id: string, at: number, state: AlertPhase): AlertTransition => ({
  id,
  process: 'orders',
  rule: 'slow',
  stage: 'picking',
  segment: { warehouse: 'WH-1' },
  state,
  from: 'pending',
  because: 'breach-held',
  at: instant(at),
  since: instant(at),
  firedAt: instant(at),
  value: 1.5,
  owner: 'ops',
  severity: 'warning',
  summary: { en: 'line\nbreak', zh: '慢' },
  explanation: {
    expression: 'wip > 1',
    terms: [],
    result: true,
    window: { start: instant(0), end: instant(at) },
    watermark: instant(at),
    samples: 1,
    minSamples: 0,
    owner: 'ops',
    action: { en: 'move' },
    runbook: 'r.md',
  },
})
