import fc from 'fast-check'
import { expect, test } from 'vitest'
import { instant } from '../event/instant.ts'
import { attribute } from './attribution.ts'
import type { Compared, ComparedSegment } from './compared.ts'

const tally = fc
  .record({ fresh: fc.nat(50), reworked: fc.nat(20), exited: fc.nat(60), meanMs: fc.nat(100_000_000) })
  .map(({ fresh, reworked, exited, meanMs }) => ({
    entered: fresh + reworked,
    reworked,
    exited,
    sumMs: exited * meanMs,
  }))

const segments = fc.array(
  fc.record({
    labels: fc.record({ warehouse: fc.constantFrom('a', 'b', 'c', null), carrier: fc.constantFrom('x', 'y') }),
    before: tally,
    now: tally,
  }),
  { minLength: 1, maxLength: 8 },
)

const comparedOf = (own: readonly ComparedSegment[], inside: Compared['inside'] = []): Compared => ({
  window: { start: instant(200), end: instant(300) },
  before: { start: instant(100), end: instant(200) },
  own: { stage: 'picking', segments: own },
  inside,
})

const segment = (warehouse: string, before: readonly number[], now: readonly number[]): ComparedSegment => {
  const of = ([entered = 0, reworked = 0, exited = 0, sumMs = 0]: readonly number[]) => ({
    entered,
    reworked,
    exited,
    sumMs,
  })
  return { labels: { warehouse }, before: of(before), now: of(now) }
}

test('the parts of a stage add up to the change as they are written, and nothing is left over', () => {
  let told = 0
  fc.assert(
    fc.property(segments, own => {
      const found = attribute(comparedOf(own))
      if (found === undefined) return
      told++
      const { beforeMs, nowMs, parts, othersMs, restMs } = found
      expect(beforeMs + parts.reduce((sum, { changeMs }) => sum + changeMs, 0) + othersMs + restMs).toBe(nowMs)
      expect(Math.abs(restMs)).toBeLessThanOrEqual(1)
    }),
    { numRuns: 500 },
  )
  expect(told).toBeGreaterThan(300)
})

test('a segment that takes longer, one that more goes to, and one that is passed again are told apart', () => {
  const usual = [100, 0, 100, 100_000] as const
  const slow = attribute(comparedOf([segment('a', usual, [100, 0, 100, 300_000]), segment('b', usual, usual)]))
  expect(slow?.parts).toEqual([{ stage: 'picking', segment: { warehouse: 'a' }, cause: 'time', changeMs: 1_000 }])
  const shifted = attribute(
    comparedOf([
      segment('a', [50, 0, 50, 50_000], usual),
      segment('b', [50, 0, 50, 500_000], [300, 0, 300, 3_000_000]),
    ]),
  )
  expect(shifted?.parts.map(({ cause }) => cause)).toEqual(['mix', 'mix'])
  const again = attribute(comparedOf([segment('a', usual, [150, 50, 100, 100_000]), segment('b', usual, usual)]))
  expect(again?.parts).toEqual([{ stage: 'picking', segment: { warehouse: 'a' }, cause: 'rework', changeMs: 250 }])
})

test('of stages inside, what they do not explain is the rest', () => {
  const inner = { stage: 'packing', share: 0.5, segments: [segment('a', [10, 0, 10, 10_000], [10, 0, 10, 30_000])] }
  const found = attribute(comparedOf([segment('a', [10, 0, 10, 50_000], [10, 0, 10, 65_000])], [inner]))
  expect(found).toMatchObject({ beforeMs: 5_000, nowMs: 6_500, othersMs: 0, restMs: 500 })
  expect(found?.parts).toEqual([{ stage: 'packing', segment: { warehouse: 'a' }, cause: 'time', changeMs: 1_000 }])
})

test('where nothing has completed on one side there is no mean to compare', () => {
  expect(attribute(comparedOf([segment('a', [10, 0, 0, 0], [10, 0, 10, 10])]))).toBeUndefined()
})

test('a warehouse that is slow with every carrier is one part', () => {
  const own = ['x', 'y', 'z'].flatMap(carrier =>
    ['a', 'b'].map(warehouse => {
      const one = segment(warehouse, [10, 0, 10, 10_000], [10, 0, 10, warehouse === 'a' ? 40_000 : 10_000])
      return { ...one, labels: { warehouse, carrier } }
    }),
  )
  expect(attribute(comparedOf(own))?.parts[0]).toMatchObject({ segment: { warehouse: 'a' }, changeMs: 1_500 })
})
