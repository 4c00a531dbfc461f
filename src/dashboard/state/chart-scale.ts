import type { Unit } from '../../protocol/vocabulary.ts'

const niceDurationsMs = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000,
]
const nice = [1, 2, 5]

/**
 * Ticks from 0 that cover `highest` in at most four steps, at values that read well.
 *
 * @param unit durations step by seconds, minutes and hours instead of by tens; counts by whole ones.
 */
export function ticks(highest: number, unit: Unit | null): number[] {
  const step = stepFor(highest, unit)
  const count = Math.max(1, Math.ceil(highest / step))
  return Array.from({ length: count + 1 }, (_, index) => index * step)
}

function stepFor(highest: number, unit: Unit | null): number {
  if (unit === 'ratio') return niceStep(Math.max(highest, 0.001) / 4)
  const least = Math.max(highest, 1) / 4
  if (unit !== 'duration') return niceStep(Math.max(1, least))
  return niceDurationsMs.find(candidate => candidate >= least) ?? Math.ceil(least / 86_400_000) * 86_400_000
}

function niceStep(least: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(least))
  return (nice.find(factor => factor * magnitude >= least) ?? 10) * magnitude
}
