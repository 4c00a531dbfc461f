import type { DurationLog } from './duration-log.ts'

/*
 * The shortest and the longest of some durations, and how many there are of each, in the columns of a record: the two
 * durations stand side by side among its numbers, the two counts among its words.
 */

/** No durations. */
export function clearExtremes(numbers: Float64Array, least: number): void {
  numbers[least] = Infinity
  numbers[least + 1] = -1
}

/** @param least,atLeast where the shortest duration and the count of it stand; those of the longest come next. */
export function widenExtremes(
  numbers: Float64Array,
  least: number,
  words: Int32Array,
  atLeast: number,
  ms: number,
): void {
  const leastMs = numbers[least] as number
  const mostMs = numbers[least + 1] as number
  if (ms <= leastMs) {
    words[atLeast] = ms === leastMs ? (words[atLeast] as number) + 1 : 1
    numbers[least] = ms
  }
  if (ms >= mostMs) {
    words[atLeast + 1] = ms === mostMs ? (words[atLeast + 1] as number) + 1 : 1
    numbers[least + 1] = ms
  }
}

/**
 * A duration is gone, others are left.
 *
 * @param log holds all durations of the slice, this one withdrawn.
 * @param slot of the segment; undefined: of all together.
 */
export function narrowExtremes(
  numbers: Float64Array,
  least: number,
  words: Int32Array,
  atLeast: number,
  ms: number,
  log: DurationLog,
  slot: number | undefined,
): void {
  if (ms === numbers[least] && isLast(words, atLeast)) {
    const next = log.nextAbove(ms, slot)
    numbers[least] = next.ms
    words[atLeast] = next.times
  }
  if (ms === numbers[least + 1] && isLast(words, atLeast + 1)) {
    const next = log.nextBelow(ms, slot)
    numbers[least + 1] = next.ms
    words[atLeast + 1] = next.times
  }
}

/** One of the durations that are an extreme is gone. */
function isLast(words: Int32Array, at: number): boolean {
  const left = (words[at] as number) - 1
  words[at] = left
  return left === 0
}
