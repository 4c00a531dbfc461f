import { expect, test } from 'vitest'
import { OTHER } from '../event/segment.ts'
import { countIgnored, newPartitionCounts, sumCounts } from './counts.ts'

test('ignored activities are counted by name, names that objects inherit included', () => {
  const counts = newPartitionCounts()
  const names = ['__proto__', 'constructor', 'toString', '__proto__', '', 'hasOwnProperty']
  for (const name of names) countIgnored(counts, name)
  expect(Object.entries(counts.ignoredBy).sort()).toEqual([
    ['', 1],
    ['__proto__', 2],
    ['constructor', 1],
    ['hasOwnProperty', 1],
    ['toString', 1],
  ])
  expect(counts.ignored).toBe(6)
})

test('past a hundred names the rest is counted together', () => {
  const counts = newPartitionCounts()
  for (let turn = 0; turn < 2; turn++) for (let n = 0; n < 150; n++) countIgnored(counts, `activity ${n}`)
  expect(Object.keys(counts.ignoredBy)).toHaveLength(101)
  expect(counts.ignoredBy['activity 99']).toBe(2)
  expect(counts.ignoredBy[OTHER]).toBe(100)
  expect(Object.values(counts.ignoredBy).reduce((sum, count) => sum + count, 0)).toBe(counts.ignored)
})

test('counts of several partitions add up, by name too, and stay as they were', () => {
  const one = { ...newPartitionCounts(), consumed: 3, rejected: 2, rejectedBy: { 'not-json': 2 } }
  const other = { ...newPartitionCounts(), consumed: 4, rejected: 3, rejectedBy: { 'not-json': 1, future: 2 } }
  countIgnored(one, '__proto__')
  countIgnored(other, '__proto__')
  countIgnored(other, 'noise')
  const sum = sumCounts([one, other])
  expect(sum).toMatchObject({ consumed: 7, rejected: 5, rejectedBy: { 'not-json': 3, future: 2 }, ignored: 3 })
  expect(Object.entries(sum.ignoredBy)).toEqual([
    ['__proto__', 2],
    ['noise', 1],
  ])
  expect(one.rejectedBy).toEqual({ 'not-json': 2 })
  expect(sumCounts([])).toEqual(newPartitionCounts())
})
