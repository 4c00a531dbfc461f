/**
 * Which visits changed since the rows were taken, as entries of one case after the other: each points to the one of
 * its case before, and the case to its latest. What the visits are now is looked up when the rows are taken, so a visit
 * that changes five times makes one row.
 */
export class ChangeLog {
  length = 0
  /** Entry: the case, and behind it the visit's identity within the case; -1: it needs no row any more. */
  handles = new Int32Array(256)
  stages = new Int32Array(256)
  starts = new Float64Array(256)
  ordinals = new Int32Array(256)
  /** 1: the visit had ended before it changed. */
  corrections = new Uint8Array(256)
  /** The entry of the same case before, plus 1; 0: there is none. */
  previous = new Int32Array(256)

  /** @param before the latest entry of the case, plus 1. @returns that of the new one. */
  add(handle: number, stage: number, start: number, ordinal: number, before: number): number {
    const entry = this.length++
    if (entry >= this.handles.length) this.#grow()
    this.handles[entry] = handle
    this.stages[entry] = stage
    this.starts[entry] = start
    this.ordinals[entry] = ordinal
    this.corrections[entry] = 0
    this.previous[entry] = before
    return entry + 1
  }

  /** Whether the visit is the one of the latest entry: changes of one visit often come together. */
  isLatest(latest: number, stage: number, start: number, ordinal: number): boolean {
    const entry = latest - 1
    return (
      entry >= 0 &&
      this.starts[entry] === start &&
      this.stages[entry] === stage &&
      this.ordinals[entry] === ordinal &&
      (this.handles[entry] as number) >= 0
    )
  }

  /**
   * Takes an entry, and the older ones of the same visit, out.
   *
   * @returns whether one of them was a correction.
   */
  settle(entry: number): boolean {
    const stage = this.stages[entry]
    const start = this.starts[entry]
    const ordinal = this.ordinals[entry]
    let isCorrected = false
    for (let next = entry + 1; next > 0; next = this.previous[next - 1] as number) {
      const at = next - 1
      if (this.starts[at] !== start || this.stages[at] !== stage || this.ordinals[at] !== ordinal) continue
      this.handles[at] = -1
      if (this.corrections[at] === 1) isCorrected = true
    }
    return isCorrected
  }

  clear(): void {
    this.length = 0
  }

  #grow(): void {
    const size = this.handles.length * 2
    const wider = (column: Int32Array) => {
      const larger = new Int32Array(size)
      larger.set(column)
      return larger
    }
    this.handles = wider(this.handles)
    this.stages = wider(this.stages)
    this.ordinals = wider(this.ordinals)
    this.previous = wider(this.previous)
    const starts = new Float64Array(size)
    starts.set(this.starts)
    this.starts = starts
    const corrections = new Uint8Array(size)
    corrections.set(this.corrections)
    this.corrections = corrections
  }
}
