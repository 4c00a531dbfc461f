/**
 * Things by the watermark at which they are due, smallest first: a binary heap.
 *
 * A thing's deadline mostly moves later (each event of a case does so), which would cost a heap move an event; instead
 * it stays where it is and is asked again when it surfaces. Only a deadline that moves earlier is added again, and the
 * old entry is then recognised by its owner.
 */
export class DeadlineQueue<T> {
  readonly #due: number[] = []
  readonly #items: T[] = []

  get size(): number {
    return this.#due.length
  }

  /** The smallest deadline; `Infinity` when empty. */
  get next(): number {
    return this.#due[0] ?? Infinity
  }

  add(due: number, item: T): void {
    let at = this.#due.length
    this.#due.push(due)
    this.#items.push(item)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if ((this.#due[parent] as number) <= due) break
      this.#move(parent, at)
      at = parent
    }
    this.#put(at, due, item)
  }

  /** Takes out the item with the smallest deadline. */
  take(): T | undefined {
    const first = this.#items[0]
    const due = this.#due.pop()
    const item = this.#items.pop()
    if (due === undefined || item === undefined || this.#due.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= this.#due.length) break
      if (child + 1 < this.#due.length && (this.#due[child + 1] as number) < (this.#due[child] as number)) child++
      if ((this.#due[child] as number) >= due) break
      this.#move(child, at)
      at = child
    }
    this.#put(at, due, item)
    return first
  }

  #move(from: number, to: number): void {
    this.#due[to] = this.#due[from] as number
    this.#items[to] = this.#items[from] as T
  }

  #put(at: number, due: number, item: T): void {
    this.#due[at] = due
    this.#items[at] = item
  }
}
