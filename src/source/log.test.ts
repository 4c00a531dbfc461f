import { expect, test } from 'vitest'
import { standingOf } from './log.ts'

const log = { low: 100, high: 200 }

test.each([
  ['at its beginning', 100, 'a', 'a', 'follows'],
  ['in its middle', 150, 'a', 'a', 'follows'],
  ['at its end', 200, 'a', 'a', 'follows'],
  ['before its beginning', 99, 'a', 'a', 'gap'],
  ['past its end', 201, 'a', 'a', 'cut'],
  ['of another topic, wherever', 150, 'a', 'b', 'other'],
  ['of another topic, before its beginning', 99, 'a', 'b', 'other'],
  ['in its middle, where nobody names logs', 150, undefined, undefined, 'follows'],
  ['in its middle, where it was not named before', 150, undefined, 'b', 'follows'],
  ['before its beginning, where nobody names logs', 99, undefined, undefined, 'gap'],
  ['past its end, where nobody names logs', 201, undefined, undefined, 'other'],
  ['past its end, where it is not named any more', 201, 'a', undefined, 'other'],
] as const)('a position %s', (_where, next, was, is, standing) => {
  expect(standingOf({ next, topicId: was }, { ...log, topicId: is })).toBe(standing)
})
