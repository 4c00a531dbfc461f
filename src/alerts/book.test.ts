import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { durationMs } from '../event/duration.ts'
import { instant } from '../event/instant.ts'
import { type SegmentKey, segmentKey } from '../event/segment.ts'
import { compileCondition } from '../model/condition.ts'
import type { RuleDefinition } from '../model/definitions.ts'
import { type CompiledRule, judge } from '../rules/rule.ts'
import { AlertBook, type AlertBookState } from './book.ts'
import type { AlertTransition } from './transition.ts'

type Changes = Partial<Pick<RuleDefinition, 'when' | 'forMs' | 'keepFiringForMs' | 'noData'>> & {
  readonly dimensions?: readonly string[]
}

/** Picking is crowded at more than 5 open visits, and no more at fewer than 3. */
function crowded(name: string, { dimensions = ['warehouse'], ...changes }: Changes = {}): CompiledRule {
  const definition: RuleDefinition = {
    name,
    stage: 0,
    by: dimensions.map((_, index) => index),
    windowMs: durationMs(60_000),
    when: 'wip > 5',
    recoverWhen: 'wip < 3',
    forMs: durationMs(20),
    keepFiringForMs: durationMs(20),
    minSamples: 0,
    noData: undefined,
    kind: undefined,
    graceMs: durationMs(0),
    maxAlerts: 50,
    severity: 'warning',
    owner: 'ops',
    summary: undefined,
    action: undefined,
    runbook: undefined,
    position: { file: 'orders.yaml', line: 1, column: 1 },
    ...changes,
  }
  return {
    definition,
    process: 'orders',
    subject: { stage: 'picking' },
    dimensions,
    statistics: ['wip', 'at_risk'],
    samples: 'at_risk',
    remembered: undefined,
    when: compileCondition(definition.when),
    isAboutTime: false,
    recoverWhen: compileCondition('wip < 3'),
    summary: labels => ({ en: `${name} in ${labels.warehouse}` }),
  }
}

const north = segmentKey(['north'])
const south = segmentKey(['south'])

/** @param wip Open visits; undefined: nothing is known. */
function advance(book: AlertBook, ms: number, rule: CompiledRule, segment: SegmentKey, wip: number | undefined) {
  const at = instant(ms)
  const window = { start: instant(ms - 60_000), end: at }
  const verdict = judge(rule, { lookup: name => (name === 'wip' ? wip : 0), window, watermark: at })
  return book.advance(at, rule, segment, verdict)
}

const throughJson = (state: AlertBookState): AlertBookState => JSON.parse(JSON.stringify(state))

describe('the alert book', () => {
  const rule = crowded('crowded')

  test('tells the first open alerts of a stage, whatever the order in which they came', () => {
    const [first, second] = [
      crowded('first', { forMs: durationMs(0), keepFiringForMs: durationMs(0) }),
      crowded('second', { forMs: durationMs(0) }),
    ]
    const late = crowded('late', { forMs: durationMs(1_000) })
    const book = new AlertBook('orders', [late, first, second])
    const segments = ['d', 'b', 'e', 'a', 'c'].map(name => segmentKey([name]))
    for (const one of [second, late, first]) for (const segment of segments) advance(book, 0, one, segment, 9)
    const said = (most: number, stage = 'picking') =>
      book.openAt(stage, most).map(({ rule: of, segment }) => `${of} ${segment.warehouse}`)
    expect(said(3)).toEqual(['first a', 'first b', 'first c'])
    expect(said(7)).toEqual(['first a', 'first b', 'first c', 'first d', 'first e', 'second a', 'second b'])
    // What is pending is no alert yet, and what is over is none.
    advance(book, 500, first, segments[3] as SegmentKey, 1)
    expect(said(2)).toEqual(['first b', 'first c'])
    expect(said(3, 'packing')).toEqual([])
  })

  test('an alert that was resolved by hand is quiet until its condition has ended, also from a snapshot', () => {
    const fast = crowded('fast', { forMs: durationMs(0), keepFiringForMs: durationMs(0) })
    let book = new AlertBook('orders', [fast])
    const [fired] = advance(book, 0, fast, north, 9)
    advance(book, 0, fast, south, 9)
    const ended = book.resolve(fired?.id ?? '', instant(10))
    expect(ended).toEqual({ ...fired, state: 'resolved', from: 'firing', because: 'resolved-by-hand', at: 10 })
    expect(book.resolve(fired?.id ?? '', instant(10))).toBeUndefined()
    expect(book.openAlerts().map(({ segment }) => segment.warehouse)).toEqual(['south'])
    const state = throughJson(book.snapshot())
    book = new AlertBook('orders', [fast])
    expect(book.restore(state, instant(10))).toEqual([])
    expect(book.segmentsOf(fast)).toEqual([north, south])
    expect(advance(book, 20, fast, north, 9)).toEqual([])
    expect(advance(book, 30, fast, north, 4)).toEqual([])
    expect(book.segmentsOf(fast)).toEqual([south])
    const [again] = advance(book, 40, fast, north, 9)
    expect([again?.state, again?.since, again?.id === fired?.id]).toEqual(['firing', 40, false])
  })

  test('tells an episode from pending to resolved under one identity', () => {
    const book = new AlertBook('orders', [rule])
    const told = [7, 8, 9, 4, 2, 2, 2, 9].flatMap((wip, step) => advance(book, step * 10, rule, north, wip))
    expect(
      told.map(({ state, from, at, since, firedAt, value, because }) => [
        state,
        from,
        at,
        since,
        firedAt,
        value,
        because,
      ]),
    ).toEqual([
      ['pending', 'inactive', 0, 0, undefined, 7, 'breach-too-young'],
      ['firing', 'pending', 20, 0, 20, 9, 'breach-held'],
      ['recovering', 'firing', 40, 0, 20, 2, 'recovery-too-young'],
      ['resolved', 'recovering', 60, 0, 20, 2, 'recovery-held'],
      ['pending', 'inactive', 70, 70, undefined, 9, 'breach-too-young'],
    ])
    const [first, ...others] = told.map(({ id }) => id)
    expect(first).toMatch(/^[0-9a-f]{16}$/)
    expect(others.slice(0, 3)).toEqual([first, first, first])
    expect(others[3]).not.toBe(first)
    expect(told[1]).toMatchObject({
      process: 'orders',
      rule: 'crowded',
      stage: 'picking',
      segment: { warehouse: 'north' },
      owner: 'ops',
      severity: 'warning',
      summary: { en: 'crowded in north' },
      explanation: {
        expression: 'wip > 5',
        terms: [{ text: 'wip > 5', values: { wip: 9 }, result: true }],
        result: true,
      },
    })
  })

  test('keeps segments and rules apart', () => {
    const other = crowded('very_crowded', { when: 'wip > 50' })
    const book = new AlertBook('orders', [rule, other])
    const ids = [
      advance(book, 0, rule, north, 99),
      advance(book, 0, rule, south, 99),
      advance(book, 0, other, north, 99),
    ].flatMap(transitions => transitions.map(({ id }) => id))
    expect(new Set(ids).size).toBe(3)
    expect(book.segmentsOf(rule)).toEqual([north, south])
    expect(book.segmentsOf(other)).toEqual([north])
    expect(book.openAlerts().map(alert => [alert.rule, alert.segment.warehouse])).toEqual([
      ['crowded', 'north'],
      ['crowded', 'south'],
      ['very_crowded', 'north'],
    ])
  })

  test('forgets what is inactive', () => {
    const book = new AlertBook('orders', [rule])
    for (let index = 0; index < 100; index++) {
      advance(book, 0, rule, segmentKey([String(index)]), index === 7 ? 9 : 1)
      advance(book, 10, rule, segmentKey([String(index)]), index === 7 ? 1 : undefined)
    }
    expect(book.segmentsOf(rule)).toEqual([])
    expect(book.snapshot()).toEqual({ process: 'orders', alerts: [] })
  })

  test('has a segment judged on while its silence counts', () => {
    const watched = crowded('watched', { noData: { afterMs: durationMs(20), state: 'alert' } })
    const book = new AlertBook('orders', [watched])
    advance(book, 0, watched, north, undefined)
    expect(book.segmentsOf(watched)).toEqual([north])
    expect(book.openAlerts()).toEqual([])
    const restored = new AlertBook('orders', [watched])
    restored.restore(throughJson(book.snapshot()), instant(0))
    expect(advance(restored, 20, watched, north, undefined)).toMatchObject([
      { state: 'no_data', since: 0, firedAt: 20 },
    ])
  })

  test('does not fire an open episode again when its rule is edited', () => {
    const book = new AlertBook('orders', [rule])
    const [, , fired] = [9, 9, 9].map((wip, step) => advance(book, step * 10, rule, north, wip)[0])
    const edited = crowded('crowded', { when: 'wip > 4', forMs: durationMs(0) })
    const restored = new AlertBook('orders', [edited])
    expect(restored.restore(throughJson(book.snapshot()), instant(20))).toEqual([])
    expect(advance(restored, 30, edited, north, 9)).toEqual([])
    expect(advance(restored, 40, edited, north, 1)).toMatchObject([{ state: 'recovering', id: fired?.id, firedAt: 20 }])
  })

  test('ends the alerts of a rule that is gone or cuts otherwise, and drops what never opened', () => {
    const book = new AlertBook('orders', [rule])
    for (const ms of [0, 10, 20]) advance(book, ms, rule, north, 9)
    advance(book, 20, rule, south, 9)
    const state = throughJson(book.snapshot())
    const [open, young] = book.openAlerts()
    const ended = [
      { ...open, state: 'resolved', from: 'firing', at: 30, because: 'rule-removed' },
      { ...young, state: 'inactive', from: 'pending', at: 30, because: 'rule-removed' },
    ]
    for (const rules of [
      [crowded('another')],
      [crowded('crowded', { dimensions: [] })],
      [crowded('crowded', { dimensions: ['carrier'] })],
    ]) {
      const restored = new AlertBook('orders', rules)
      expect(restored.restore(state, instant(30))).toEqual(ended)
      expect(restored.snapshot().alerts).toEqual([])
    }
  })

  test('keeps alerts whose dimensions are named like numbers, whatever order objects list them in', () => {
    const byNumbers = crowded('crowded', { dimensions: ['b', '2', '1'] })
    const book = new AlertBook('orders', [byNumbers])
    advance(book, 0, byNumbers, segmentKey(['x', 'y', null]), 9)
    const restored = new AlertBook('orders', [byNumbers])
    expect(restored.restore(throughJson(book.snapshot()), instant(0))).toEqual([])
    expect(restored.openAlerts()).toMatchObject([{ segment: { b: 'x', 2: 'y', 1: null } }])
  })

  test('refuses the alerts of another process', () => {
    const book = new AlertBook('orders', [rule])
    expect(() => book.restore({ process: 'returns', alerts: [] }, instant(0))).toThrow('process returns cannot go on')
  })

  test('never has two open episodes of one rule and segment, and resolves each at most once', () => {
    fc.assert(
      fc.property(history(), ({ rules, steps }) => {
        const open = new Map<string, string>()
        const over = new Set<string>()
        for (const transition of run(new AlertBook('orders', rules), rules, steps)) {
          const place = JSON.stringify([transition.rule, transition.segment])
          expect(over).not.toContain(transition.id)
          if (transition.state === 'resolved' || transition.state === 'inactive') {
            expect(open.get(place)).toBe(transition.id)
            open.delete(place)
            over.add(transition.id)
          } else {
            expect(open.get(place) ?? transition.id).toBe(transition.id)
            open.set(place, transition.id)
          }
          if (transition.state === 'resolved') expect(transition.firedAt).toBeDefined()
        }
      }),
    )
  })

  test('goes on from a snapshot at any step as if nothing had happened', () => {
    fc.assert(
      fc.property(history(), fc.nat(), ({ rules, steps }, cut) => {
        const at = steps.length === 0 ? 0 : cut % steps.length
        const whole = new AlertBook('orders', rules)
        const expected = run(whole, rules, steps)
        const before = new AlertBook('orders', rules)
        const told = run(before, rules, steps.slice(0, at))
        const after = new AlertBook('orders', rules)
        expect(after.restore(throughJson(before.snapshot()), instant(at * 10))).toEqual([])
        told.push(...run(after, rules, steps.slice(at), at))
        expect(told).toEqual(expected)
        expect(after.openAlerts()).toEqual(whole.openAlerts())
        expect(JSON.stringify(after.snapshot())).toBe(JSON.stringify(whole.snapshot()))
      }),
    )
  })
})

/** At every step each rule sees these numbers of open visits in the two segments. */
type Step = readonly [north: number | undefined, south: number | undefined]

function run(book: AlertBook, rules: readonly CompiledRule[], steps: readonly Step[], from = 0): AlertTransition[] {
  return steps.flatMap(([inNorth, inSouth], index) =>
    rules.flatMap(rule => [
      ...advance(book, (from + index) * 10, rule, north, inNorth),
      ...advance(book, (from + index) * 10, rule, south, inSouth),
    ]),
  )
}

function history() {
  const some = fc.constantFrom(0, 10, 25).map(durationMs)
  const noData = fc.record({ afterMs: some, state: fc.constantFrom('alert', 'ok', 'keep') })
  const changes = fc.record({
    forMs: some,
    keepFiringForMs: some,
    noData: fc.option(noData, { nil: undefined }),
  })
  const wip = fc.constantFrom(1, 4, 9, undefined)
  return fc.record({
    rules: fc.tuple(changes, changes).map(([first, second]) => [crowded('first', first), crowded('second', second)]),
    steps: fc.array(fc.tuple(wip, wip), { maxLength: 40 }),
  })
}
