/*
 * Durations are counted in base-2 exponential buckets of scale 5: bucket i holds (2^((i−1)/32), 2^(i/32)] ms, and 0 ms
 * has a bucket of its own. Counts are integers, so histograms add, subtract and merge exactly, in any order; a quantile
 * read from them is within 1.1 % of the exact one (half a bucket: 2^(1/64) − 1).
 * Source: OpenTelemetry metrics data model, exponential histogram; Masson et al., "DDSketch", VLDB 2019.
 */

/** The bucket of 0 ms; below all others, so that buckets sort by duration. */
export const ZERO_BUCKET = -1

const perOctave = 32
const topIndex = 53 * perOctave

/** `upperEdges[i]` is the largest whole number of ms in bucket i: ⌊2^(i/32)⌋, computed without rounding errors. */
const upperEdges = Float64Array.from({ length: topIndex + 1 }, (_, index) => floorPowerOfTwo(index))

/**
 * By the six bits after a number's leading one: the bucket of the smallest number that begins so, within its octave.
 * Such a span is 0.72 of a bucket wide at most, so a number lies in that bucket or in the next one.
 */
const slotsPerOctave = 64
const firstBuckets = Uint8Array.from({ length: slotsPerOctave }, (_, slot) =>
  slot === 0 ? 0 : Math.ceil(Math.log2(1 + slot / slotsPerOctave) * perOctave),
)

/**
 * The bucket that holds a duration.
 *
 * @param ms whole, 0 … 2^53.
 */
export function bucketOf(ms: number): number {
  if (ms === 0) return ZERO_BUCKET
  // Numbers of 32 bits and more are looked at by their upper bits; the table of exact edges has the whole of them.
  const isLong = ms >= 2 ** 32
  const leading = isLong ? Math.floor(ms / 2 ** 22) : ms
  const zeros = Math.clz32(leading)
  const octave = (isLong ? 53 : 31) - zeros
  const slot = ((leading << zeros) >>> 25) & (slotsPerOctave - 1)
  const index = octave * perOctave + (firstBuckets[slot] as number)
  return ms > (upperEdges[index] as number) ? index + 1 : index
}

/** The value that stands for a bucket: the geometric mean of its edges, in ms. */
export const bucketMiddle = (index: number): number => (index === ZERO_BUCKET ? 0 : 2 ** ((index - 0.5) / perOctave))

/** The name of a bucket in files and in the store: `zero`, else its index. */
export const bucketName = (index: number): string => (index === ZERO_BUCKET ? 'zero' : String(index))

/** Counts by bucket, dense between the lowest and the highest bucket ever used. */
export class Histogram {
  readonly #lowest: number
  readonly #middleOf: (bucket: number) => number
  #first = 0
  #counts = new Int32Array(0)
  #total = 0
  /** Where the search for a quantile stopped, and how many values lie before: the next one often lies beyond. */
  #place = 0
  #before = 0

  /**
   * @param lowest of the buckets that there may be; default: that of durations.
   * @param middleOf the value that stands for a bucket.
   */
  constructor(lowest: number = ZERO_BUCKET, middleOf: (bucket: number) => number = bucketMiddle) {
    this.#lowest = lowest
    this.#middleOf = middleOf
  }

  get total(): number {
    return this.#total
  }

  add(bucket: number, count: number): void {
    let at = bucket - this.#first
    if (at < 0 || at >= this.#counts.length) {
      this.#cover(bucket)
      at = bucket - this.#first
    }
    this.#counts[at] = (this.#counts[at] as number) + count
    this.#total += count
    this.#place = 0
    this.#before = 0
  }

  /** Adds all counts to another histogram. */
  addTo(other: Histogram): void {
    if (this.#total === 0) return
    const counts = this.#counts
    if (other.#counts.length === 0) {
      // Room for all of it at once: a sum is made of many.
      other.#first = this.#first
      other.#counts = new Int32Array(counts.length)
    }
    for (let at = 0; at < counts.length; at++) {
      const count = counts[at] as number
      if (count !== 0) other.add(this.#first + at, count)
    }
  }

  /**
   * The nearest-rank quantile: the middle of the bucket that holds the value of rank ⌈q·n⌉.
   *
   * @param q in 0..1
   * @returns undefined when empty
   */
  quantile(q: number): number | undefined {
    const at = this.#placeOf(q)
    return at < 0 ? undefined : this.#middleOf(this.#first + at)
  }

  /**
   * The same, kept within what was really seen.
   *
   * @param extremes asked for only where the value lies in the lowest or the highest bucket: no other middle can lie outside.
   */
  quantileWithin(
    q: number,
    extremes: () => { minMs: number | undefined; maxMs: number | undefined },
  ): number | undefined {
    const at = this.#placeOf(q)
    if (at < 0) return undefined
    const middle = this.#middleOf(this.#first + at)
    const isInside = this.#before > 0 && this.#before + (this.#counts[at] as number) < this.#total
    if (isInside) return middle
    const { minMs, maxMs } = extremes()
    return Math.min(maxMs ?? Infinity, Math.max(minMs ?? 0, middle))
  }

  /** The place of the bucket that holds the value of that rank; −1 when empty. */
  #placeOf(q: number): number {
    if (this.#total === 0) return -1
    const rank = Math.max(1, Math.ceil(q * this.#total))
    if (rank <= this.#before) {
      this.#place = 0
      this.#before = 0
    }
    const counts = this.#counts
    let before = this.#before
    for (let at = this.#place; at < counts.length; at++) {
      const through = before + (counts[at] as number)
      if (rank <= through) {
        this.#place = at
        this.#before = before
        return at
      }
      before = through
    }
    throw new Error('the counts of a histogram do not add up to its total')
  }

  /** Makes room for a bucket, with some to spare: durations of one stage lie together. */
  #cover(bucket: number): void {
    if (this.#counts.length === 0) {
      this.#first = bucket
      this.#counts = new Int32Array(8)
      return
    }
    const last = this.#first + this.#counts.length - 1
    const first = bucket < this.#first ? Math.max(this.#lowest, bucket - 16) : this.#first
    const end = bucket > last ? bucket + 16 : last
    const counts = new Int32Array(end - first + 1)
    counts.set(this.#counts, this.#first - first)
    this.#first = first
    this.#counts = counts
  }
}

function floorPowerOfTwo(thirtySeconds: number): number {
  const target = 2n ** BigInt(thirtySeconds)
  let root = BigInt(Math.floor(2 ** (thirtySeconds / perOctave)))
  while (root ** 32n > target) root--
  while ((root + 1n) ** 32n <= target) root++
  return Number(root)
}
