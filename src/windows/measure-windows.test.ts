import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SegmentKey } from '../event/segment.ts'
import { measureStatisticNames } from '../model/statistics.ts'
import { measureStatisticsOf } from './measure-statistics.ts'
import { MeasureWindows } from './measure-windows.ts'

const newWindows = () =>
  new MeasureWindows({
    paneMs: 10,
    windowsMs: [10, 40],
    keepsDistinct: true,
    keyOf: slot => `["S${slot}"]` as SegmentKey,
  })

const statistics = (windows: MeasureWindows, at: number, slot?: number) => {
  const series = slot === undefined ? windows.total : windows.segments.get(`["S${slot}"]` as SegmentKey)
  const lookup = measureStatisticsOf({
    parts: series ? [series] : [],
    windowMs: 40,
    at,
    decimals: 2,
    keepsDistinct: true,
  })
  return Object.fromEntries(measureStatisticNames.map(name => [name, lookup(name)]))
}

test('amounts are shown in their own unit, quantiles within 1.1 % and within what was seen', () => {
  const windows = newWindows()
  for (const value of [-250, 0, 1_999, 1_999, 12_345]) windows.add(1, 5, value)
  expect(statistics(windows, 10)).toMatchObject({ count: 5, sum: 160.93, min: -2.5, max: 123.45, distinct: 4 })
  expect(statistics(windows, 10).avg).toBeCloseTo(32.186)
  expect(statistics(windows, 10).p50).toBeCloseTo(19.99, 0)
  expect(statistics(windows, 10).p99).toBeLessThanOrEqual(123.45)
  expect(statistics(newWindows(), 10)).toMatchObject({
    count: 0,
    sum: 0,
    distinct: 0,
    avg: undefined,
    min: undefined,
    p50: undefined,
  })
})

test('an event whose pane has settled changes nothing', () => {
  const windows = newWindows()
  windows.add(1, 5, 7)
  windows.advance(
    10,
    () => {},
    () => {},
  )
  expect([windows.isOpenAt(9), windows.isOpenAt(10)]).toEqual([false, true])
  windows.add(1, 9, 100)
  expect(statistics(windows, 12)).toMatchObject({ count: 1, sum: 0.07, max: 0.07 })
})

test('an event that stands under the rest is withdrawn there, though its segment has a slot by now', () => {
  const windows = newWindows()
  windows.add(0, 5, 7)
  windows.add(3, 5, 8)
  windows.withdraw(3, 5, 7)
  expect([statistics(windows, 10, 0).count, statistics(windows, 10, 3).count]).toEqual([0, 1])
})

test('a slot is free when its last pane has left', () => {
  const windows = newWindows()
  windows.add(1, 5, 7)
  const released: number[] = []
  for (let horizon = 10; horizon <= 100; horizon += 10)
    windows.advance(
      horizon,
      () => {},
      slot => released.push(slot),
    )
  expect(released).toEqual([1])
  expect(windows.segments.size).toBe(0)
})

test('windows, settled panes and a restored state equal what is counted from the list of values', () => {
  const step = fc.record({
    at: fc.integer({ min: 0, max: 12 }),
    value: fc.constantFrom(0, 1, -1, 7, 7, -(2 ** 53), 2 ** 53, 2 ** 40 + 1),
    slot: fc.integer({ min: 1, max: 2 }),
    kind: fc.constantFrom('add', 'add', 'add', 'withdraw', 'time', 'restart'),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      let windows = newWindows()
      let clock = 0
      let counted: { at: number; value: number; slot: number }[] = []
      const settledBefore = () => Math.floor((clock - 20) / 10) * 10
      for (const { at, value, slot, kind } of steps) {
        if (kind === 'time') {
          clock += at
          windows.advance(
            clock - 20,
            () => {},
            () => {},
          )
        } else if (kind === 'restart') {
          const restored = newWindows()
          restored.restore(structuredClone(windows.snapshot()))
          windows = restored
        } else if (kind === 'add') {
          if (clock - at < settledBefore()) continue
          windows.add(slot, clock - at, value)
          counted.push({ at: clock - at, value, slot })
        } else {
          const one = counted.find(candidate => candidate.value === value && candidate.at >= settledBefore())
          if (one === undefined) continue
          windows.withdraw(one.slot, one.at, one.value)
          counted = counted.filter(candidate => candidate !== one)
        }
        const now = clock + 1
        const inside = counted.filter(one => one.at >= Math.floor(now / 10) * 10 - 40)
        for (const of of [undefined, 1, 2]) {
          const values = inside.filter(one => of === undefined || one.slot === of).map(one => one.value)
          const sum = Number(values.reduce((total, one) => total + BigInt(one), 0n)) / 100
          expect(statistics(windows, now, of)).toMatchObject({
            count: values.length,
            sum,
            distinct: new Set(values).size,
            min: values.length === 0 ? undefined : Math.min(...values) / 100,
            max: values.length === 0 ? undefined : Math.max(...values) / 100,
          })
        }
      }
    }),
  )
})
