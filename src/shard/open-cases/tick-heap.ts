/** Cases by the tick of their entry, the earliest first: a binary heap in two typed arrays, 8 bytes a case. */
export class TickHeap {
  #ticks = new Int32Array(0)
  #handles = new Int32Array(0)
  size = 0
  /** Of the case that was taken last. */
  takenTick = 0

  /** The earliest; `Infinity`: it is empty. */
  get earliest(): number {
    return this.size === 0 ? Infinity : (this.#ticks[0] as number)
  }

  get isFull(): boolean {
    return this.size === this.#ticks.length
  }

  add(tick: number, handle: number): void {
    if (this.isFull) this.#resize(Math.max(8, this.size + (this.size >> 1)))
    let at = this.size++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if ((this.#ticks[parent] as number) <= tick) break
      this.#move(parent, at)
      at = parent
    }
    this.#ticks[at] = tick
    this.#handles[at] = handle
  }

  /** Takes out the case that entered first; there has to be one. */
  take(): number {
    const first = this.#handles[0] as number
    this.takenTick = this.#ticks[0] as number
    this.size--
    if (this.size > 0) this.#sink(0, this.#ticks[this.size] as number, this.#handles[this.size] as number)
    return first
  }

  /** Lets go of the others. */
  keep(isKept: (handle: number, tick: number) => boolean): void {
    let kept = 0
    for (let at = 0; at < this.size; at++) {
      if (!isKept(this.#handles[at] as number, this.#ticks[at] as number)) continue
      this.#move(at, kept++)
    }
    this.size = kept
    if (kept < this.#ticks.length >> 2) this.#resize(kept + (kept >> 2))
    for (let at = (kept >> 1) - 1; at >= 0; at--) this.#sink(at, this.#ticks[at] as number, this.#handles[at] as number)
  }

  clear(): void {
    this.size = 0
    if (this.#ticks.length > 64) this.#resize(0)
  }

  #sink(from: number, tick: number, handle: number): void {
    let at = from
    for (;;) {
      let child = 2 * at + 1
      if (child >= this.size) break
      if (child + 1 < this.size && (this.#ticks[child + 1] as number) < (this.#ticks[child] as number)) child++
      if ((this.#ticks[child] as number) >= tick) break
      this.#move(child, at)
      at = child
    }
    this.#ticks[at] = tick
    this.#handles[at] = handle
  }

  #move(from: number, to: number): void {
    this.#ticks[to] = this.#ticks[from] as number
    this.#handles[to] = this.#handles[from] as number
  }

  #resize(length: number): void {
    const ticks = new Int32Array(length)
    const handles = new Int32Array(length)
    ticks.set(this.#ticks.subarray(0, this.size))
    handles.set(this.#handles.subarray(0, this.size))
    this.#ticks = ticks
    this.#handles = handles
  }
}
