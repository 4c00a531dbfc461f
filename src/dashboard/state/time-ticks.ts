import { localText } from './zoned-time.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const stepsMs = [
  ...[1, 2, 5, 10, 15, 30].map(count => count * second),
  ...[1, 2, 5, 10, 15, 30].map(count => count * minute),
  ...[1, 2, 3, 6, 12].map(count => count * hour),
  ...[1, 2, 7, 14, 28, 91, 182, 364].map(count => count * day),
]

/**
 * Instants of [from, to] that read well on a time axis: whole minutes, hours or days of a clock in the zone.
 *
 * @param most how many there are at most, 1 or more.
 */
export function timeTicks(from: number, to: number, most: number, timeZone: string): number[] {
  const least = (to - from) / most
  const step = stepsMs.find(candidate => candidate >= least) ?? Math.ceil(least / (364 * day)) * 364 * day
  // A clock that is changed in between moves the later ticks off the round hour; their texts are still right.
  const ahead = Date.parse(`${localText(from, timeZone)}Z`) - Math.floor(from / minute) * minute
  const ticks: number[] = []
  for (let at = Math.ceil((from + ahead) / step) * step - ahead; at <= to; at += step) ticks.push(at)
  return ticks.slice(0, most)
}
