import { expect, test } from 'vitest'
import { instant } from '../event/instant.ts'
import type { Truth } from '../model/truth.ts'
import { type QuietReason, quietReasons, type Standing } from './quiet-reasons.ts'

const terms = (...results: readonly Truth[]) =>
  results.map((result, index) => ({ text: `t${index}`, values: {}, result }))

const standing = (changes: Partial<Omit<Standing, 'explanation'>>, of: Partial<Standing['explanation']>): Standing => ({
  at: instant(300_000),
  state: { phase: 'inactive' },
  believedForMs: 86_400_000,
  forMs: 300_000,
  keepFiringForMs: 600_000,
  hasSegment: true,
  isExpected: true,
  grace: undefined,
  storm: undefined,
  ...changes,
  explanation: { terms: [], expression: 'all of it', result: true, samples: 12, minSamples: 0, ...of },
})

const rows: readonly (readonly [string, Standing, readonly QuietReason[]])[] = [
  ['fires', standing({ state: { phase: 'firing' } }, {}), []],
  ['is not so', standing({}, { terms: terms(true, false), result: false }), [{ kind: 'term-false', term: 't1' }]],
  [
    'holds in very many segments',
    standing({ storm: { alert: 'a' } }, { terms: terms(true) }),
    [{ kind: 'in-storm', alert: 'a' }],
  ],
  [
    'holds, and was resolved by hand',
    standing({ state: { phase: 'inactive', resolvedByHandAt: instant(200_000) } }, { terms: terms(true) }),
    [{ kind: 'resolved-by-hand', since: instant(200_000), until: instant(86_600_000) }],
  ],
  [
    'is not known, one term being false beside',
    standing({}, { terms: terms(undefined, false), result: false }),
    [
      { kind: 'term-unknown', term: 't0' },
      { kind: 'term-false', term: 't1' },
    ],
  ],
  [
    'is not known',
    standing({}, { terms: terms(true, undefined), result: undefined }),
    [{ kind: 'term-unknown', term: 't1' }],
  ],
  [
    'negates what holds',
    standing({}, { terms: terms(true), result: false }),
    [{ kind: 'term-false', term: 'all of it' }],
  ],
  [
    'has too few samples, and would be so otherwise',
    standing({}, { terms: terms(true, false), result: false, minSamples: 20 }),
    [{ kind: 'too-few-samples', samples: 12, needed: 20 }],
  ],
  [
    'has too few samples, and is not so either',
    standing({}, { terms: terms(false, false), result: false, minSamples: 20 }),
    [
      { kind: 'too-few-samples', samples: 12, needed: 20 },
      { kind: 'term-false', term: 't0' },
    ],
  ],
  [
    'has not held for long enough',
    standing({ state: { phase: 'pending', since: instant(120_000) } }, {}),
    [{ kind: 'pending', heldMs: 180_000, neededMs: 300_000 }],
  ],
  [
    'is over since a little while',
    standing({ state: { phase: 'recovering', recoveringSince: instant(240_000) } }, { result: false }),
    [{ kind: 'recovering', heldMs: 60_000, neededMs: 600_000 }],
  ],
  [
    'is between its thresholds',
    standing({ state: { phase: 'firing' } }, { result: false }),
    [{ kind: 'not-recovered' }],
  ],
  [
    'goes on, nothing being known',
    standing({ state: { phase: 'firing' } }, { terms: terms(undefined), result: undefined }),
    [{ kind: 'term-unknown', term: 't0' }],
  ],
  [
    'hears nothing at all',
    standing({}, { terms: terms(true), result: undefined, silentSince: instant(7) }),
    [{ kind: 'feed-silent', since: instant(7) }],
  ],
  [
    'is asked of a segment that never was',
    standing({ hasSegment: false }, { terms: terms(undefined), result: undefined }),
    [{ kind: 'no-segment' }, { kind: 'term-unknown', term: 't0' }],
  ],
  [
    'leaves a new segment alone though it is so',
    standing({ grace: { until: instant(400_000) } }, {}),
    [{ kind: 'in-grace', until: instant(400_000) }],
  ],
  ['does not expect the segment', standing({ isExpected: false, hasSegment: false }, {}), [{ kind: 'not-expected' }]],
]

test.each(rows)('a rule that %s says so', (_what, of, reasons) => {
  expect(quietReasons(of)).toEqual(reasons)
})
