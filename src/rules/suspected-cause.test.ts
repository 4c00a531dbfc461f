import { expect, test } from 'vitest'
import { instant } from '../event/instant.ts'
import { attribute } from './attribution.ts'
import type { Compared } from './compared.ts'
import type { NeighbourState } from './explanation.ts'
import { suspectedCause } from './suspected-cause.ts'

const HOUR = 3_600_000

/** Of one warehouse; each side [entered, exited, mean in ms] of an hour. */
function evidenceOf(before: readonly number[], now: readonly number[], wip = 10, neighbours: NeighbourState[] = []) {
  const of = ([entered = 0, exited = 0, meanMs = 0]: readonly number[]) => ({
    entered,
    reworked: 0,
    exited,
    sumMs: exited * meanMs,
  })
  const compared: Compared = {
    window: { start: instant(HOUR), end: instant(2 * HOUR) },
    before: { start: instant(0), end: instant(HOUR) },
    own: { stage: 'picking', segments: [{ labels: { warehouse: 'a' }, before: of(before), now: of(now) }] },
    inside: [],
  }
  return { compared, attribution: attribute(compared), wip, neighbours }
}

const beside = (relation: NeighbourState['relation']): NeighbourState => ({
  stage: 'other',
  relation,
  windowMs: HOUR,
  entered: 0,
  exited: 0,
  left: 0,
  wip: 0,
  alerts: [{ id: 'x', rule: 'slow' }],
})

test.each<[string, Parameters<typeof evidenceOf>, string | undefined]>([
  [
    'less gets through though as much comes',
    [
      [60, 60, 100],
      [60, 10, 100],
    ],
    'exits_down',
  ],
  ['so, with an alert behind it', [[60, 60, 100], [60, 10, 100], 10, [beside('downstream')]], 'blocked'],
  ['less gets through, but nobody waits', [[60, 60, 100], [60, 10, 100], 0], undefined],
  [
    'the mean has grown',
    [
      [60, 60, 100],
      [60, 60, 200],
    ],
    'time',
  ],
  [
    'the mean has grown by too little to tell',
    [
      [60, 60, 100],
      [60, 60, 104],
    ],
    undefined,
  ],
  [
    'more arrives',
    [
      [60, 60, 100],
      [90, 60, 100],
    ],
    'arrivals_up',
  ],
  [
    'less arrives',
    [
      [60, 60, 100],
      [30, 30, 100],
    ],
    'arrivals_down',
  ],
  ['so, with an alert before it', [[60, 60, 100], [30, 30, 100], 10, [beside('upstream')]], 'starved'],
  [
    'few visits say little',
    [
      [4, 4, 100],
      [1, 1, 100],
    ],
    undefined,
  ],
  [
    'all is as it was',
    [
      [60, 60, 100],
      [60, 60, 100],
    ],
    undefined,
  ],
])('%s', (_what, given, kind) => {
  expect(suspectedCause(evidenceOf(...given))?.kind).toBe(kind)
})
