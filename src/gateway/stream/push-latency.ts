import type { Latency } from '../../protocol/message.ts'

/** Upper bounds of the buckets, in seconds. */
export const latencyBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

/** What was pushed: an alert, or statistics. */
export type Pushed = Latency['of']

export type LatencyCounts = {
  readonly process: string
  readonly of: Pushed
  /** By bucket, those of lower buckets not included; the last one has no bound. */
  readonly buckets: readonly number[]
  readonly count: number
  readonly sumSeconds: number
}

/** The last so many are looked at, where they are no older than a minute. */
const MOST_RECENT = 256
const RECENT_MS = 60_000

type Kept = {
  readonly process: string
  readonly of: Pushed
  readonly buckets: number[]
  count: number
  sumMs: number
  readonly recent: { readonly at: number; readonly ms: number }[]
}

/**
 * How long it takes from reading a record until what came of it was handed to all who listen. Each message counts once,
 * by the oldest record that it tells something new of. Only live: what is read of the past has no latency.
 */
export class PushLatency {
  readonly #kept = new Map<string, Kept>()

  /** @param now in ms, by the clock that `counted` and `recent` are asked by. */
  add(process: string, of: Pushed, ms: number, now: number): void {
    const key = `${of} ${process}`
    const kept: Kept = this.#kept.get(key) ?? {
      process,
      of,
      buckets: [...latencyBounds, Infinity].map(() => 0),
      count: 0,
      sumMs: 0,
      recent: [],
    }
    this.#kept.set(key, kept)
    const bucket = latencyBounds.findIndex(bound => ms <= bound * 1_000)
    const index = bucket === -1 ? latencyBounds.length : bucket
    kept.buckets[index] = (kept.buckets[index] as number) + 1
    kept.count += 1
    kept.sumMs += ms
    kept.recent.push({ at: now, ms })
    if (kept.recent.length > MOST_RECENT) kept.recent.shift()
  }

  /** Since the start. */
  counts(): readonly LatencyCounts[] {
    return [...this.#kept.values()].map(({ process, of, buckets, count, sumMs }) => ({
      process,
      of,
      buckets: [...buckets],
      count,
      sumSeconds: sumMs / 1_000,
    }))
  }

  recent(now: number): readonly Latency[] {
    return [...this.#kept.values()].flatMap(({ process, of, recent }) => {
      const told = recent.filter(({ at }) => now - at <= RECENT_MS).map(({ ms }) => ms)
      if (told.length === 0) return []
      told.sort((left, right) => left - right)
      const percentile = (share: number) => told[Math.ceil(share * told.length) - 1] as number
      return [{ process, of, p50_ms: percentile(0.5), p99_ms: percentile(0.99), pushed: told.length }]
    })
  }
}
