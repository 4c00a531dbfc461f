import { describe, expect, test } from 'vitest'
import { visitRow } from '../../test/support/store/visit-row.ts'
import { durationMs } from '../event/duration.ts'
import type { CaseId } from '../event/event.ts'
import type { VisitRow } from './output.ts'
import { keptVisit } from './visit-policy.ts'

describe('which visits have a row', () => {
  const notable = { keep: 'notable', sample: 0.1, slowMs: 3_600_000 } as const
  const ids = Array.from({ length: 20_000 }, (_, nth) => `ORD-${String(nth).padStart(10, '0')}`)
  const isSampled = (id: string) => keptVisit(notable, visitRow({ case: id as CaseId })) !== undefined
  const unsampled = ids.find(id => !isSampled(id)) as CaseId
  const sampled = ids.find(isSampled) as CaseId

  test('a sample is of about its share of the cases, and of all visits of each', () => {
    const kept = ids.filter(isSampled)
    expect(kept.length).toBeGreaterThan(1_850)
    expect(kept.length).toBeLessThan(2_150)
    for (const outcome of ['open', 'abandoned', 'expired'] as const) {
      expect(keptVisit(notable, visitRow({ case: sampled, outcome }))).toMatchObject({ outcome, weight: 10 })
    }
  })

  test.each<[string, Partial<VisitRow>, number | undefined]>([
    ['one that is nothing special', {}, undefined],
    ['one that is open', { outcome: 'open', end: undefined, durationMs: undefined }, undefined],
    ['one over its target', { breached: true }, 1],
    ['a slow one', { durationMs: durationMs(3_600_000) }, 1],
    [
      'one that is slow by the wall clock, but not in working time',
      { durationMs: durationMs(9e6), businessMs: durationMs(9) },
      undefined,
    ],
    ['a withdrawn one', { deleted: true }, 1],
    ['one that had ended otherwise before', { corrected: true }, 0],
  ])('of a case that is not in the sample, %s has a row of this weight or none', (_what, change, weight) => {
    const kept = keptVisit(notable, visitRow({ case: unsampled, ...change }))
    expect(kept === undefined ? undefined : (kept.weight ?? 1)).toBe(weight)
    expect(keptVisit({ keep: 'all' }, visitRow({ case: unsampled, ...change }))?.weight).toBeUndefined()
  })
})
