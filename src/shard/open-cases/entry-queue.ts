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
  #ticks = new Int32Array(0)
  #handles = new Int32Array(0)
  #head = 0
  #end = 0
  readonly #late = new TickHeap()

  /** Entries, of visits that have ended too. */
  get size(): number {
    return this.#end - this.#head + this.#late.size
  }

  /** Whether one more entry may cost more than itself. */
  get isFull(): boolean {
    return this.#end === this.#ticks.length || (this.#late.size > 0 && this.#late.isFull)
  }

  /** @param tick see `tickOf`. */
  add(tick: number, handle: number): void {
    if (this.#end > this.#head && tick < (this.#ticks[this.#end - 1] as number)) {
      this.#late.add(tick, handle)
      return
    }
    if (this.#end === this.#ticks.length) this.#makeRoom()
    this.#ticks[this.#end] = tick
    this.#handles[this.#end++] = handle
  }

  /** Lets go of the others. */
  keep(isKept: (handle: number, tick: number) => boolean): void {
    let kept = 0
    for (let at = this.#head; at < this.#end; at++) {
      const tick = this.#ticks[at] as number
      const handle = this.#handles[at] as number
      if (!isKept(handle, tick)) continue
      this.#ticks[kept] = tick
      this.#handles[kept++] = handle
    }
    this.#head = 0
    this.#end = kept
    if (kept < this.#ticks.length >> 2) this.#resize(kept + (kept >> 2))
    this.#late.keep(isKept)
  }

  /** Nobody who is open entered before this tick. Lets go of those in front who are open no longer. */
  earliest(isOpen: (handle: number) => boolean): number {
    while (this.#head < this.#end && !isOpen(this.#handles[this.#head] as number)) this.#head++
    const first = this.#head < this.#end ? (this.#ticks[this.#head] as number) : Infinity
    return Math.min(first, this.#late.earliest)
  }

  /** Calls for entries by rising tick until it says that that is enough. */
  walk(isOpen: (handle: number) => boolean, goesOn: (handle: number, tick: number) => boolean): void {
    const late: number[] = []
    let at = this.#head
    for (;;) {
      const isOrderly = at < this.#end && (this.#ticks[at] as number) <= this.#late.earliest
      if (!isOrderly && this.#late.size === 0) break
      const handle = isOrderly ? (this.#handles[at] as number) : this.#late.take()
      const tick = isOrderly ? (this.#ticks[at] as number) : this.#late.takenTick
      if (isOrderly) at++
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
    if (this.#ticks.length > 64) this.#resize(0)
    this.#late.clear()
  }

  #makeRoom(): void {
    const count = this.#end - this.#head
    // What was taken leaves room for as many again.
    if (this.#head > count >> 1) {
      this.#ticks.copyWithin(0, this.#head, this.#end)
      this.#handles.copyWithin(0, this.#head, this.#end)
      this.#head = 0
      this.#end = count
    } else this.#resize(Math.max(8, count + (count >> 1)))
  }

  #resize(length: number): void {
    const ticks = new Int32Array(length)
    const handles = new Int32Array(length)
    ticks.set(this.#ticks.subarray(this.#head, this.#end))
    handles.set(this.#handles.subarray(this.#head, this.#end))
    this.#ticks = ticks
    this.#handles = handles
    this.#end -= this.#head
    this.#head = 0
  }
}

/** The tick that an instant lies in: a number of 32 bits that reaches 136 years from the epoch; what lies beyond shares the last one. */
export const tickOf = (at: number): number => Math.max(-FURTHEST, Math.min(FURTHEST, Math.floor(at / TICK_MS)))

const TICK_MS = 2_000
const FURTHEST = 2 ** 31 - 1
