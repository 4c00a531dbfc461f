/** Says when a case is due, in ms; `Infinity`: its entry in this bucket is stale, or it waits for nothing. */
export type DueOf = (handle: number, bucket: number) => number

/**
 * Cases by the watermark at which something has to be done for them.
 *
 * A deadline mostly lies far off and moves before it comes: each event of a case puts it off. So a case is put into the
 * *bucket* of time in which it is due, at the price of one appended number, and stays there; only when time comes to
 * the bucket are its cases asked for their deadlines, and those that are due in it go into a small heap, in exact order.
 *
 * The caller remembers of each case the bucket that it stands in, and so knows an entry that is stale.
 */
export class DeadlineQueue {
  readonly #bucketMs: number
  /** Cases by number of bucket. */
  readonly #far = new Map<number, HandleList>()
  /** Numbers of the buckets in `#far`, a heap. */
  readonly #order = new NumberHeap()
  /** Exact deadlines in buckets up to `#near`. */
  readonly #heap = new NumberHeap()
  #near = -Infinity
  takenFrom = 0
  /** Nothing is due before this watermark. Infinity: the queue is empty. */
  earliest = Infinity

  /** @param spanMs how far ahead deadlines usually lie. */
  constructor(spanMs: number) {
    this.#bucketMs = Math.max(NARROWEST_MS, Math.ceil(spanMs / BUCKETS))
  }

  /** The bucket of a deadline: a number of 32 bits, so that a case can remember it in a word. */
  bucketOf(due: number): number {
    return Math.max(-FURTHEST, Math.min(FURTHEST, Math.floor(due / this.#bucketMs)))
  }

  /** Whether time has come to the bucket. */
  isNear(bucket: number): boolean {
    return bucket <= this.#near
  }

  add(due: number, handle: number): void {
    const bucket = this.bucketOf(due)
    if (bucket <= this.#near) {
      this.#heap.add(due, handle)
      if (due < this.earliest) this.earliest = due
      return
    }
    const list = this.#far.get(bucket)
    if (list !== undefined) list.add(handle)
    else {
      this.#far.set(bucket, new HandleList(handle))
      this.#order.add(bucket, 0)
      this.#note()
    }
  }

  /**
   * Takes out a case whose time has come; -1: there is none. `takenFrom` is then the bucket that it stood in.
   *
   * @param dueOf asked for each case of a bucket that time has come to.
   */
  take(watermark: number, dueOf: DueOf): number {
    while (this.#order.smallest * this.#bucketMs <= watermark) this.#open(dueOf)
    const due = this.#heap.smallest
    if (due > watermark) {
      this.#note()
      return -1
    }
    this.takenFrom = this.bucketOf(due)
    return this.#takeNearest()
  }

  /** Takes out the case that is due first, whenever that is; -1: the queue is empty. */
  takeFirst(dueOf: DueOf): number {
    while (this.#heap.smallest === Infinity && this.#order.smallest !== Infinity) this.#open(dueOf)
    return this.#heap.smallest === Infinity ? -1 : this.#takeNearest()
  }

  #takeNearest(): number {
    const handle = this.#heap.take()
    this.#note()
    return handle
  }

  #note(): void {
    this.earliest = Math.min(this.#heap.smallest, this.#order.smallest * this.#bucketMs)
  }

  #open(dueOf: DueOf): void {
    const bucket = this.#order.smallest
    this.#order.take()
    const list = this.#far.get(bucket) as HandleList
    this.#far.delete(bucket)
    this.#near = bucket
    for (let index = 0; index < list.length; index++) {
      const handle = list.at(index)
      const due = dueOf(handle, bucket)
      if (due !== Infinity) this.add(due, handle)
    }
  }
}

/** Buckets in the usual span: with a timeout of 30 days one is 40 s wide, so few cases are asked for their deadlines at once. */
const BUCKETS = 65_536
const NARROWEST_MS = 10_000
/** With buckets of 10 s, 680 years from the epoch; what lies beyond shares the last one. */
const FURTHEST = 2 ** 31 - 1

class HandleList {
  #handles = new Int32Array(4)
  length = 1

  constructor(first: number) {
    this.#handles[0] = first
  }

  at(index: number): number {
    return this.#handles[index] as number
  }

  add(handle: number): void {
    if (this.length === this.#handles.length) {
      const larger = new Int32Array(this.length + (this.length >> 1))
      larger.set(this.#handles)
      this.#handles = larger
    }
    this.#handles[this.length++] = handle
  }
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
