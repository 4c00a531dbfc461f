import { Histogram, ZERO_BUCKET } from '../../windows/histogram.ts'
import type { PaneSumRow } from './pane-sums.ts'

/** What a stage, a segment or the rest of them did in a range; durations in the stage's own time. */
export type StageSums = {
  readonly entered: number
  readonly exited: number
  readonly abandoned: number
  readonly expired: number
  readonly reworked: number
  readonly breached: number
  /** Of the visits that completed, in ms. */
  readonly sumMs: number
  readonly avgMs: number | undefined
  /** Of the merged histogram, within 1.1 %. */
  readonly p50Ms: number | undefined
  readonly p90Ms: number | undefined
  readonly p99Ms: number | undefined
}

const countNames = ['entered', 'exited', 'abandoned', 'expired', 'reworked', 'breached', 'sumMs'] as const

/** Sums of panes that are added up and taken away from each other before anybody asks for a quantile. */
export class StageTally {
  readonly #counts = { entered: 0, exited: 0, abandoned: 0, expired: 0, reworked: 0, breached: 0, sumMs: 0 }
  readonly #buckets = new Map<number, number>()
  #leastMs = Number.POSITIVE_INFINITY
  #mostMs = Number.NEGATIVE_INFINITY

  add(row: PaneSumRow): void {
    this.#count(1, row)
    this.#leastMs = Math.min(this.#leastMs, row.least_ms ?? this.#leastMs)
    this.#mostMs = Math.max(this.#mostMs, row.most_ms ?? this.#mostMs)
  }

  /** What of this tally is not in the others. Extremes do not subtract: they stay those of the whole. */
  without(others: readonly StageTally[]): StageTally {
    const rest = new StageTally()
    rest.#merge(1, this)
    for (const other of others) rest.#merge(-1, other)
    rest.#leastMs = this.#leastMs
    rest.#mostMs = this.#mostMs
    return rest
  }

  sums(): StageSums {
    const { exited, sumMs } = this.#counts
    const quantile = this.#quantiles()
    return {
      ...this.#counts,
      avgMs: exited > 0 ? sumMs / exited : undefined,
      p50Ms: quantile(0.5),
      p90Ms: quantile(0.9),
      p99Ms: quantile(0.99),
    }
  }

  #count(sign: 1 | -1, row: PaneSumRow): void {
    const counts = this.#counts
    counts.entered += sign * row.all_entered
    counts.exited += sign * row.all_exited
    counts.abandoned += sign * row.all_abandoned
    counts.expired += sign * row.all_expired
    counts.reworked += sign * row.all_reworked
    counts.breached += sign * row.all_breached
    counts.sumMs += sign * row.all_sum_ms
    this.#addBucket(ZERO_BUCKET, sign * row.all_zero)
    const [indices, counted] = row.all_buckets
    for (let at = 0; at < indices.length; at++) this.#addBucket(indices[at] as number, sign * (counted[at] as number))
  }

  #merge(sign: 1 | -1, other: StageTally): void {
    for (const name of countNames) this.#counts[name] += sign * other.#counts[name]
    for (const [bucket, count] of other.#buckets) this.#addBucket(bucket, sign * count)
  }

  #addBucket(bucket: number, count: number): void {
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + count)
  }

  /** While a batch of panes is being written a segment may be ahead of its total; what is left then is no histogram. */
  #quantiles(): (q: number) => number | undefined {
    const durations = new Histogram()
    for (const [bucket, count] of this.#buckets) {
      if (count < 0) return () => undefined
      if (count > 0) durations.add(bucket, count)
    }
    return q => durations.quantileWithin(q, () => ({ minMs: this.#leastMs, maxMs: this.#mostMs }))
  }
}
