import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CaseLateness, type Chance, chanceLate } from './lateness.ts'
import { LifeTable } from './life-table.ts'
import { AGE_BUCKETS, ageBucketOf, ageEdges } from './life-table-ages.ts'

const HOUR = 3_600_000

/** A table with these hazards an hour at ages up to the oldest; the share of zero-length visits beside them. */
function tableOf(hazardAt: (ageMs: number) => number, oldestAgeMs: number, zeroShare = 0): LifeTable {
  const exposureMs = new Float64Array(AGE_BUCKETS).fill(1_000 * HOUR)
  const exits = Float64Array.from(ageEdges, edge => 1_000 * hazardAt(edge))
  return new LifeTable({ exits, exposureMs, oldestAgeMs, zeroExits: 1_000 * zeroShare, entered: 1_000, windowMs: HOUR })
}

const constant = (perHour: number, zeroShare = 0) => tableOf(() => perHour, 10_000 * HOUR, zeroShare)

/** Nobody is at risk; all visits that left did so at once. */
const immediate = new LifeTable({
  exits: new Float64Array(AGE_BUCKETS),
  exposureMs: new Float64Array(AGE_BUCKETS),
  oldestAgeMs: 0,
  zeroExits: 100,
  entered: 100,
  windowMs: HOUR,
})

const empty = new LifeTable({
  exits: new Float64Array(AGE_BUCKETS),
  exposureMs: new Float64Array(AGE_BUCKETS),
  oldestAgeMs: 0,
  zeroExits: 0,
  entered: 0,
  windowMs: HOUR,
})

test('a stage alone is late with the share of those of its age that last beyond the deadline', () => {
  const late = chanceLate(constant(0.1), 3 * HOUR, 13 * HOUR)
  expect(late.low).toBeCloseTo(Math.exp(-1), 9)
  expect(late.high).toBe(late.low)
})

test('a stage alone has a range where its table does not reach the deadline', () => {
  const table = tableOf(() => 0.1, 5 * HOUR)
  const late = chanceLate(table, 0, 8 * HOUR)
  expect(late.low).toBe(0)
  expect(late.high).toBeCloseTo(Math.exp(-0.5), 9)
  expect(chanceLate(table, 6 * HOUR, 8 * HOUR)).toEqual({ low: 0, high: 1 })
  expect(chanceLate(empty, 0, HOUR)).toEqual({ low: 0, high: 1 })
})

test.each([0, 7, 90])('two stages of constant hazard, at an age of %i h, are late as the closed form says', age => {
  const [stage, rest] = [0.1, 0.03]
  const lateness = new CaseLateness(constant(stage), constant(rest))
  for (const hours of [1, 5, 20, 80]) {
    const [a, b] = [Math.exp(-stage * hours), Math.exp(-rest * hours)]
    const wanted = a + (stage / (stage - rest)) * (b - a)
    const { low, high } = lateness.chance(age * HOUR, (age + hours) * HOUR)
    expect(high).toBe(low)
    expect(Math.abs(low - wanted)).toBeLessThan(0.001)
  }
})

test('leaving a stage that ends the case is all that its deadline waits for', () => {
  const stage = constant(0.1)
  const lateness = new CaseLateness(stage, immediate)
  expect(lateness.chance(2 * HOUR, 9 * HOUR)).toEqual(chanceLate(stage, 2 * HOUR, 9 * HOUR))
})

test('a stage that some leave for the end of the case counts only the rest of the others', () => {
  const half = new CaseLateness(constant(0.1), constant(0.001, 0.5)).chance(0, 20 * HOUR).low
  const all = new CaseLateness(constant(0.1), constant(0.001)).chance(0, 20 * HOUR).low
  const stays = Math.exp(-2)
  expect(half - stays).toBeCloseTo((all - stays) / 2, 9)
})

test('a deadline that has come is missed for certain', () => {
  expect(new CaseLateness(empty, empty).chance(HOUR, HOUR)).toEqual({ low: 1, high: 1 })
})

test('nothing is known without a table, and of the rest without one only who stays in the stage', () => {
  expect(new CaseLateness(empty, immediate).chance(0, HOUR)).toEqual({ low: 0, high: 1 })
  const { low, high } = new CaseLateness(constant(0.1), empty).chance(0, 10 * HOUR)
  expect(low).toBeCloseTo(Math.exp(-1), 9)
  expect(high).toBeCloseTo(1, 9)
})

const hazards = fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { minLength: 1, maxLength: 12 })
const drawnTable = fc
  .record({ hazards, oldest: fc.integer({ min: 1, max: 400 }), zero: fc.constantFrom(0, 0, 0.3) })
  .map(({ hazards, oldest, zero }) =>
    tableOf(age => hazards[(ageBucketOf(age) >> 1) % hazards.length]!, oldest * HOUR, zero),
  )

test('both ends of the range lie in 0..1 and never rise with the due instant', () => {
  fc.assert(
    fc.property(drawnTable, drawnTable, fc.integer({ min: 0, max: 300 }), (stage, rest, age) => {
      const lateness = new CaseLateness(stage, rest)
      let before: Chance = { low: 1, high: 1 }
      for (let hours = 0; hours < 300; hours += 7) {
        const late = lateness.chance(age * HOUR, (age + hours) * HOUR)
        expect(late.low).toBeGreaterThanOrEqual(0)
        expect(late.low).toBeLessThanOrEqual(late.high + 1e-12)
        expect(late.low).toBeLessThanOrEqual(before.low + 1e-12)
        expect(late.high).toBeLessThanOrEqual(before.high + 1e-12)
        before = late
      }
    }),
    { numRuns: 300 },
  )
})

/** The composition by the minute: slow and obvious. */
function direct(stage: LifeTable, rest: LifeTable, ageMs: number, deadlineAgeMs: number): number {
  const step = HOUR / 12
  const at = stage.survival(ageMs)!
  let late = stage.survival(deadlineAgeMs)! / at
  for (let from = ageMs; from < deadlineAgeMs; from += step) {
    const left = (stage.survival(from)! - stage.survival(from + step)!) / at
    late += left * rest.survival(deadlineAgeMs - from - step / 2)!
  }
  return late
}

test('the composition is within 0.01 of the sum over all instants of leaving', () => {
  fc.assert(
    fc.property(
      hazards,
      hazards,
      fc.integer({ min: 0, max: 50 }),
      fc.integer({ min: 1, max: 60 }),
      (one, two, age, left) => {
        const smooth = (hazards: readonly number[]) => (ms: number) =>
          0.02 + hazards[(ageBucketOf(ms) >> 1) % hazards.length]! / 4
        const [stage, rest] = [tableOf(smooth(one), 10_000 * HOUR), tableOf(smooth(two), 10_000 * HOUR)]
        const { low } = new CaseLateness(stage, rest).chance(age * HOUR, (age + left) * HOUR)
        expect(Math.abs(low - direct(stage, rest, age * HOUR, (age + left) * HOUR))).toBeLessThan(0.01)
      },
    ),
    { numRuns: 300 },
  )
})

test('asked about a level only, both ends lie on the same side of it as without', () => {
  const level = fc.constantFrom(0.05, 0.3, 0.5, 0.8, 1)
  fc.assert(
    fc.property(drawnTable, drawnTable, fc.integer({ min: 0, max: 300 }), level, (stage, rest, age, wanted) => {
      const lateness = new CaseLateness(stage, rest)
      for (let hours = 0; hours < 300; hours += 7) {
        const whole = lateness.chance(age * HOUR, (age + hours) * HOUR)
        // The last digits of a sum that is not gone through may differ.
        if (Math.min(Math.abs(whole.low - wanted), Math.abs(whole.high - wanted)) < 1e-9) continue
        const side = lateness.chance(age * HOUR, (age + hours) * HOUR, wanted)
        expect([side.low >= wanted, side.high >= wanted]).toEqual([whole.low >= wanted, whole.high >= wanted])
      }
    }),
  )
})
