import { expect, test } from 'vitest'
import { instantOf, parseStartFrom } from './start-from.ts'

const now = Date.UTC(2026, 10, 28)

test.each([
  ['latest', now],
  ['2026-11-01T08:00:00+08:00', Date.UTC(2026, 10, 1)],
  ['-7d', Date.UTC(2026, 10, 21)],
  ['-1h30m', now - 5_400_000],
])('%s means an instant', (text, at) => {
  const startFrom = parseStartFrom(text)
  if (startFrom === undefined || startFrom.kind === 'earliest') throw new Error(`${text} was not read`)
  expect(instantOf(startFrom, now)).toBe(at)
})

test('earliest is no instant: what there is is read', () => {
  expect(parseStartFrom('earliest')).toEqual({ kind: 'earliest' })
})

test.each(['', 'yesterday', '7d', '-7', '2026-11-01', '2026-11-01T00:00:00', '--7d'])('%j is refused', text => {
  expect(parseStartFrom(text)).toBeUndefined()
})
