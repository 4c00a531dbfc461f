import { bucketOf } from './histogram.ts'

/*
 * The age buckets of a life table: bucket k holds the ages (2^((k−1)/8), 2^(k/8)] ms, its edges rounded down to whole ms.
 * Each is exactly four buckets of the histogram of durations, so an exit's age bucket is known from its duration bucket.
 * With edges that cut through histogram buckets live percentiles were up to 20 % off.
 */

const topOctave = 53
const perOctave = 8
const topDurationBucket = topOctave * perOctave * 4

/** Number of age buckets; the last one ends at 2^53 ms. */
export const AGE_BUCKETS = topOctave * perOctave + 1

/** The largest whole number of ms in a duration bucket or below it. */
const durationEdges = Float64Array.from({ length: topDurationBucket + 1 }, (_, bucket) => {
  let edge = Math.floor(2 ** (bucket / 32))
  while (bucketOf(edge) > bucket) edge--
  while (edge < 2 ** topOctave && bucketOf(edge + 1) <= bucket) edge++
  return edge
})

/** `ageEdges[k]`: the upper edge of age bucket k in whole ms. */
export const ageEdges = Float64Array.from({ length: AGE_BUCKETS }, (_, age) => durationEdges[age * 4] as number)

/** Lower edge in ms. Some of the shortest buckets are empty: their edges are the same. */
export const lowerAgeEdge = (age: number): number => (age === 0 ? 0 : (ageEdges[age - 1] as number))

/** The age bucket that holds a duration bucket (any but that of 0 ms). */
export const ageBucketOfDuration = (bucket: number): number => (bucket + 3) >> 2

/** The bucket of an age in ms, > 0 and ≤ 2^53, not necessarily whole: the edges are, so it lies with the next whole one. */
export const ageBucketOf = (ageMs: number): number => ageBucketOfDuration(bucketOf(Math.ceil(ageMs)))

/**
 * `durationMiddles[i]`: the mean of the whole ms in duration bucket i, so exact for the short ones, which hold one each.
 * (Not the geometric mean, which stands for a bucket where quantiles are read: time adds up.)
 */
export const durationMiddles = Float64Array.from(durationEdges, (edge, bucket) =>
  bucket === 0 ? edge : ((durationEdges[bucket - 1] as number) + 1 + edge) / 2,
)
