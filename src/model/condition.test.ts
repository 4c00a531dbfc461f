import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StatisticValue } from './bounded.ts'
import { checkCondition, compileCondition } from './condition.ts'
import { ConditionError } from './condition-problem.ts'
import { type BoundedLookup, readingOf, type StatisticName, stageVocabulary } from './statistics.ts'
import type { Truth } from './truth.ts'

type Values = Readonly<Partial<Record<StatisticName, StatisticValue>>>

const lookupIn =
  (values: Values): BoundedLookup =>
  name =>
    values[name]

const resultOf = (text: string, values: Values): Truth => compileCondition(text).evaluate(lookupIn(values)).result

const HOUR = 3_600_000

describe('a rule condition', () => {
  test.each<[string, Values, Truth]>([
    ['age_p90 > duration("4h") && at_risk >= 20', { age_p90: 4 * HOUR + 1, at_risk: 20 }, true],
    ['age_p90 > duration("4h") && at_risk >= 20', { age_p90: 4 * HOUR, at_risk: 20 }, false],
    ['age_p90 > duration("2d")', { age_p90: 48 * HOUR + 1 }, true],
    ['age_p90 >= duration("1h30m")', { age_p90: 1.5 * HOUR }, true],
    ['age_p90 > duration("5s")', { age_p90: 5001 }, true],
    ['age_p90 > 0', { age_p90: 1 }, true],
    ['age_p90 + duration("5ms") > (wip > 3 ? 0 : p50)', { age_p90: 1, p50: 7, wip: 1 }, false],
    ['p90 / duration("1m") > 50', { p90: 51 * 60_000 }, true],
    ['p90 > 1.5 * p50', { p90: 16, p50: 10 }, true],
    ['within_target < 0.95', { within_target: 0.94 }, true],
    ['wip == 3 || wip != 3', { wip: 3 }, true],
    ['-wip < -2', { wip: 3 }, true],
    ['(wip + 1) * 2 - 4 == 4', { wip: 3 }, true],
    ['7 / 2 == 3.5', {}, true],
    ['wip > (exited > 10 ? 5 : 1)', { wip: 3, exited: 2 }, true],
    ['wip > 3 ? exited < 1 : exited < 5', { wip: 4, exited: 2 }, false],
    ['!(wip > 3)', { wip: 4 }, false],
  ])('%s with %j is %s', (text, values, expected) => {
    expect(resultOf(text, values)).toBe(expected)
  })

  test.each<[string, Values, Truth]>([
    ['p90 > p50', {}, undefined],
    ['!(p90 > p50)', {}, undefined],
    ['wip > 5 && p90 > p50', { wip: 1 }, false],
    ['p90 > p50 && wip > 5', { wip: 1 }, false],
    ['wip > 5 && p90 > p50', { wip: 9 }, undefined],
    ['wip > 5 || p90 > p50', { wip: 9 }, true],
    ['wip > 5 || p90 > p50', { wip: 1 }, undefined],
    ['p90 + p75 > p50', {}, undefined],
    ['p90 == p90', {}, undefined],
    ['exited / entered > 0.5', { exited: 3, entered: 0 }, undefined],
    ['(wip > 1 ? 2 : 2) == 2', {}, true],
    ['p90 > p50 ? wip > 1 : wip > 0', { wip: 2 }, true],
    ['p90 > p50 ? wip > 1 : wip > 2', { wip: 2 }, undefined],
    ['wip > (p90 > p50 ? 1 : 2)', { wip: 9 }, undefined],
  ])('%s with only %j is %s, nothing being concluded from what is missing', (text, values, expected) => {
    expect(resultOf(text, values)).toBe(expected)
  })

  test('a statistic over a window of its own is asked for over that window, and named so in its term', () => {
    const asked: (number | undefined)[] = []
    const { statistics, readings, evaluate, holds } = compileCondition(
      'p90.over("1h") > 2 * p90.over("24h") && p90 > duration("1s")',
    )
    const lookup: BoundedLookup = (_, windowMs) => {
      asked.push(windowMs)
      return windowMs === HOUR ? 3 * HOUR : HOUR
    }
    expect(statistics).toEqual(['p90'])
    expect(readings.map(({ name, windowMs, offset }) => [name, windowMs, offset])).toEqual([
      ['p90.over("1h")', HOUR, 9],
      ['p90.over("1d")', 24 * HOUR, 30],
      ['p90', undefined, 40],
    ])
    expect(holds(lookup)).toBe(true)
    expect(asked).toEqual([HOUR, 24 * HOUR, undefined])
    expect(evaluate(lookup).terms[0]).toEqual({
      text: 'p90.over("1h") > 2 * p90.over("24h")',
      values: { 'p90.over("1h")': 3 * HOUR, 'p90.over("1d")': HOUR },
      result: true,
    })
    expect(readingOf('p90.over("1d")')).toEqual({ statistic: 'p90', windowMs: 24 * HOUR })
  })

  const stopped = { live_p90: { atLeast: 6 * HOUR }, live_p50: { atLeast: 3 * HOUR }, at_risk: 20, p90: 2 * HOUR }

  test.each<[string, Truth]>([
    ['live_p90 > duration("4h") && at_risk >= 20', true],
    ['live_p90 > duration("6h")', undefined],
    ['live_p90 >= duration("6h")', true],
    ['live_p90 > duration("7h")', undefined],
    ['live_p90 < duration("3h")', false],
    ['live_p90 < duration("6h")', false],
    ['live_p90 <= duration("6h")', undefined],
    ['live_p90 == duration("5h")', false],
    ['live_p90 == duration("7h")', undefined],
    ['live_p90 != duration("5h")', true],
    ['duration("4h") < live_p90', true],
    ['!(live_p90 > duration("7h"))', undefined],
    ['live_p90 > duration("7h") || at_risk >= 20', true],
    ['live_p90 > duration("7h") && at_risk > 20', false],
    ['live_p90 > 1.5 * p90', true],
    ['live_p90 / p90 >= 3', true],
    ['p90 / live_p90 < 0.4', true],
    ['-live_p90 < -5 * p90', undefined],
    ['live_p90 - p90 >= duration("4h")', true],
    ['live_p90 + live_p50 >= duration("9h")', true],
    ['live_p90 - live_p50 > 0', undefined],
    ['live_p90 > live_p50', undefined],
    ['live_p50 / live_p90 > 0.1', undefined],
  ])('%s is %s where the p90 is at least 6 h and the p50 at least 3 h', (text, expected) => {
    expect(resultOf(text, stopped)).toBe(expected)
  })

  test('a term tells which of its values are only bounds', () => {
    const { terms } = compileCondition('live_p90 > p90 && p90 > 0').evaluate(lookupIn(stopped))
    expect(terms).toEqual([
      {
        text: 'live_p90 > p90',
        values: { live_p90: 6 * HOUR, p90: 2 * HOUR },
        atLeast: ['live_p90'],
        result: true,
      },
      { text: 'p90 > 0', values: { p90: 2 * HOUR }, result: true },
    ])
  })

  test('what it knows of a bound stays true whatever the value turns out to be', () => {
    fc.assert(
      fc.property(conditionText(), values(), fc.subarray([...used]), fc.nat(8), (text, known, bounds, more) => {
        const bounded: Values = Object.fromEntries(
          Object.entries(known).map(([name, value]) => [
            name,
            bounds.includes(name as never) ? { atLeast: value as number } : value,
          ]),
        )
        const before = resultOf(text, bounded)
        if (before === undefined) return
        const turnedOut: Values = Object.fromEntries(
          Object.entries(known).map(([name, value]) => [
            name,
            (value as number) + (bounds.includes(name as never) ? more : 0),
          ]),
        )
        expect(resultOf(text, turnedOut)).toBe(before)
      }),
      { numRuns: 500 },
    )
  })

  test('numbers beyond the range of doubles count as missing, so NaN never compares', () => {
    expect(resultOf('wip * 1e308 * 10 > 5', { wip: 1 })).toBeUndefined()
    expect(resultOf('wip > 1', { wip: Number.NaN })).toBeUndefined()
  })

  test('its terms are its comparisons as written, each with the values that it read, also where the result is decided', () => {
    const { statistics, evaluate } = compileCondition('(wip + exited)  > (3) && !(p90 > duration("4h") || wip < 1)')
    expect(statistics).toEqual(['wip', 'exited', 'p90'])
    expect(evaluate(lookupIn({ wip: 1, exited: 1 }))).toEqual({
      result: false,
      terms: [
        { text: '(wip + exited) > (3)', values: { wip: 1, exited: 1 }, result: false },
        { text: 'p90 > duration("4h")', values: { p90: undefined }, result: undefined },
        { text: 'wip < 1', values: { wip: 1 }, result: false },
      ],
    })
  })

  test.each([
    ['age_p09 > 3', 0, 'there is no statistic "age_p09"; did you mean "age_p90"?'],
    ['wip > 3 && late_rsik > 5', 11, 'there is no statistic "late_rsik"; did you mean "late_risk"?'],
    ['wip > 3 and exited > 2', 8, '"and" is not expected here; write &&'],
    ['wip = 3', 4, '"=" is not expected here; write =='],
    [
      'age_p90.over("1h") > duration("1h")',
      0,
      '"age_p90" is of the instant and the rule\'s own window; over is for what a window counts, such as p90 or exited',
    ],
    ['p90.over(3) > duration("1h")', 9, 'over takes the length of a window, e.g. over("24h")'],
    ['p90.ovr("1h") > duration("1h")', 0, 'there is no function "ovr"; did you mean "over"?'],
    [
      '(p90 + p50).over("1h") > duration("1h")',
      1,
      'over is asked of a statistic, e.g. p90.over("24h"), not of `p90 + p50`',
    ],
    [
      'p90.over("1h")',
      0,
      '`p90.over("1h")` is a duration, neither true nor false; compare it: p90.over("1h") > duration("4h")',
    ],
    ['wip > ', 6, 'the condition ends here, but something is missing'],
    ['  ', 2, 'the condition is empty'],
    ['wip > 3)', 7, '")" is not expected here'],
    ['wip', 0, '`wip` is a number, neither true nor false; compare it: wip > 20'],
    ['p90 + p50', 0, '`p90 + p50` is a duration, neither true nor false; compare it: p90 + p50 > duration("4h")'],
    [
      '1 < wip < 5',
      0,
      '`1 < wip` is true or false; "<" compares numbers and durations; a range is written a < b && b < c',
    ],
    ['wip > duration("4h")', 0, '`wip > duration("4h")` mixes a duration with a number that is no duration'],
    ['wip > 5 && p90 + wip > 5', 11, '`p90 + wip` mixes a duration with a number that is no duration'],
    [
      'age_p90 > 50',
      10,
      '`50` has no unit, and `age_p90` is a duration; write a duration, such as duration("50m") or duration("50ms")',
    ],
    [
      'wip > 3 && 14400000.0 <= p90',
      11,
      '`14400000.0` has no unit, and `p90` is a duration; write a duration, such as duration("14400000ms")',
    ],
    [
      'p90 > 5 * 60 * 1000',
      6,
      '`5 * 60 * 1000` has no unit, and `p90` is a duration; write a duration, such as duration("4h")',
    ],
    ['p90 == 0.5', 7, '`0.5` has no unit, and `p90` is a duration; write a duration, such as duration("4h")'],
    [
      'p90 + 5 > p50',
      6,
      '`5` has no unit, and `p90` is a duration; write a duration, such as duration("5m") or duration("5ms")',
    ],
    [
      'p90 > (wip > 3 ? duration("1h") : 30)',
      34,
      '`30` has no unit, and `duration("1h")` is a duration; write a duration, such as duration("30m") or duration("30ms")',
    ],
    ['p90 * p50 > 5', 0, '`p90 * p50` multiplies two durations'],
    ['wip / p50 > 5', 0, '`wip / p50` divides by a duration what is no duration'],
    ['duraton("4h") < p90', 0, 'there is no function "duraton"; did you mean "duration"?'],
    ['wip > "5"', 6, 'a number or a duration is expected here, not `"5"`; a duration is written duration("4h")'],
    [
      '"a".matches("(a+)+$")',
      0,
      '`"a".matches("(a+)+$")` is not available in a rule\'s condition; compare statistics with numbers and durations',
    ],
    ['wip % 2 == 1', 0, 'a number or a duration is expected here, not `wip % 2`'],
    [
      'wip in [1, 2]',
      0,
      "`wip in [1, 2]` is not available in a rule's condition; compare statistics with numbers and durations",
    ],
    [
      'true == (wip > 3)',
      0,
      '`true` is true or false; "==" compares numbers and durations; a range is written a < b && b < c',
    ],
  ])('%s is refused at offset %i', (text, offset, message) => {
    expect(checkCondition(text)).toMatchObject({ offset, message })
    expect(() => compileCondition(text)).toThrow(ConditionError)
  })

  test('a duration that is none is refused where it stands, with the way to write it', () => {
    expect(checkCondition('p90 > duration("1.5h")')).toEqual({
      offset: 15,
      zh: '`"1.5h"` 不是时长；请写带单位的整数（ms, s, m, h, d, w），例如 duration("1h30m")',
      message:
        '`"1.5h"` is no duration; write whole numbers with a unit each (ms, s, m, h, d, w), e.g. duration("1h30m")',
      caret: 'p90 > duration("1.5h")\n               ^',
    })
  })

  test('the caret stands below the place in its own line, wide characters counted double', () => {
    expect(checkCondition('wip > 3 &&\n  wipp > 4')?.caret).toBe('  wipp > 4\n  ^')
    expect(checkCondition('wip > "仓库" && wipp > 4')).toMatchObject({ offset: 6 })
    expect(checkCondition('// 仓库\nwip > 3 && "仓库" == wip')?.caret).toBe('wip > 3 && "仓库" == wip\n           ^')
    expect(checkCondition('duration("仓库") > wip2')?.caret).toBe('duration("仓库") > wip2\n         ^')
    expect(checkCondition('duration("1h" + "仓库", wipp) > 1')?.offset).toBe(0)
  })

  test('what it knows stays true whatever the missing values turn out to be', () => {
    fc.assert(
      fc.property(conditionText(), values(), values(), (text, known, others) => {
        const before = resultOf(text, known)
        if (before === undefined) return
        expect(resultOf(text, { ...others, ...known })).toBe(before)
      }),
      { numRuns: 300 },
    )
  })

  test('with all values there it says what the same expression says in JavaScript', () => {
    fc.assert(
      fc.property(
        conditionText(),
        fc.array(number(), { minLength: 3, maxLength: 3 }),
        (text, [wip, exited, entered]) => {
          const inJavaScript = new Function('wip', 'exited', 'entered', `return ${text}`)
          const expected: unknown = inJavaScript(wip, exited, entered)
          expect(resultOf(text, { wip: wip!, exited: exited!, entered: entered! })).toBe(expected)
        },
      ),
      { numRuns: 300 },
    )
  })
})

/** Statistics of the generated conditions; few, so that values often decide. */
const used = ['wip', 'exited', 'entered'] as const

const number = () => fc.integer({ min: 0, max: 4 })

const values = () => fc.record(Object.fromEntries(used.map(name => [name, number()])), { requiredKeys: [] })

/** Conditions over three statistics without divisions, so that JavaScript reads them the same way. */
function conditionText(): fc.Arbitrary<string> {
  const { truth } = fc.letrec<{ quantity: string; truth: string }>(tie => ({
    quantity: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(...used),
      number().map(String),
      fc
        .tuple(tie('quantity'), fc.constantFrom('+', '-', '*'), tie('quantity'))
        .map(([a, sign, b]) => `(${a} ${sign} ${b})`),
      fc.tuple(tie('truth'), tie('quantity'), tie('quantity')).map(([test, a, b]) => `(${test} ? ${a} : ${b})`),
    ),
    truth: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc
        .tuple(tie('quantity'), fc.constantFrom('<', '<=', '>', '>=', '==', '!='), tie('quantity'))
        .map(([a, sign, b]) => `${a} ${sign} ${b}`),
      fc.tuple(tie('truth'), fc.constantFrom('&&', '||'), tie('truth')).map(([a, sign, b]) => `(${a} ${sign} ${b})`),
      tie('truth').map(operand => `!(${operand})`),
      fc.tuple(tie('truth'), tie('truth'), tie('truth')).map(([test, a, b]) => `(${test} ? ${a} : ${b})`),
    ),
  }))
  return truth
}

test('every statistic of the list can be compared', () => {
  for (const name of stageVocabulary.names) {
    const limit = stageVocabulary.unitOf[name] === 'duration' ? 'duration("1h")' : '1'
    expect(checkCondition(`${name} > ${limit}`)).toBeUndefined()
  }
})
