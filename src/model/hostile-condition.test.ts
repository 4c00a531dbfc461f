import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { conditionLimits } from './cel.ts'
import { checkCondition } from './condition.ts'
import { checkEventCondition, eventConditionNames } from './event-condition.ts'
import { checkRecordCondition } from './record-condition.ts'

/** A check may take so long, measured as the best of three so that a busy machine does not decide. */
const budgetMs = 50

const checks: readonly ((text: string) => unknown)[] = [
  checkCondition,
  checkRecordCondition,
  text => checkEventCondition(text, ['a', 'b.c']),
  eventConditionNames,
]

function slowestMs(text: string): number {
  const once = (check: (text: string) => unknown) => {
    const start = performance.now()
    check(text)
    return performance.now() - start
  }
  return Math.max(...checks.map(check => Math.min(once(check), once(check), once(check))))
}

const handmade: readonly [string, string][] = [
  ['a deep nest of parentheses', '('.repeat(2_000) + 'wip > 1' + ')'.repeat(1_900)],
  ['a nest that is just allowed', '('.repeat(39) + 'wip > 1' + ')'.repeat(39)],
  ['open parentheses only', '('.repeat(4_000)],
  ['a long row of nots', '!'.repeat(3_990) + 'a'],
  ['a long row of minuses', '-'.repeat(3_990) + 'a > 1'],
  ['nots apart', '! '.repeat(1_990) + 'true'],
  ['a chain of conjunctions', Array(550).fill('wip>1').join('&&')],
  ['a chain of sums', Array(990).fill('wip').join('+') + ' > 1'],
  ['a long sum', 'a' + '+1'.repeat(490) + ' > 1'],
  ['a chain of ternaries', 'wip>1?'.repeat(360) + 'true' + ':true'.repeat(360)],
  ['ternaries nested in the test', '('.repeat(30) + 'wip>1' + '?true:false)'.repeat(30)],
  ['ternaries in numbers', 'wip > ' + '(wip>'.repeat(30) + '1' + '?1:2)'.repeat(30)],
  ['a long path', 'a' + '.a'.repeat(1_990)],
  ['nested brackets', 'a' + '[a'.repeat(1_900)],
  ['a huge list', `a in [${Array(990).fill('"x"').join(',')}]`],
  ['a list at the limit', `a in [${Array(500).fill('"x"').join(',')}]`],
  ['nested lists', '['.repeat(2_000) + ']'.repeat(2_000)],
  ['nested maps', '{1:'.repeat(1_300)],
  ['many arguments', `has(${Array(1_990).fill('a').join(',')})`],
  ['nested calls', 'duration('.repeat(400)],
  ['nested macros', 'a.all(x,'.repeat(38) + 'true' + ')'.repeat(38)],
  ['macros beside each other', Array(250).fill('a.exists(x,x)').join('&&')],
  ['a pattern that backtracks', '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!".matches("(a+)+$")'],
  ['a pattern on a field', 'a.matches("(([a-z])+.)+[A-Z]([a-z])+$")'],
  ['an integer of thousands of digits', `wip > ${'9'.repeat(3_900)}`],
  ['a hexadecimal integer of thousands of digits', `wip > 0x${'f'.repeat(3_900)}`],
  ['a decimal of thousands of digits', `wip > 1.${'9'.repeat(3_900)}`],
  ['an exponent without end', `wip > 1e${'9'.repeat(3_900)}`],
  ['a duration of thousands of digits', `p90 > duration("${'9'.repeat(3_900)}h")`],
  ['a duration of thousands of units', `p90 > duration("${'1h'.repeat(1_900)}")`],
  ['a long text', `a == "${'x'.repeat(3_900)}"`],
  ['a text of escapes', `a == "${'\\u0041'.repeat(660)}"`],
  ['a text without end', `a == "${'x'.repeat(3_900)}`],
  ['a triple-quoted text without end', `a == """${'\n'.repeat(3_900)}`],
  ['a lone surrogate', 'a == "\ud800"'],
  ['a name of thousands of letters', `${'w'.repeat(3_900)} > 1`],
  ['a function of thousands of letters', `${'w'.repeat(3_900)}(1) > 1`],
  ['a method of thousands of letters', `a.${'w'.repeat(3_900)}(1)`],
  ['lines without end', '\n'.repeat(3_990) + 'wip ~'],
  ['spaces without end', ' '.repeat(4_000)],
  ['comments without end', '//(\n'.repeat(990) + 'wip > 1'],
  ['a zero character', 'wip\0 > 1'],
  ['right-to-left marks', '\u202ewip > 1\u202c'],
  ['letters that look like others', 'wір > 1'],
  ['combining marks', `wip${'\u0301'.repeat(3_900)} > 1`],
  ['emoji', '🧨'.repeat(1_990)],
  ['members of every object', 'a.__proto__.constructor == a.prototype && constructor == 1 && toString.b == 1'],
  ['a text of megabytes', 'wip > 1 && '.repeat(200_000) + 'wip > 1'],
]

describe('a hostile condition', () => {
  beforeAll(() => {
    for (const check of checks) check('a == "warm" && wip > 1')
  })

  test.each(handmade)('made of %s is checked in time', (_name, text) => {
    expect(slowestMs(text)).toBeLessThan(budgetMs)
  })

  test('put together from pieces of the language, at random, is checked in time and never throws', () => {
    const piece = fc.constantFrom(
      ...['wip', 'a', 'b.c', '.', '(', ')', '[', ']', '{', '}', ',', ':', '?', '!', '-', '+', '*', '/', '%', '<', '>='],
      ...['==', '!=', '&&', '||', ' in ', 'has(', 'size(', 'duration("4h")', '.matches(', '.all(x,', '.map(x,', 'null'],
      ...['true', '"x"', "'", '"""', 'r"\\', 'b"\\xff"', '1', '1.5', '5u', '0x', '1e', '\\', '\n', '仓', '\ud83d', ' '],
    )
    const pieces = fc.array(piece, { maxLength: 400, size: 'max' }).map(parts => parts.join(''))
    fc.assert(
      fc.property(pieces, text => slowestMs(text) < budgetMs),
      { numRuns: 600 },
    )
  })

  test('of arbitrary characters is checked in time and never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 4_500, size: 'max' }), text => slowestMs(text) < budgetMs),
      { numRuns: 400 },
    )
  })

  test('beyond the limits is told so', () => {
    expect(checkCondition('x'.repeat(conditionLimits.characters + 1))?.message).toMatch(/4001 characters; at most 4000/)
    expect(checkCondition('('.repeat(50))?.message).toMatch(/nested more than 40 levels/)
    expect(checkCondition(Array(550).fill('wip>1').join('&&'))?.message).toMatch(/more than 1000 names/)
    expect(checkRecordCondition(`a in [${Array(600).fill('"x"').join(',')}]`)?.message).toMatch(
      /more than 500 elements/,
    )
  })
})
