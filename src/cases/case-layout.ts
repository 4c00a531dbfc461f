/*
 * How a case lies in its block of words.
 *
 *     0  capacity            of the block, in words (the arena's)
 *     1  flags and count     8 bits of flags, then the number of kept events
 *     2  changes             the latest entry of the case in the log of changed visits, plus 1; 0: none
 *     3  queued              the tick of the timer that the case stands in
 *     4  key                 its length and bytes, 4 to a word
 *        folded to           2 words, with FOLDED: `at` of the newest folded event
 *        folded at           2 words an activity, with FOLDED, where sources have wide rows
 *        base                with BASE: the run that folded events have left
 *        tip                 with TIP: the run after all kept events; room for the largest run
 *        kept events         in their order, `eventWords` each
 *
 * Numbers of more than 32 bits take two words, the low one first.
 */
export const FLAGS_AND_COUNT = 1
export const CHANGES = 2
export const QUEUED = 3
export const KEY = 4

/** Of a case that no timer is set for. */
export const NOT_QUEUED = -(2 ** 31)

/** Some event has been folded away. */
export const FOLDED = 1
export const BASE = 2
export const TIP = 4
/** The open visits have been reported as expired. */
export const EXPIRED = 8
/** Some run has ended: the case stands among those that may be cut. */
export const ENDED_ONCE = 16

export const COUNT_SHIFT = 8
export const FLAG_BITS = 255

/** Cases with more kept events than this hold their tip, so that the next event need not go along all of them. */
export const MOST_WITHOUT_TIP = 8

const TWO_32 = 4_294_967_296

/** @param value a whole number below 2^53 in size. */
export function writeWhole(page: Int32Array, at: number, value: number): void {
  page[at] = value | 0
  page[at + 1] = Math.floor(value / TWO_32)
}

export const readWhole = (page: Int32Array, at: number): number =>
  (page[at + 1] as number) * TWO_32 + ((page[at] as number) >>> 0)

/** Instants that mean "none" are written as the lowest whole number. */
export const NO_INSTANT = -(2 ** 62)

const double = new Float64Array(1)
const halves = new Int32Array(double.buffer)

export function writeDouble(page: Int32Array, at: number, value: number): void {
  double[0] = value
  page[at] = halves[0] as number
  page[at + 1] = halves[1] as number
}

export function readDouble(page: Int32Array, at: number): number {
  halves[0] = page[at] as number
  halves[1] = page[at + 1] as number
  return double[0] as number
}
