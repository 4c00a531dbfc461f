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
 * The bucket that holds a duration.
 *
 * @param ms whole, 0 … 2^53.
 */
export function bucketOf(ms: number): number {
  if (ms === 0) return ZERO_BUCKET
  // The logarithm may be off by one near an edge; the table of exact edges decides.
  let index = Math.ceil(Math.log2(ms) * perOctave)
  while (ms > (upperEdges[index] as number)) index++
  while (index > 0 && ms <= (upperEdges[index - 1] as number)) index--
  return index
}

/** The value that stands for a bucket: the geometric mean of its edges, in ms. */
export const bucketMiddle = (index: number): number => (index === ZERO_BUCKET ? 0 : 2 ** ((index - 0.5) / perOctave))

/** The name of a bucket in files and in the store: `zero`, else its index. */
export const bucketName = (index: number): string => (index === ZERO_BUCKET ? 'zero' : String(index))

/** Counts by bucket, dense between the lowest and the highest bucket ever used. */
export class Histogram {
  #first = 0
  #counts = new Int32Array(0)
  #total = 0

  get total(): number {
    return this.#total
  }

  add(bucket: number, count: number): void {
    this.#cover(bucket)
    const at = bucket - this.#first
    this.#counts[at] = (this.#counts[at] as number) + count
    this.#total += count
  }

  /** Adds all counts to another histogram. */
  addTo(other: Histogram): void {
    if (this.#total === 0) return
    other.#cover(this.#first)
    other.#cover(this.#first + this.#counts.length - 1)
    for (let at = 0; at < this.#counts.length; at++) {
      const count = this.#counts[at] as number
      if (count !== 0) other.add(this.#first + at, count)
    }
  }

  /**
   * The nearest-rank quantile in ms: the middle of the bucket that holds the value of rank ⌈q·n⌉.
   *
   * @param q in 0..1
   * @returns undefined when empty
   */
  quantile(q: number): number | undefined {
    if (this.#total === 0) return undefined
    let left = Math.max(1, Math.ceil(q * this.#total))
    for (let at = 0; at < this.#counts.length; at++) {
      left -= this.#counts[at] as number
      if (left <= 0) return bucketMiddle(this.#first + at)
    }
    throw new Error('the counts of a histogram do not add up to its total')
  }

  /** Makes room for a bucket, with some to spare: durations of one stage lie together. */
  #cover(bucket: number): void {
    if (bucket >= this.#first && bucket < this.#first + this.#counts.length) return
    if (this.#counts.length === 0) {
      this.#first = bucket
      this.#counts = new Int32Array(8)
      return
    }
    const last = this.#first + this.#counts.length - 1
    const first = bucket < this.#first ? Math.max(ZERO_BUCKET, bucket - 16) : this.#first
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
