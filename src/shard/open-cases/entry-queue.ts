import { TickHeap } from './tick-heap.ts'

/**
 * Cases in the order of their entry.
 *
 *     ├ taken ┤ head ── in the order of arrival ── end ├      out of order: a heap
 *
 * Visits open nearly in the order of time, so most are appended, at the price of two words; only those that come after
 * a later one go into the heap. None is ever looked for: whoever leaves stays until he is met, or until there is no room.
 */
export class EntryQueue {
  /** Tick and handle, in turns. */
  #words = new Int32Array(0)
  #head = 0
  #end = 0
  /** The tick that was appended last. */
  #last = -FURTHEST
  readonly #late = new TickHeap()

  /** Entries, of visits that have ended too. */
  get size(): number {
    return ((this.#end - this.#head) >> 1) + this.#late.size
  }

  /** Adds one where that costs nothing more than itself; else it is for `add`. @param tick see `tickOf`. */
  appends(tick: number, handle: number): boolean {
    const end = this.#end
    if (tick < this.#last || end === this.#words.length) return false
    this.#words[end] = tick
    this.#words[end + 1] = handle
    this.#end = end + 2
    this.#last = tick
    return true
  }

  add(tick: number, handle: number): void {
    if (tick < this.#last) this.#late.add(tick, handle)
    else {
      if (this.#end === this.#words.length) this.#makeRoom()
      this.appends(tick, handle)
    }
  }

  /** Lets go of the others. */
  keep(isKept: (handle: number, tick: number) => boolean): void {
    const words = this.#words
    let kept = 0
    for (let at = this.#head; at < this.#end; at += 2) {
      const tick = words[at] as number
      const handle = words[at + 1] as number
      if (!isKept(handle, tick)) continue
      words[kept] = tick
      words[kept + 1] = handle
      kept += 2
    }
    this.#head = 0
    this.#end = kept
    if (kept < words.length >> 2) this.#resize((kept >> 1) + (kept >> 3))
    this.#late.keep(isKept)
  }

  /** Nobody who is open entered before this tick. Lets go of those in front who are open no longer. */
  earliest(isOpen: (handle: number) => boolean): number {
    while (this.#head < this.#end && !isOpen(this.#words[this.#head + 1] as number)) this.#head += 2
    const first = this.#head < this.#end ? (this.#words[this.#head] as number) : Infinity
    return Math.min(first, this.#late.earliest)
  }

  /** Calls for entries by rising tick until it says that that is enough. */
  walk(isOpen: (handle: number) => boolean, goesOn: (handle: number, tick: number) => boolean): void {
    const late: number[] = []
    let at = this.#head
    for (;;) {
      const isOrderly = at < this.#end && (this.#words[at] as number) <= this.#late.earliest
      if (!isOrderly && this.#late.size === 0) break
      const handle = isOrderly ? (this.#words[at + 1] as number) : this.#late.take()
      const tick = isOrderly ? (this.#words[at] as number) : this.#late.takenTick
      if (isOrderly) at += 2
      if (!isOpen(handle)) continue
      if (!isOrderly) late.push(tick, handle)
      if (!goesOn(handle, tick)) break
    }
    for (let index = 0; index < late.length; index += 2)
      this.#late.add(late[index] as number, late[index + 1] as number)
  }

  clear(): void {
    this.#head = 0
    this.#end = 0
    this.#last = -FURTHEST
    if (this.#words.length > 128) this.#words = new Int32Array(0)
    this.#late.clear()
  }

  #makeRoom(): void {
    const count = (this.#end - this.#head) >> 1
    // What was taken leaves room for as many again.
    if (this.#head > count) {
      this.#words.copyWithin(0, this.#head, this.#end)
      this.#head = 0
      this.#end = 2 * count
    } else this.#resize(Math.max(8, count + (count >> 1)))
  }

  /** @param count of entries that have room. */
  #resize(count: number): void {
    const words = new Int32Array(2 * count)
    words.set(this.#words.subarray(this.#head, this.#end))
    this.#words = words
    this.#end -= this.#head
    this.#head = 0
  }
}

/** The tick that an instant lies in: a number of 32 bits that reaches 136 years from the epoch; what lies beyond shares the last one. */
export const tickOf = (at: number): number => Math.max(-FURTHEST, Math.min(FURTHEST, Math.floor(at / TICK_MS)))

const TICK_MS = 2_000
const FURTHEST = 2 ** 31 - 1
