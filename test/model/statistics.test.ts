import { describe, expect, test } from 'vitest'
import { pane, run, type Written } from './orders.ts'
import { bucketOf } from './panes.ts'
import { windowStart, windowStatistics } from './statistics.ts'

describe('panes and statistics', () => {
  test('a visit that ends on the edge of a pane is counted in the later one', () => {
    const state = run([
      [-10, 'paid'],
      [0, 'picked'],
    ])
    expect(pane(state, 0, 'total', -10)).toEqual({ entered: 1 })
    expect(pane(state, 0, 'total', 0)).toEqual({ exited: 1 })
  })

  test('a negative instant lies in the pane before the epoch', () => {
    expect(pane(run([[-1, 'paid']]), 0, 'total', -10)).toEqual({ entered: 1 })
  })

  test('durations have sum, min, max and buckets, and breach the target of their segment', () => {
    const target = { default: 3, by: [['wh', 'b', 1] as const] }
    const stages = { picking: { from: ['paid'], to: ['picked'], by: ['wh'], target } }
    const events: Written[] = [
      [0, 'paid'],
      [3, 'picked'],
      [4, 'paid'],
      [4, 'picked'],
      [5, 'paid', { wh: 'b' }],
      [7, 'picked'],
    ]
    const total = run(events, { stages }).panes.find(({ segment }) => segment === 'total')
    expect(total).toMatchObject({
      sum: 5,
      min: 0,
      max: 3,
      breached: 1,
      buckets: new Map([
        ['zero', 1],
        ['32', 1],
        ['51', 1],
      ]),
    })
  })

  test('bucket i ends at 2^(i/32), exactly', () => {
    expect([0, 1, 2, 3, 4, 2 ** 40, 2 ** 40 + 1].map(bucketOf)).toEqual(['zero', '0', '32', '51', '64', '1280', '1281'])
    for (let ms = 1; ms < 3_000; ms++) {
      const index = BigInt(bucketOf(ms))
      expect(BigInt(ms) ** 32n <= 2n ** index).toBe(true)
      if (index > 0n) expect(BigInt(ms) ** 32n > 2n ** (index - 1n)).toBe(true)
    }
  })

  test('a window holds whole panes and the one that fills', () => {
    expect(windowStart(10, 30, 45)).toBe(10)
    expect(windowStart(10, 30, 40)).toBe(10)
    expect(windowStart(10, 10_000, 45)).toBe(-9_960)
    // 10,010 / 10 > 1,000: panes of 20, and −9,970 lies in the one from −9,980.
    expect(windowStart(10, 10_010, 45)).toBe(-9_980)
  })

  test('statistics of a window', () => {
    const target = { default: 4 }
    const stages = { picking: { from: ['paid'], to: ['picked'], by: ['wh'], target } }
    const events: Written[] = [
      [0, 'A:paid', { wh: 'a' }],
      [2, 'A:picked'],
      [10, 'B:paid', { wh: 'a' }],
      [16, 'B:picked'],
      [17, 'C:paid', { wh: 'b' }],
      [18, 'D:paid', { wh: 'b' }],
      [24, 'D:picked'],
    ]
    const state = run(events, { stages })
    const total = windowStatistics(state, 0, [], 10, 25).get('[]')!
    // Window [10, 25): B and D came and went in 6 ms each, C is open since the pane of 10..20, so 10 ms old.
    expect(total).toMatchObject({
      entered: 3,
      exited: 2,
      sum: 12,
      avg: 6,
      p50: 6,
      p99: 6,
      breached: 2,
      within_target: 0,
    })
    expect(total).toMatchObject({ wip: 1, age_p50: 10, age_max: 10, overdue: 1, at_risk: 3, abandoned: 0, expired: 0 })
    expect(total.throughput).toBeCloseTo((2 * 3_600_000) / 15)
    const bySegment = windowStatistics(state, 0, [0], 10, 25)
    expect([...bySegment.keys()]).toEqual(['["a"]', '["b"]'])
    expect(bySegment.get('["a"]')).toMatchObject({ entered: 1, exited: 1, wip: 0, p50: 6 })
    expect(bySegment.get('["a"]')).not.toHaveProperty('age_p50')
  })

  test('an age never counts from after the instant of evaluation', () => {
    expect(windowStatistics(run([[21, 'paid']]), 0, [], 10, 22).get('[]')).toMatchObject({ wip: 1, age_max: 0 })
  })
})
