/** A visit as the direct life table sees it: whole ms since the epoch. */
export type LifeTableVisit = {
  readonly entry: number
  /** undefined: still open. */
  readonly leave: { readonly at: number; readonly completed: boolean } | undefined
}

export type DirectLifeTable = {
  readonly exits: number
  /** Oldest age at which a visit was at risk within the window; 0: none was. */
  readonly oldestAgeMs: number
  /** Share of visits that last longer than an age; for ages up to the oldest. */
  readonly survival: (ageMs: number) => number
  /** Where survival has fallen to 1 − share. */
  readonly quantile: (share: number) => number | { readonly atLeast: number } | undefined
}

/** The largest whole number n with n ≤ 2^(k/8), that is n^8 ≤ 2^k. */
function ageEdge(k: number): number {
  let edge = BigInt(Math.floor(2 ** (k / 8))) + 1n
  while (edge ** 8n > 2n ** BigInt(k)) edge--
  return Number(edge)
}

const edges = Array.from({ length: 400 }, (_, k) => ageEdge(k))

/**
 * The period life table of a window [start, end), visit by visit, from its definition.
 *
 * Bucket k holds the ages above edge k − 1 and up to edge k. A visit spends in it what its stay within the window has in
 * common with it; it exits in the bucket that holds its age when it completes within the window.
 */
export function directLifeTable(visits: readonly LifeTableVisit[], start: number, end: number): DirectLifeTable {
  const buckets = edges.map((high, k) => ({ low: k === 0 ? 0 : edges[k - 1]!, high, exits: 0, exposureMs: 0 }))
  let entered = 0
  let zeroExits = 0
  let exits = 0
  let oldestAgeMs = 0
  for (const { entry, leave } of visits) {
    if (entry >= end) continue
    if (entry >= start) entered++
    if (leave !== undefined && leave.at < start) continue
    const youngest = Math.max(0, start - entry)
    const oldest = Math.min(leave === undefined ? end : leave.at, end) - entry
    oldestAgeMs = Math.max(oldestAgeMs, oldest)
    for (const bucket of buckets) {
      bucket.exposureMs += Math.max(0, Math.min(bucket.high, oldest) - Math.max(bucket.low, youngest))
    }
    if (leave === undefined || leave.at >= end || !leave.completed) continue
    exits++
    const duration = leave.at - entry
    if (duration === 0) zeroExits++
    else buckets.find(bucket => duration > bucket.low && duration <= bucket.high)!.exits++
  }

  const atStart = zeroExits === 0 ? 1 : 1 - zeroExits / Math.max(entered, zeroExits)
  // A visit that exits at the very start of the window was at risk for that instant: not less than a ms.
  const hazards = buckets.map(bucket => (bucket.exits === 0 ? 0 : bucket.exits / Math.max(1, bucket.exposureMs)))
  const survival = (ageMs: number): number => {
    let sum = 0
    buckets.forEach((bucket, k) => {
      sum += hazards[k]! * Math.max(0, Math.min(ageMs, bucket.high) - bucket.low)
    })
    return atStart * Math.exp(-sum)
  }
  const quantile = (share: number) => {
    const left = 1 - share
    if (atStart <= left) return 0
    if (oldestAgeMs === 0) return undefined
    if (survival(oldestAgeMs) > left) return { atLeast: oldestAgeMs }
    let low = 0
    let high = oldestAgeMs
    for (let step = 0; step < 200 && high - low > 1e-6; step++) {
      const middle = (low + high) / 2
      if (survival(middle) > left) low = middle
      else high = middle
    }
    return high
  }
  return { exits, oldestAgeMs, survival, quantile }
}
