import { expect, test } from 'vitest'
import { readTagFilter } from './tag-filter.ts'

const tags = { owner: 'dc-ops', severity: 'critical', rule: 'picking_slow', waits: '12' }
const holds = (written: unknown): boolean => {
  const filter = readTagFilter(written)
  if (typeof filter !== 'function') throw new Error(filter.problem)
  return filter(tags)
}

test.each([
  ['eq', { val: 'dc-ops' }, { val: 'ops' }],
  ['neq', { val: 'ops' }, { val: 'dc-ops' }],
  ['in', { vals: ['a', 'dc-ops'] }, { vals: [] }],
  ['nin', { vals: ['a'] }, { vals: ['dc-ops'] }],
  ['sw', { val: 'dc' }, { val: 'ops' }],
  ['ew', { val: 'ops' }, { val: 'dc' }],
  ['ct', { val: '-' }, { val: '+' }],
])('%s', (cmp, right, wrong) => {
  expect(holds({ key: 'owner', cmp, ...right })).toBe(true)
  expect(holds({ key: 'owner', cmp, ...wrong })).toBe(false)
  // What is not said is neither like anything nor unlike it.
  expect(holds({ key: 'stage', cmp, ...right })).toBe(false)
})

test.each([
  ['lt', '13', '12'],
  ['lte', '12', '11.5'],
  ['gt', '2', '12'],
  ['gte', '12', '100'],
])('%s compares as numbers', (cmp, right, wrong) => {
  expect(holds({ key: 'waits', cmp, val: right })).toBe(true)
  expect(holds({ key: 'waits', cmp, val: wrong })).toBe(false)
  expect(holds({ key: 'owner', cmp, val: right })).toBe(false)
})

test('there or not, and all of, one of, none of', () => {
  const isThere = { key: 'owner', cmp: 'ex' }
  const isNot = { key: 'owner', cmp: 'nex' }
  expect([holds(isThere), holds(isNot), holds({ key: 'stage', cmp: 'nex' })]).toEqual([true, false, true])
  expect(holds({ op: 'and', nodes: [isThere, isThere] })).toBe(true)
  expect(holds({ op: 'and', nodes: [isThere, isNot] })).toBe(false)
  expect(holds({ op: 'or', nodes: [isNot, isThere] })).toBe(true)
  expect(holds({ op: 'or', nodes: [isNot, isNot] })).toBe(false)
  expect(holds({ op: 'not', nodes: [isNot] })).toBe(true)
})

test('it may be ten deep', () => {
  const nested = (depth: number): object =>
    depth === 1 ? { key: 'owner', cmp: 'ex' } : { op: 'and', nodes: [nested(depth - 1)] }
  expect(holds(nested(10))).toBe(true)
  expect(readTagFilter(nested(11))).toEqual({ problem: 'it is nested deeper than 10' })
})

test.each([
  [{ key: 'owner' }, 'needs `key` and `cmp`'],
  [{ key: 'owner', cmp: 'like', val: 'x' }, 'cmp'],
  [{ op: 'xor', nodes: [] }, 'op'],
  [
    {
      op: 'not',
      nodes: [
        { key: 'a', cmp: 'ex' },
        { key: 'b', cmp: 'ex' },
      ],
    },
    '`not` takes one node',
  ],
  [{ op: 'or' }, '`or` has no `nodes`'],
  [{ key: 'a', cmp: 'gt', val: 'many' }, '`gt` needs a number'],
  ['owner', 'expected object'],
])('%o is none, and what is wrong is said', (written, problem) => {
  expect(readTagFilter(written)).toEqual({ problem: expect.stringContaining(problem) })
})
