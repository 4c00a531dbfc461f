import type { AlertTransition } from '../../../src/alerts/transition.ts'
import { instant } from '../../../src/event/instant.ts'

type Change = Partial<Omit<AlertTransition, 'stage' | 'measure'>> & { readonly measure?: string }

/** A transition of an alert about the stage `picking`, or about the measure that is named. */
export function transitionRow(process: string, { measure, ...change }: Change = {}): AlertTransition {
  return {
    ...{ id: 'a1', process, rule: 'picking_slow', segment: { warehouse: 'WH-1' } },
    ...(measure === undefined ? { stage: 'picking' } : { measure }),
    ...{ state: 'firing', from: 'pending', because: 'breach-held', at: instant(1_000), since: instant(0) },
    ...{ firedAt: instant(1_000), value: 12_345.678, owner: 'warehouse-ops', severity: 'critical' },
    summary: { en: 'slow', zh: '慢' },
    explanation: {
      expression: 'age_p90 > duration("3m")',
      terms: [{ text: 'age_p90 > duration("3m")', values: { age_p90: 200_000.5 }, result: true }],
      result: true,
      window: { start: instant(0), end: instant(1_000) },
      watermark: instant(999),
      samples: 20,
      minSamples: 0,
      owner: 'warehouse-ops',
      action: undefined,
      runbook: 'docs/runbooks/picking.md',
    },
    ...change,
  }
}
