/** How far a shard has come in its topics. */
export class ReadPositions {
  /** By topic: the offset behind the last record that was folded. */
  readonly #recordsEnd: number[]
  /** By topic: below it lies nothing more that could be folded. */
  readonly #passedTo: number[]

  constructor(topics: number) {
    this.#recordsEnd = new Array<number>(topics).fill(0)
    this.#passedTo = new Array<number>(topics).fill(0)
  }

  folded(topic: number, offset: number): void {
    this.#recordsEnd[topic] = offset + 1
  }

  passTo(topic: number, offset: number): void {
    if (offset > (this.#passedTo[topic] as number)) this.#passedTo[topic] = offset
  }

  /** All below it is folded, or was passed. */
  nextOffsetOf(topic: number): number {
    return Math.max(this.#recordsEnd[topic] as number, this.#passedTo[topic] as number)
  }

  /** By topic, behind the last record. */
  get recordsEnd(): readonly number[] {
    return this.#recordsEnd
  }

  snapshot(): number[] {
    return this.#recordsEnd.map((_, topic) => this.nextOffsetOf(topic))
  }

  /** @param nextOffsets what lies below them is taken for records: nobody remembers what of it was none. */
  restore(nextOffsets: readonly number[]): void {
    Object.assign(this.#recordsEnd, nextOffsets)
  }
}
