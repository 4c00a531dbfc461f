import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  compileMatchers,
  type LabelMatcher,
  MatcherError,
  matcherText,
  matchesNothing,
  parseMatcher,
  unknownLabel,
} from './label-matcher.ts'
import { patternLimits } from './label-pattern.ts'

const labels = { alertname: 'picking_slow', severity: 'warning', warehouse: 'WH-2', region: '华东' }

test.each([
  ['warehouse="WH-2"', true],
  ['warehouse=WH-2', true],
  [' warehouse = "WH-2" ', true],
  ['warehouse!="WH-2"', false],
  ['warehouse="WH"', false],
  ['severity=~"info|warning"', true],
  ['severity=~info|warning', true],
  ['severity!~"info|warning"', false],
  // Of the whole value.
  ['warehouse=~"WH"', false],
  ['warehouse=~"WH-[0-9]+"', true],
  ['region="华东"', true],
  ['region=~"华.|华北"', true],
  // What an alert does not have is the empty text.
  ['carrier=""', true],
  ['carrier=', true],
  ['carrier!="x"', true],
  ['carrier=~".*"', true],
  ['carrier=~".+"', false],
  ['toString=""', true],
  ['"warehouse"="WH-2"', true],
  ['warehouse="WH\\-2"', false],
])('%s: %s', (text, expected) => {
  expect(compileMatchers([parseMatcher(text)])(labels)).toBe(expected)
})

test('all matchers have to match', () => {
  const both = ['severity="warning"', 'warehouse="WH-1"'].map(parseMatcher)
  expect([compileMatchers(both)(labels), compileMatchers(both.slice(0, 1))(labels)]).toEqual([false, true])
})

test.each([
  ['warehouse', 'write name="value"'],
  ['warehouse=="WH-2"', 'equal is written ='],
  ['="WH-2"', 'write name="value"'],
  ['warehouse="WH-2', 'write name="value"'],
  ['warehouse=WH 2', 'write name="value"'],
  ['{warehouse="WH-2"}', 'write name="value"'],
  ['', 'write name="value"'],
])('%s is no matcher', (text, problem) => {
  expect(() => parseMatcher(text)).toThrow(MatcherError)
  expect(() => parseMatcher(text)).toThrow(problem)
})

test('a matcher that is written is read back as it was, whatever stands in it', () => {
  const matcher = fc.record({
    name: fc.string({ unit: 'grapheme', minLength: 1 }),
    value: fc.string({ unit: 'grapheme' }),
    isEqual: fc.boolean(),
    isRegex: fc.boolean(),
  })
  fc.assert(
    fc.property(matcher, (given: LabelMatcher) => {
      expect(parseMatcher(matcherText(given))).toEqual(given)
    }),
  )
})

test.each([
  ['(', 'is no regular expression of RE2'],
  ['(?=a)b', 'is no regular expression of RE2'],
  ['(a)\\1', 'is no regular expression of RE2'],
  ['a'.repeat(patternLimits.characters + 1), 'at most 1000 are allowed'],
  ['((a{0,30}){0,30}){0,1}', 'is too large'],
])('%s is refused as a pattern', (value, problem) => {
  const matcher = { name: 'warehouse', value, isEqual: true, isRegex: true }
  expect(() => compileMatchers([matcher])).toThrow(MatcherError)
  expect(() => compileMatchers([matcher])).toThrow(problem)
})

test('what a backtracking engine takes years for is answered at once', () => {
  const hostile = [
    '(a+)+$',
    '(a|aa)+',
    '(.*a){20}',
    '(.*.*)*x',
    '(x+x+)+y',
    '((a*)*)*b',
    '(.*a.{12}){8}',
    '(a?){100}a{100}',
  ]
  const value = `${'a'.repeat(5_000)}!`
  const began = performance.now()
  const answers = hostile.map(text =>
    compileMatchers([{ name: 'a', value: text, isEqual: true, isRegex: true }])({ a: value }),
  )
  expect(performance.now() - began).toBeLessThan(2_000)
  expect(answers).toEqual([false, false, false, false, false, false, true, false])
})

test('a pattern answers the same however many values it was asked about', () => {
  const matches = compileMatchers([parseMatcher('order=~"A-[0-9]*0"')])
  const asked = Array.from({ length: 2_500 }, (_, index) => matches({ order: `A-${index}` }))
  expect(asked.filter(Boolean)).toHaveLength(250)
  expect(matches({ order: 'A-10' })).toBe(true)
})

test('what lets through alerts without the label is told, and a label that no alert has', () => {
  const texts = ['a="b"', 'a!="b"', 'a=~".*"', 'a=~".+"', 'a=""']
  expect(texts.map(text => matchesNothing(parseMatcher(text)))).toEqual([false, true, true, false, true])
  const known = new Set(['warehouse', 'severity'])
  expect(unknownLabel(parseMatcher('warehouse=x'), known)).toBe(undefined)
  expect(unknownLabel(parseMatcher('warehose=x'), known)).toContain('did you mean "warehouse"?')
})
