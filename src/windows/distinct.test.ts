import { expect, test } from 'vitest'
import { MOST_DISTINCT } from './distinct.ts'
import { measureStatisticsOf } from './measure-statistics.ts'
import { MeasureWindows } from './measure-windows.ts'

const windowsOf = () =>
  new MeasureWindows({ paneMs: 10, windowsMs: [10, 30], keepsDistinct: true, keyOf: () => '["A"]' as never })

const distinctOf = (all: readonly MeasureWindows[], windowMs: number, at: number): number | undefined =>
  measureStatisticsOf({ parts: all.map(({ total }) => total), windowMs, at, decimals: 0, keepsDistinct: true })(
    'distinct',
  )

/** Of several kinds: numbers in a row, amounts that end alike, large and negative ones. */
const kinds: readonly ((index: number) => number)[] = [
  index => index,
  index => index * 100,
  index => 2 ** 45 + index * 1_000_003,
  index => -index * 7,
]

test('up to 10,000 values of a pane the number is exact', () => {
  const windows = windowsOf()
  for (let index = 0; index < MOST_DISTINCT; index++) for (const times of [1, 2]) windows.add(-1, times, index * 3)
  expect(distinctOf([windows], 10, 10)).toBe(MOST_DISTINCT)
})

test.each([15_000, 60_000, 200_000])('of %d values it is within 5 %', many => {
  for (const made of kinds) {
    const windows = windowsOf()
    for (let index = 0; index < many; index++) windows.add(-1, 1, made(index))
    const found = distinctOf([windows], 10, 10) ?? 0
    // Four standard errors of a sample of 5,000: 1.4 % each.
    expect(Math.abs(found / many - 1)).toBeLessThan(0.057)
  }
})

test('panes, shards and what has settled unite at the highest level; order and repetition play no part', () => {
  const [forward, backward, other] = [windowsOf(), windowsOf(), windowsOf()]
  const many = 30_000
  for (let index = 0; index < many; index++) {
    forward.add(-1, index % 2 === 0 ? 1 : 11, index)
    backward.add(-1, (many - 1 - index) % 2 === 0 ? 1 : 11, many - 1 - index)
    backward.add(-1, (many - 1 - index) % 2 === 0 ? 1 : 11, many - 1 - index)
  }
  // Shares half of its values with the first shard.
  for (let index = many / 2; index < many * 1.5; index++) other.add(-1, 1, index)
  const together = distinctOf([forward], 30, 20)
  expect(Math.abs((together ?? 0) / many - 1)).toBeLessThan(0.057)
  expect(distinctOf([backward], 30, 20)).toBe(together)
  const union = distinctOf([forward, other], 30, 20) ?? 0
  expect(Math.abs(union / (many * 1.5) - 1)).toBeLessThan(0.057)

  forward.advance(
    40,
    () => {},
    () => {},
  )
  expect(distinctOf([forward, other], 30, 20)).toBe(union)
  const restored = windowsOf()
  restored.restore(structuredClone(forward.snapshot()))
  expect(distinctOf([restored, other], 30, 20)).toBe(union)
})

test('values that are withdrawn leave no trace, though the pane had more than it keeps', () => {
  const windows = windowsOf()
  for (let index = 0; index < 25_000; index++) windows.add(-1, 1, index)
  expect(distinctOf([windows], 10, 10)).not.toBe(100)
  for (let index = 100; index < 25_000; index++) windows.withdraw(-1, 1, index)
  expect(distinctOf([windows], 10, 10)).toBe(100)
  const lookup = measureStatisticsOf({ parts: [windows.total], windowMs: 10, at: 10, decimals: 0, keepsDistinct: true })
  expect([lookup('count'), lookup('sum'), lookup('min'), lookup('max')]).toEqual([100, 4_950, 0, 99])
})
