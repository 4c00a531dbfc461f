const niceDurationsMs = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000,
]
const nice = [1, 2, 5]

/**
 * Ticks from 0 that cover `highest` in at most four steps, at values that read well.
 *
 * @param unit durations step by seconds, minutes and hours instead of by tens.
 */
export function ticks(highest: number, unit: 'duration' | 'count'): number[] {
  const least = Math.max(highest, 1) / 4
  const step =
    unit === 'duration'
      ? (niceDurationsMs.find(candidate => candidate >= least) ?? Math.ceil(least / 86_400_000) * 86_400_000)
      : niceCount(least)
  const count = Math.max(1, Math.ceil(highest / step))
  return Array.from({ length: count + 1 }, (_, index) => index * step)
}

function niceCount(least: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(1, least)))
  return (nice.find(factor => factor * magnitude >= least) ?? 10) * magnitude
}

/** The `d` of a line through the points; a missing value interrupts it, and one alone is drawn as a dot. */
export function linePath(points: readonly (readonly [x: number, y: number] | undefined)[]): string {
  let path = ''
  points.forEach((point, index) => {
    if (point === undefined) return
    const at = `${point[0].toFixed(1)} ${point[1].toFixed(1)}`
    const begins = points[index - 1] === undefined
    path += begins ? `M${at}` : `L${at}`
    if (begins && points[index + 1] === undefined) path += 'h0'
  })
  return path
}
