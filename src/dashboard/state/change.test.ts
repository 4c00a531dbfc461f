import { expect, test } from 'vitest'
import { changeOf } from './change.ts'

test('a change is said as a share of what it was', () => {
  expect(changeOf(150, 100)).toEqual({ kind: 'more', share: 0.5 })
  expect(changeOf(25, 100)).toEqual({ kind: 'less', share: 0.75 })
  expect(changeOf(0, 100)).toEqual({ kind: 'less', share: 1 })
})

test('what is hardly apart is the same, and what cannot be compared is not', () => {
  expect(changeOf(100.4, 100).kind).toBe('same')
  expect(changeOf(0, 0).kind).toBe('same')
  expect(changeOf(3, 0).kind).toBe('new')
  for (const [now, before] of [
    [null, 3],
    [3, null],
    [3, undefined],
  ] as const) {
    expect(changeOf(now, before).kind).toBe('unknown')
  }
})
