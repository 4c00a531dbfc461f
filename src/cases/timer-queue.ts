/**
 * Cases by the watermark at which something has to be done for them.
 *
 * A deadline mostly lies far off and moves before it comes: each event of a case puts it off. So a case is put into the
 * *bucket* of time in which it is due, at the price of one appended number, and stays there. When time comes near, the
 * cases of a bucket go into a heap, by the *tick* that they are due in, and nobody looks at them before time comes to
 * that tick: to look at a case is to wait for memory. Only then is a case asked for its deadline; one that is due later
 * goes back, exactly.
 *
 * The caller remembers of each case the tick that it stands in, and so knows an entry that is stale.
 */
export class TimerQueue {
  readonly #bucketTicks: number
  /** Cases by number of bucket. */
  readonly #far = new Map<number, EntryList>()
  /** Numbers of the buckets in `#far`, a heap. */
  readonly #order = new NumberHeap()
  /** Of buckets up to `#opened`: exact deadlines in ticks that time has come to, beginnings of later ticks. */
  readonly #heap = new NumberHeap()
  #opened = -Infinity
  /** The tick that time has come to. */
  #now = -Infinity
  /** Of the case taken last: the tick that it stood in, and the deadline that it was known to have at the earliest. */
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

  /** Whether time has come to the tick: a case that stands in it may become due earlier than its entry says. */
  isNear(tick: number): boolean {
    return tick <= this.#now
  }

  add(due: number, handle: number): void {
    const tick = this.tickOf(due)
    const bucket = Math.floor(tick / this.#bucketTicks)
    if (bucket <= this.#opened) {
      const key = this.isNear(tick) ? due : Math.min(due, tick * TICK_MS)
      this.#heap.add(key, handle)
      if (key < this.earliest) this.earliest = key
      return
    }
    const list = this.#far.get(bucket)
    if (list !== undefined) list.add(handle, tick)
    else {
      this.#far.set(bucket, new EntryList(handle, tick))
      this.#order.add(bucket, 0)
      this.#note()
    }
  }

  /** Takes out a case that may be due by the watermark, the one that may be due first; -1: there is none. */
  take(watermark: number): number {
    while (this.#order.smallest * this.#bucketMs <= watermark) this.#open()
    this.#now = Math.max(this.#now, this.tickOf(watermark))
    return this.#heap.smallest <= watermark ? this.#takeNearest() : this.#nothing()
  }

  /** Takes out the case that may be due first, whenever that is; -1: the queue is empty. */
  takeFirst(): number {
    while (this.#heap.smallest === Infinity && this.#order.smallest !== Infinity) this.#open()
    if (this.#heap.smallest === Infinity) return this.#nothing()
    this.#now = Math.max(this.#now, this.tickOf(this.#heap.smallest))
    return this.#takeNearest()
  }

  /** Forgets cases that were due before an instant, without a look at them; some that were may stay. */
  forgetUntil(instant: number): void {
    while ((this.#order.smallest + 1) * this.#bucketMs <= instant) {
      this.#far.delete(this.#order.smallest)
      this.#order.take()
    }
    while (this.#heap.smallest + TICK_MS <= instant) this.#heap.take()
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
    for (let index = 0; index < list.length; index++) {
      this.#heap.add((list.ticks[index] as number) * TICK_MS, list.handles[index] as number)
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

/** Cases and the ticks that they are due in. */
class EntryList {
  handles = new Int32Array(4)
  ticks = new Int32Array(4)
  length = 1

  constructor(handle: number, tick: number) {
    this.handles[0] = handle
    this.ticks[0] = tick
  }

  add(handle: number, tick: number): void {
    if (this.length === this.handles.length) {
      const length = this.length + (this.length >> 1)
      this.handles = longer(this.handles, length)
      this.ticks = longer(this.ticks, length)
    }
    this.handles[this.length] = handle
    this.ticks[this.length++] = tick
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
