/**
 * Cases by the watermark at which something has to be done for them.
 *
 * A deadline mostly lies far off and moves before it comes: each event of a case puts it off. So a case is put into the
 * *bucket* of time in which it is due, at the price of one appended entry, and stays there. When time comes to a bucket its
 * cases go into a heap, by the very deadline that they were added with, and nobody looks at them before that: to look at
 * a case is to wait for memory. Only then is a case asked for its deadline; one that is due later goes back.
 *
 * The caller remembers of each case the *tick* that its deadline lay in when it was added, and so knows an entry that is
 * stale. A case has to be added again where it is due in the same tick or an earlier one: its entry may come too late.
 */
export class TimerQueue {
  readonly #bucketTicks: number
  /** Cases by number of bucket. */
  readonly #far = new Map<number, EntryList>()
  /** Numbers of the buckets in `#far`, a heap. */
  readonly #order = new NumberHeap()
  /** Deadlines in buckets up to `#opened`. */
  readonly #heap = new NumberHeap()
  #opened = -Infinity
  /** Of the case taken last: the deadline that it was added with, and its tick. */
  takenFrom = 0
  takenAt = 0
  /** Nothing is due before this watermark. Infinity: the queue is empty. */
  earliest = Infinity

  /** @param spanMs how far ahead deadlines usually lie. */
  constructor(spanMs: number) {
    this.#bucketTicks = Math.max(NARROWEST_TICKS, Math.ceil(spanMs / BUCKETS / TICK_MS))
  }

  /** The tick of a deadline: a number of 32 bits, so that a case can remember it in a word. */
  tickOf(due: number): number {
    return Math.max(-FURTHEST, Math.min(FURTHEST, Math.floor(due / TICK_MS)))
  }

  /** @param due in ms since the epoch, as the watermark. */
  add(due: number, handle: number): void {
    const bucket = Math.floor(this.tickOf(due) / this.#bucketTicks)
    if (bucket <= this.#opened) {
      this.#heap.add(due, handle)
      if (due < this.earliest) this.earliest = due
      return
    }
    // Beyond the furthest tick an entry may come sooner than it has to.
    const within = Math.max(0, Math.min(MOST_WITHIN, due - bucket * this.#bucketMs))
    const list = this.#far.get(bucket)
    if (list !== undefined) list.add(handle, within)
    else {
      this.#far.set(bucket, new EntryList(handle, within))
      this.#order.add(bucket, 0)
      this.#note()
    }
  }

  /** Takes out a case that may be due by the watermark, the one that may be due first; -1: there is none. */
  take(watermark: number): number {
    while (this.#order.smallest * this.#bucketMs <= watermark) this.#open()
    return this.#heap.smallest <= watermark ? this.#takeNearest() : this.#nothing()
  }

  /** Takes out the case that may be due first, whenever that is; -1: the queue is empty. */
  takeFirst(): number {
    while (this.#heap.smallest === Infinity && this.#order.smallest !== Infinity) this.#open()
    if (this.#heap.smallest === Infinity) return this.#nothing()
    return this.#takeNearest()
  }

  /** Forgets cases that were due before an instant, without a look at them; some that were may stay. */
  forgetUntil(instant: number): void {
    while ((this.#order.smallest + 1) * this.#bucketMs <= instant) {
      this.#far.delete(this.#order.smallest)
      this.#order.take()
    }
    while (this.#heap.smallest < instant) this.#heap.take()
    this.#note()
  }

  get #bucketMs(): number {
    return this.#bucketTicks * TICK_MS
  }

  #takeNearest(): number {
    this.takenAt = this.#heap.smallest
    this.takenFrom = this.tickOf(this.takenAt)
    const handle = this.#heap.take()
    this.#note()
    return handle
  }

  #nothing(): number {
    this.#note()
    return -1
  }

  #open(): void {
    const bucket = this.#order.smallest
    this.#order.take()
    const list = this.#far.get(bucket) as EntryList
    this.#far.delete(bucket)
    this.#opened = Math.max(this.#opened, bucket)
    const from = bucket * this.#bucketMs
    for (let index = 0; index < list.length; index++) {
      this.#heap.add(from + (list.within[index] as number), list.handles[index] as number)
    }
  }

  #note(): void {
    this.earliest = Math.min(this.#heap.smallest, this.#order.smallest * this.#bucketMs)
  }
}

/** 2^31 of them reach 272 years from the epoch; what lies beyond shares the last one. */
const TICK_MS = 4_000
const FURTHEST = 2 ** 31 - 1
/** Buckets in the usual span: with a timeout of 30 days one is 40 s wide, so that few cases are moved at once. */
const BUCKETS = 65_536
const NARROWEST_TICKS = 3
const MOST_WITHIN = 2 ** 31 - 1

/** Cases of a bucket, and how long after its beginning each is due, in ms. */
class EntryList {
  handles = new Int32Array(4)
  within = new Int32Array(4)
  length = 1

  constructor(handle: number, within: number) {
    this.handles[0] = handle
    this.within[0] = within
  }

  add(handle: number, within: number): void {
    if (this.length === this.handles.length) {
      const length = this.length + (this.length >> 1)
      this.handles = longer(this.handles, length)
      this.within = longer(this.within, length)
    }
    this.handles[this.length] = handle
    this.within[this.length++] = within
  }
}

function longer(column: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const made = new Int32Array(length)
  made.set(column)
  return made
}

/** Numbers by a key, smallest first: a binary heap in two typed arrays. */
class NumberHeap {
  #keys = new Float64Array(16)
  #items = new Int32Array(16)
  #size = 0

  /** The smallest key; `Infinity` when empty. */
  get smallest(): number {
    return this.#size === 0 ? Infinity : (this.#keys[0] as number)
  }

  add(key: number, item: number): void {
    if (this.#size === this.#keys.length) this.#grow()
    let at = this.#size++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if ((this.#keys[parent] as number) <= key) break
      this.#move(parent, at)
      at = parent
    }
    this.#keys[at] = key
    this.#items[at] = item
  }

  /** Takes out the item of the smallest key; there has to be one. */
  take(): number {
    const first = this.#items[0] as number
    const last = --this.#size
    const key = this.#keys[last] as number
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= last) break
      if (child + 1 < last && (this.#keys[child + 1] as number) < (this.#keys[child] as number)) child++
      if ((this.#keys[child] as number) >= key) break
      this.#move(child, at)
      at = child
    }
    this.#keys[at] = key
    this.#items[at] = this.#items[last] as number
    return first
  }

  #move(from: number, to: number): void {
    this.#keys[to] = this.#keys[from] as number
    this.#items[to] = this.#items[from] as number
  }

  #grow(): void {
    const keys = new Float64Array(this.#keys.length * 2)
    keys.set(this.#keys)
    this.#keys = keys
    const items = new Int32Array(this.#items.length * 2)
    items.set(this.#items)
    this.#items = items
  }
}
