/** A set of small numbers, one bit each. */
export class HandleSet {
  #words = new Int32Array(64)

  has(handle: number): boolean {
    return (((this.#words[handle >>> 5] as number) >>> (handle & 31)) & 1) === 1
  }

  add(handle: number): void {
    const at = handle >>> 5
    if (at >= this.#words.length) this.#growTo(at)
    this.#words[at] = (this.#words[at] as number) | (1 << (handle & 31))
  }

  delete(handle: number): void {
    const at = handle >>> 5
    this.#words[at] = (this.#words[at] as number) & ~(1 << (handle & 31))
  }

  #growTo(at: number): void {
    const longer = new Int32Array(Math.max(2 * this.#words.length, at + 1))
    longer.set(this.#words)
    this.#words = longer
  }
}
