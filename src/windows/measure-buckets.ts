import { bucketMiddle, bucketOf } from './histogram.ts'

/*
 * The buckets of durations (`histogram.ts`), mirrored for negative numbers. In memory one is a whole number that rises
 * with the values in it:
 *
 *     … −2        −1      0      1       2 …
 *       −1 below  −i = 0  zero   i = 0   i = 1           i: the bucket's index, (2^((i−1)/32), 2^(i/32)]
 */

/** The bucket that holds a value. @param value whole, −2^53 … 2^53. */
export function measureBucketOf(value: number): number {
  if (value === 0) return 0
  return value > 0 ? bucketOf(value) + 1 : -1 - bucketOf(-value)
}

/** The value that stands for a bucket. */
export function measureBucketMiddle(bucket: number): number {
  if (bucket === 0) return 0
  return bucket > 0 ? bucketMiddle(bucket - 1) : -bucketMiddle(-1 - bucket)
}

/** The name of a bucket in files and in the store: `zero`, its index, or for negative values `-` and the index (`-0` holds −1). */
export function measureBucketName(bucket: number): string {
  if (bucket === 0) return 'zero'
  return bucket > 0 ? String(bucket - 1) : `-${-1 - bucket}`
}
