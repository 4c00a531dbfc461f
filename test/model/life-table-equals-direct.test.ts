import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RandomDraws } from '../../src/source/random-draws.ts'
import type { LifeTable } from '../../src/windows/life-table.ts'
import { type DirectLifeTable, directLifeTable, type LifeTableVisit } from './life-table.ts'
import { arrivals, HOUR, StagePanes, sojourns } from './life-table-stage.ts'

/*
 * The table that is made of counts of panes against the one made of every visit. The bound: a percentile is within 2 %
 * of the direct one, or survival at the direct one is within 0.02 of what it should be, for panes of a 96th of the
 * window or shorter and not longer than the median duration.
 */
const percents = [50, 75, 90, 95, 99]

type Deviation = { readonly relative: number; readonly survival: number }

/** How far a percentile lies from the direct one; a bound on one side only is judged by survival at the oldest age. */
function deviation(table: LifeTable, direct: DirectLifeTable, share: number): Deviation {
  const found = table.quantile(share)
  const exact = direct.quantile(share)
  if (found === undefined || exact === undefined) {
    expect(found).toEqual(exact)
    return { relative: 0, survival: 0 }
  }
  if (typeof found === 'object' && typeof exact === 'object') {
    return { relative: Math.abs(found.atLeast / exact.atLeast - 1), survival: 0 }
  }
  const at = typeof exact === 'object' ? exact.atLeast : exact
  const survival = table.survival(Math.min(at, table.oldestAgeMs)) as number
  const relative =
    typeof found === 'number' && typeof exact === 'number' ? Math.abs(found / exact - 1) : Number.POSITIVE_INFINITY
  return { relative, survival: Math.abs(survival - (1 - share)) }
}

const scenarios = (['lognormal', 'exponential', 'weibull'] as const).flatMap(shape =>
  // 8,640 panes: 24 h of 10 s, of which the table takes several together.
  [96, 240, 8_640].map(panes => [shape, panes] as const),
)

test.each(scenarios)('%s stages over %i panes: within the bound of the direct table', (shape, panes) => {
  const paneMs = 10_000
  const windowMs = panes * paneMs
  const relatives: number[] = []
  let mostSurvival = 0
  for (const [index, medianMs] of [paneMs, windowMs / 24, windowMs / 4, windowMs, 2 * windowMs].entries()) {
    for (const visitsAWindow of [100, 800]) {
      const seed = 1_000 * index + visitsAWindow
      const draws = new RandomDraws(seed, panes)
      const at = Math.floor(Date.UTC(2026, 0, 5) + draws.fraction() * paneMs)
      const from = at - 1.1 * windowMs - 8 * medianMs
      const perHour = (visitsAWindow * HOUR) / windowMs
      const visits: LifeTableVisit[] = arrivals(draws, perHour, from, at).map(entry => {
        const leaves = entry + Math.round(sojourns[shape](draws, medianMs))
        return { entry, leave: leaves < at ? { at: leaves, completed: draws.fraction() < 0.95 } : undefined }
      })
      const { table, start } = new StagePanes(visits, paneMs).lifeTable(at, windowMs)
      const direct = directLifeTable(visits, start, at)
      expect(table.exits).toBe(direct.exits)
      for (const percent of percents) {
        const { relative, survival } = deviation(table, direct, percent / 100)
        relatives.push(relative)
        const isWithin = relative <= 0.02 || survival <= 0.02
        if (relative > 0.02) mostSurvival = Math.max(mostSurvival, survival)
        expect({ seed, medianMs, percent, relative, survival, isWithin }).toMatchObject({ isWithin: true })
      }
    }
  }
  relatives.sort((left, right) => left - right)
  const percentOf = (share: number) => `${(100 * relatives[Math.floor(share * (relatives.length - 1))]!).toFixed(2)} %`
  process.stdout.write(
    `${shape}, ${panes} panes, seeds 100–4800: error ${percentOf(0.5)} (median), ${percentOf(0.95)} (19 of 20), ` +
      `survival off by ${mostSurvival.toFixed(4)} where over 2 %\n`,
  )
  expect(relatives[Math.floor(relatives.length / 2)]).toBeLessThan(0.005)
})

/** Visits of up to 44 ms, whose duration buckets hold one ms each. */
const shortVisit = (): fc.Arbitrary<LifeTableVisit> =>
  fc
    .record({
      entry: fc.oneof(fc.integer({ min: -160, max: 20 }), fc.integer({ min: -40, max: -1 })),
      leave: fc.option(fc.record({ at: fc.oneof(fc.constant(0), fc.nat(44)), completed: fc.boolean() }), {
        nil: undefined,
      }),
    })
    .map(({ entry, leave }) => ({ entry, leave: leave && { ...leave, at: entry + leave.at } }))

test('with panes and duration buckets of 1 ms it is the direct table', () => {
  const reached = { values: 0, bounds: 0, nothing: 0, zero: 0 }
  fc.assert(
    fc.property(
      fc.array(shortVisit(), { maxLength: 40 }),
      fc.integer({ min: 1, max: 150 }),
      fc.array(fc.integer({ min: -5, max: 50 }), { minLength: 1, maxLength: 8 }),
      (visits, windowMs, ages) => {
        const { table, start } = new StagePanes(visits, 1).lifeTable(0, windowMs)
        expect(start).toBe(-windowMs)
        const direct = directLifeTable(visits, start, 0)
        expect(table.exits).toBe(direct.exits)
        expect(table.oldestAgeMs).toBe(direct.oldestAgeMs)
        for (const percent of percents) {
          const [found, exact] = [table.quantile(percent / 100), direct.quantile(percent / 100)]
          if (typeof exact === 'number' && typeof found === 'number') expect(found).toBeCloseTo(exact, 4)
          else expect(found).toEqual(exact)
          if (exact === undefined) reached.nothing++
          else if (typeof exact === 'object') reached.bounds++
          else if (exact === 0) reached.zero++
          else reached.values++
        }
        for (const age of ages) {
          if (age > direct.oldestAgeMs) expect(table.survival(age)).toBeUndefined()
          else if (age >= 0) expect(table.survival(age)).toBeCloseTo(direct.survival(age), 9)
          else expect(table.survival(age)).toBe(1)
        }
        const [age, deadline] = [Math.max(0, Math.min(...ages)), Math.max(...ages)]
        if (deadline > age && deadline <= direct.oldestAgeMs && direct.survival(age) > 1e-6) {
          const late = table.probabilityLate(age, deadline) as number
          expect(late).toBeCloseTo(direct.survival(deadline) / direct.survival(age), 6)
        }
      },
    ),
    { numRuns: 400 },
  )
  // Otherwise one of the answers would not have been compared.
  for (const count of Object.values(reached)) expect(count).toBeGreaterThan(20)
})

test.each<[string, LifeTableVisit[], unknown]>([
  ['nobody: nothing is known', [], undefined],
  [
    'who left before the window: nothing is known',
    [{ entry: -5_000_000, leave: { at: -4_000_000, completed: true } }],
    undefined,
  ],
  [
    'one open visit: its age, to half a pane, bounds every percentile',
    [{ entry: -95_000, leave: undefined }],
    { atLeast: 95_000.5 },
  ],
  ['visits of no length only: 0 ms', [1, 2, 3].map(n => ({ entry: -n, leave: { at: -n, completed: true } })), 0],
  [
    'only abandoned visits: the middle of the duration bucket of the oldest, (31,378, 32,065], bounds them',
    [{ entry: -64_000, leave: { at: -32_000, completed: false } }],
    { atLeast: 31_722 },
  ],
])('a window of %s', (_what, visits, expected) => {
  const { table } = new StagePanes(visits, 10_000).lifeTable(0, 960_000)
  expect([table.quantile(0.5), table.quantile(0.99)]).toEqual([expected, expected])
})
