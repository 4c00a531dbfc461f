import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeProcess } from '../../test/model/process.ts'
import { transition } from '../../test/support/alert-transition.ts'
import { instant } from '../event/instant.ts'
import type { InhibitRule } from '../model/inhibit-rule.ts'
import { parseMatcher } from '../model/label-matcher.ts'
import { InhibitionBook } from './inhibition-book.ts'
import type { AlertTransition } from './transition.ts'

const process = {
  ...makeProcess({
    activities: ['paid', 'picked', 'packed', 'delivered'],
    stages: {
      picking: { from: ['paid'], to: ['picked'] },
      packing: { from: ['picked'], to: ['packed'] },
      transit: { from: ['packed'], to: ['delivered'] },
    },
    settle: 0,
    pane: 1_000,
    timeout: 1_000,
  }),
  name: 'orders',
}

type Sketch = Partial<Pick<AlertTransition, 'state' | 'severity' | 'segment' | 'rule' | 'process'>> & {
  readonly stage?: string
  readonly at?: number
  readonly term?: string
}

const alert = (id: string, { stage = 'picking', at = 1, term = 'wip > 1', ...rest }: Sketch = {}): AlertTransition => {
  const { measure: _none, ...whole } = transition(id, at, 'firing')
  const [statistic = ''] = term.split(' ')
  const terms = [{ text: term, values: { [statistic]: 0 }, result: true as const }]
  return { ...whole, stage, firedAt: instant(at), explanation: { ...whole.explanation, terms }, ...rest }
}

/** Nothing comes to a stage behind. */
const starved = (id: string, sketch: Sketch = {}) =>
  alert(id, { stage: 'packing', at: 2, term: 'entered == 0', ...sketch })

const bookOf = (...alerts: AlertTransition[]) => new InhibitionBook([process], [], alerts)

const inhibitorIn = (book: InhibitionBook, target: AlertTransition) => book.inhibitorOf(target)?.id

describe('by the process graph', () => {
  test('an alert that lacks work is explained by one of a stage upstream, until that is over', () => {
    const target = starved('target')
    const book = bookOf(alert('source'), target)
    expect(inhibitorIn(book, target)).toBe('source')
    expect(inhibitorIn(book, alert('source'))).toBe(undefined)
    book.take([alert('source', { state: 'recovering', term: 'wip > 1' })])
    expect(inhibitorIn(book, target)).toBe('source')
    book.take([alert('source', { state: 'resolved' })])
    expect(inhibitorIn(book, target)).toBe(undefined)
  })

  test('the nearest stage explains it, of several alerts there the one that fired first', () => {
    const target = starved('target', { stage: 'transit', at: 9 })
    const far = alert('far', { at: 1 })
    const near = ['b', 'a', 'c'].map((id, index) => alert(id, { stage: 'packing', at: [5, 4, 4][index] as number }))
    expect(inhibitorIn(bookOf(far, target), target)).toBe('far')
    expect(inhibitorIn(bookOf(far, target, ...near), target)).toBe('a')
  })

  test.each([
    ['is pending', { state: 'pending' }],
    ['is of the stage itself', { stage: 'packing' }],
    ['is downstream', { stage: 'transit' }],
    ['is of another process', { process: 'returns' }],
    ['is of another segment', { segment: { warehouse: 'WH-2' } }],
    ['is of a part of its cases', { segment: { warehouse: 'WH-1', carrier: 'DHL' } }],
    ['is less severe', { severity: 'info' }],
    ['cannot hold work back', { term: 'reworked > 10' }],
  ] as const)('one that %s explains nothing', (_what, sketch) => {
    const target = starved('target')
    expect(inhibitorIn(bookOf(alert('source', sketch), target), target)).toBe(undefined)
  })

  test('one of all cases explains those of each segment, and what has no data is explained like what has no work', () => {
    const total = alert('source', { segment: {}, severity: 'critical' })
    const target = starved('target')
    expect(inhibitorIn(bookOf(total, target), target)).toBe('source')
    const slow = alert('slow', { stage: 'packing', term: 'age_max > 1' })
    const silent = { ...slow, id: 'silent', state: 'no_data' as const }
    const book = bookOf(total, slow, silent)
    expect([slow, silent].map(each => inhibitorIn(book, each))).toEqual([undefined, 'source'])
  })

  test('one that lacks work explains the next, and is explained itself', () => {
    const [first, second, third] = [alert('1'), starved('2'), starved('3', { stage: 'transit', at: 3 })] as const
    const book = bookOf(first, second, third)
    expect([first, second, third].map(each => inhibitorIn(book, each))).toEqual([undefined, '1', '2'])
  })
})

describe('by matchers', () => {
  const rule = (source: string, target: string, ...equal: string[]): InhibitRule => ({
    sourceMatchers: [parseMatcher(source)],
    targetMatchers: [parseMatcher(target)],
    equal,
  })
  const critical = alert('critical', { severity: 'critical', at: 5 })
  const warning = alert('warning', { at: 1 })

  test('while a source fires its targets are inhibited where the labels are equal, whichever fired first', () => {
    const elsewhere = alert('elsewhere', { segment: { warehouse: 'WH-2' } })
    const rules = [rule('severity="critical"', 'severity=~"warning|info"', 'warehouse', 'carrier')]
    const book = new InhibitionBook([process], rules, [warning, critical, elsewhere])
    expect([warning, critical, elsewhere].map(each => inhibitorIn(book, each))).toEqual([
      'critical',
      undefined,
      undefined,
    ])
    book.take([{ ...critical, state: 'resolved' }])
    expect(inhibitorIn(book, warning)).toBe(undefined)
  })

  test('an alert that is source and target alike is not inhibited by itself, nor by others that are both', () => {
    const rules = [rule('stage="picking"', 'process="orders"')]
    const other = alert('other', { at: 3 })
    const packing = alert('packing', { stage: 'packing', at: 4 })
    const book = new InhibitionBook([process], rules, [warning, other, packing])
    expect([warning, other, packing].map(each => inhibitorIn(book, each))).toEqual([undefined, undefined, 'warning'])
  })

  test('of alerts that would inhibit each other the first to fire is told', () => {
    const rules = [rule('severity="critical"', 'severity="warning"'), rule('severity="warning"', 'severity="critical"')]
    const book = new InhibitionBook([process], rules, [critical, warning])
    expect([warning, critical].map(each => inhibitorIn(book, each))).toEqual([undefined, 'warning'])
  })

  test('whatever the rules and alerts, what inhibits an alert leads to one that is told', () => {
    const matcher = fc.tuple(
      fc.constantFrom('rule', 'severity', 'stage'),
      fc.constantFrom('a', 'warning', 'picking', 'b'),
    )
    const text = matcher.map(([name, value]) => `${name}="${value}"`)
    const rules = fc.array(
      fc
        .tuple(text, text, fc.boolean())
        .map(([source, target, isEqual]) => rule(source, target, ...(isEqual ? ['stage'] : []))),
      { maxLength: 8 },
    )
    const sketch = fc.record({
      rule: fc.constantFrom('a', 'b', 'c'),
      severity: fc.constantFrom('warning' as const, 'critical' as const),
      stage: fc.constantFrom('picking', 'packing', 'transit'),
      term: fc.constantFrom('entered == 0', 'wip > 1'),
      at: fc.integer({ min: 1, max: 4 }),
    })
    fc.assert(
      fc.property(rules, fc.array(sketch, { minLength: 1, maxLength: 12 }), (given, sketches) => {
        const alerts = sketches.map((each, index) => alert(`${index}`, each))
        const book = new InhibitionBook([process], given, alerts)
        // Whatever the order in which they came, as after a restart.
        const again = new InhibitionBook([process], given, alerts.toReversed())
        for (const each of alerts) {
          expect(inhibitorIn(again, each)).toBe(inhibitorIn(book, each))
          const seen = new Set<string>()
          for (let at: AlertTransition | undefined = each; at !== undefined; at = book.inhibitorOf(at)) {
            expect(seen.has(at.id)).toBe(false)
            seen.add(at.id)
          }
        }
      }),
    )
  })
})

test('a storm of alerts is worked out in time', () => {
  const rules: InhibitRule[] = [
    { sourceMatchers: [parseMatcher('stage="picking"')], targetMatchers: [parseMatcher('stage="packing"')], equal: [] },
  ]
  const alerts = Array.from({ length: 1_000 }, (_, index) => index).flatMap(index => [
    alert(`s${index}`, { segment: { warehouse: `${index}` }, at: index }),
    starved(`t${index}`, { segment: { warehouse: `${index}` } }),
  ])
  const book = new InhibitionBook([process], rules, alerts)
  const began = performance.now()
  expect(alerts.filter(each => book.inhibitorOf(each) !== undefined)).toHaveLength(1_000)
  expect(performance.now() - began).toBeLessThan(1_000)
})
