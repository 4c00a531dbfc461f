/** Counts by bucket, rising; a list that is filled again and again. */
export class BucketList {
  size = 0
  buckets = new Int32Array(16)
  counts = new Int32Array(16)

  clear(): void {
    this.size = 0
  }

  /** @param bucket above all that are listed. */
  push(bucket: number, count: number): void {
    if (this.size === this.buckets.length) this.#grow()
    this.buckets[this.size] = bucket
    this.counts[this.size] = count
    this.size++
  }

  /** @param bucket none of those that are listed. */
  insert(bucket: number, count: number): void {
    this.push(bucket, count)
    const { buckets, counts } = this
    let at = this.size - 1
    for (; at > 0 && (buckets[at - 1] as number) > bucket; at--) {
      buckets[at] = buckets[at - 1] as number
      counts[at] = counts[at - 1] as number
    }
    buckets[at] = bucket
    counts[at] = count
  }

  entries(): [bucket: number, count: number][] {
    const entries: [number, number][] = []
    for (let at = 0; at < this.size; at++) entries.push([this.buckets[at] as number, this.counts[at] as number])
    return entries
  }

  #grow(): void {
    const { buckets, counts } = this
    this.buckets = new Int32Array(buckets.length * 2)
    this.buckets.set(buckets)
    this.counts = new Int32Array(counts.length * 2)
    this.counts.set(counts)
  }
}

/** How long completed visits took, by one way of counting. */
export type Durations = {
  sumMs: number
  /** Shortest and longest; meaningless where none completed. */
  leastMs: number
  mostMs: number
  readonly durations: BucketList
}

/**
 * What one stage and segment did in the smallest slice of time: the form in which panes are read.
 *
 * Panes are kept in typed arrays (`live-panes.ts`) and bytes (`settled-panes.ts`); to be read, one is copied into such
 * an object, of which there is one a stage. So it means the pane only until the next one is read.
 *
 * Durations are in the stage's own time: business time where it has a calendar, else the wall clock.
 */
export class Pane implements Durations {
  /** Which pane: [index · P, (index + 1) · P). */
  index = 0
  entered = 0
  reworked = 0
  exited = 0
  abandoned = 0
  expired = 0
  breached = 0
  sumMs = 0
  /** Shortest and longest completed duration; meaningless where none completed. */
  leastMs = 0
  mostMs = 0
  /** Completed durations. */
  readonly durations = new BucketList()
  /** Ages at leaving without being completed (abandoned, expired), by the segment that the visit had while open. */
  readonly unfinished = new BucketList()
  /** What to add to `durations` to have them by the segment that the visit had while open; may be negative. */
  readonly reassigned = new BucketList()
  /** The completed durations by the wall clock, where that is not the stage's own time. */
  readonly wall: Durations | undefined

  /** @param hasCalendar whether the stage has one. */
  constructor(hasCalendar: boolean) {
    this.wall = hasCalendar ? { sumMs: 0, leastMs: 0, mostMs: 0, durations: new BucketList() } : undefined
  }

  get minMs(): number | undefined {
    return this.exited === 0 ? undefined : this.leastMs
  }

  get maxMs(): number | undefined {
    return this.exited === 0 ? undefined : this.mostMs
  }

  /** Completed durations by rising bucket. */
  buckets(): [bucket: number, count: number][] {
    return this.durations.entries()
  }

  /** Completed durations by the segment that each visit had just before it was closed: what the life table counts. */
  forEachExitWhileOpen(call: (bucket: number, count: number) => void): void {
    const { durations, reassigned } = this
    let other = 0
    for (let at = 0; at < durations.size; at++) {
      const bucket = durations.buckets[at] as number
      for (; other < reassigned.size && (reassigned.buckets[other] as number) < bucket; other++) {
        call(reassigned.buckets[other] as number, reassigned.counts[other] as number)
      }
      let count = durations.counts[at] as number
      if (other < reassigned.size && reassigned.buckets[other] === bucket) count += reassigned.counts[other++] as number
      if (count !== 0) call(bucket, count)
    }
    for (; other < reassigned.size; other++)
      call(reassigned.buckets[other] as number, reassigned.counts[other] as number)
  }

  /** Ages at leaving without being completed, by the segment that each visit had just before. */
  forEachUnfinished(call: (bucket: number, count: number) => void): void {
    const { size, buckets, counts } = this.unfinished
    for (let at = 0; at < size; at++) call(buckets[at] as number, counts[at] as number)
  }

  /** No visit was completed. */
  clearDurations(): void {
    this.exited = 0
    this.sumMs = 0
    this.durations.clear()
    if (this.wall === undefined) return
    this.wall.sumMs = 0
    this.wall.durations.clear()
  }
}
