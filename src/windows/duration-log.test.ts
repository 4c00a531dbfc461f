import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DurationLog } from './duration-log.ts'

const ms = fc.oneof(fc.nat(20), fc.constantFrom(2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 45))
const entry = fc.record({ slot: fc.integer({ min: -1, max: 2 }), ms, isWithdrawn: fc.boolean() })

test('the next duration above or below is that of those counted and not withdrawn', () => {
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 60 }),
      ms,
      fc.option(fc.integer({ min: -1, max: 2 }), { nil: undefined }),
      (entries, bound, slot) => {
        let log = new DurationLog()
        const counted: { slot: number; ms: number }[] = []
        for (const one of entries) {
          const at = counted.findIndex(other => other.slot === one.slot && other.ms === one.ms)
          if (one.isWithdrawn && at < 0) continue
          log.add(one.slot, one.ms, one.isWithdrawn ? -1 : 1)
          if (one.isWithdrawn) counted.splice(at, 1)
          else counted.push(one)
          if (counted.length % 7 === 3) log = new DurationLog(log.snapshot())
        }
        const all = counted.filter(one => slot === undefined || one.slot === slot).map(one => one.ms)
        const above = Math.min(...all.filter(one => one > bound))
        const below = Math.max(...all.filter(one => one < bound))
        const times = (wanted: number) => all.filter(one => one === wanted).length
        if (times(above) === 0) expect(() => log.nextAbove(bound, slot)).toThrow('had not been counted')
        else expect(log.nextAbove(bound, slot)).toEqual({ ms: above, times: times(above) })
        if (times(below) === 0) expect(() => log.nextBelow(bound, slot)).toThrow('had not been counted')
        else expect(log.nextBelow(bound, slot)).toEqual({ ms: below, times: times(below) })
      },
    ),
    { numRuns: 500 },
  )
})

test('a log of many thousand durations forgets none of them', () => {
  const log = new DurationLog()
  for (let one = 0; one < 30_000; one++) log.add(one % 3, one, 1)
  expect([log.nextAbove(-1, undefined), log.nextBelow(Infinity, undefined)]).toEqual([
    { ms: 0, times: 1 },
    { ms: 29_999, times: 1 },
  ])
  const restored = new DurationLog(log.snapshot())
  restored.add(0, 30_000, 1)
  for (const bound of [7, 4_097, 12_000, 29_998]) {
    expect([restored.nextAbove(bound, undefined).ms, log.nextBelow(bound, 0).ms]).toEqual([
      bound + 1,
      bound - 1 - ((bound - 1) % 3),
    ])
  }
})
