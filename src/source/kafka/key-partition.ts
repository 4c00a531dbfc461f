/**
 * The partition of a key, as the producers of Kafka's own clients choose it (murmur2), so that a case's events meet
 * in one partition whoever writes them.
 */
export function partitionOfKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}

const SEED = 0x9747b28c
const M = 0x5bd1e995

/** Austin Appleby's MurmurHash2, 32 bits, with the seed of Kafka's clients. */
function murmur2(bytes: Uint8Array): number {
  const { length } = bytes
  const whole = length & ~3
  let hash = SEED ^ length
  for (let at = 0; at < whole; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    const mixed = Math.imul(word, M)
    hash = Math.imul(hash, M) ^ Math.imul(mixed ^ (mixed >>> 24), M)
  }
  if (whole < length) {
    for (let at = length - 1; at >= whole; at--) hash ^= (bytes[at] as number) << (8 * (at - whole))
    hash = Math.imul(hash, M)
  }
  hash = Math.imul(hash ^ (hash >>> 13), M)
  return hash ^ (hash >>> 15)
}
