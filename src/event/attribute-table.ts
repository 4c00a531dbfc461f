import type { AttributeValue } from './event.ts'

/**
 * Combinations of attribute values, each known by a small whole number: a *tuple*.
 *
 * A million cases name few warehouses, so an event carries one number instead of a list of texts, and "the same
 * attributes" is one comparison. Tuple 0 is the one without any value; value code 0 is null.
 *
 * Whoever keeps a tuple retains it and releases it afterwards. Nothing leaves at once: `sweep` frees what nobody keeps
 * once that is likely to be worth a walk, and raises `generation`, so that whoever remembers numbers of tuples or codes
 * without retaining them knows that they may have been given away.
 */
export class AttributeTable {
  /** Values in a tuple. */
  readonly width: number
  /** By position: false where a value belongs to its event alone and is not carried along the run. */
  readonly #carried: readonly boolean[]
  readonly #codes = new Map<AttributeValue, number>()
  readonly #values: (AttributeValue | undefined)[] = [null]
  readonly #freeCodes: number[] = []
  /** Codes of all tuples, `width` each. */
  #tuples: Int32Array
  /** How many keep each tuple; -1: the number is free. */
  #kept: Int32Array
  #size = 1
  readonly #freeTuples: number[] = []
  /** Open addressing over `#tuples`: tuple, or -1. */
  #slots: Int32Array
  #used = 0
  #sweepAbove = SMALLEST_SWEEP
  readonly #carriedOf = new Map<number, number>()
  readonly #scratch: Int32Array
  #generation = 0

  constructor(carried: readonly boolean[]) {
    this.width = carried.length
    this.#carried = carried
    this.#tuples = new Int32Array(16 * Math.max(1, this.width))
    this.#kept = new Int32Array(16).fill(-1)
    this.#kept[0] = 1
    this.#slots = new Int32Array(32).fill(-1)
    this.#scratch = new Int32Array(this.width)
  }

  /** Rises when numbers have been given away; what was remembered of them before means nothing any more. */
  get generation(): number {
    return this.#generation
  }

  /** Tuples in use, the one without values included. */
  get size(): number {
    return this.#used + 1
  }

  codeOf(value: AttributeValue): number {
    if (value === null) return 0
    const known = this.#codes.get(value)
    if (known !== undefined) return known
    const code = this.#freeCodes.pop() ?? this.#values.length
    this.#values[code] = value
    this.#codes.set(value, code)
    return code
  }

  /** The tuple of the `width` codes that stand in `codes` from `from` on; it is not retained. */
  tupleOf(codes: Int32Array, from = 0): number {
    const { width } = this
    let isEmpty = true
    for (let index = 0; index < width; index++) if (codes[from + index] !== 0) isEmpty = false
    if (isEmpty) return 0
    const mask = this.#slots.length - 1
    let slot = hashOf(codes, from, width) & mask
    for (;;) {
      const tuple = this.#slots[slot] as number
      if (tuple < 0) break
      if (this.#equals(tuple, codes, from)) return tuple
      slot = (slot + 1) & mask
    }
    return this.#add(codes, from, slot)
  }

  tupleOfValues(values: readonly AttributeValue[]): number {
    const codes = Int32Array.from(values, value => this.codeOf(value))
    return this.tupleOf(codes)
  }

  codeAt(tuple: number, position: number): number {
    return this.#tuples[tuple * this.width + position] as number
  }

  valueAt(tuple: number, position: number): AttributeValue {
    return this.#values[this.codeAt(tuple, position)] as AttributeValue
  }

  /** A new list of the tuple's values. */
  valuesOf(tuple: number): AttributeValue[] {
    const values: AttributeValue[] = []
    for (let position = 0; position < this.width; position++) values.push(this.valueAt(tuple, position))
    return values
  }

  /**
   * What is carried after an event: its own values where it has one, else those known before. Not retained.
   *
   * @param known a tuple of carried values.
   */
  carry(known: number, newer: number): number {
    if (newer === 0 || newer === known) return known
    // Both numbers are below 2^26 as long as memory lasts, so the key is exact.
    const key = known * 67_108_864 + newer
    const remembered = this.#carriedOf.get(key)
    if (remembered !== undefined) return remembered
    const { width } = this
    for (let position = 0; position < width; position++) {
      const own = this.#carried[position] ? this.codeAt(newer, position) : 0
      this.#scratch[position] = own === 0 ? this.codeAt(known, position) : own
    }
    const tuple = this.tupleOf(this.#scratch)
    if (this.#carriedOf.size >= MAX_REMEMBERED) this.#carriedOf.clear()
    this.#carriedOf.set(key, tuple)
    return tuple
  }

  /** The tuple without values always stays. */
  retain(tuple: number): void {
    if (tuple === 0) return
    this.#kept[tuple] = (this.#kept[tuple] as number) + 1
  }

  release(tuple: number): void {
    if (tuple === 0) return
    const left = (this.#kept[tuple] as number) - 1
    if (left < 0) throw new Error(`tuple ${tuple} was released more often than retained`)
    this.#kept[tuple] = left
  }

  /** Frees the tuples and values that nobody keeps, if there may be many. Nothing that is not retained survives it. */
  sweep(): void {
    if (this.#used <= this.#sweepAbove) return
    const { width } = this
    const isNamed = new Uint8Array(this.#values.length)
    isNamed[0] = 1
    for (let tuple = 1; tuple < this.#size; tuple++) {
      if (this.#kept[tuple] === 0) {
        this.#kept[tuple] = -1
        this.#freeTuples.push(tuple)
        this.#used--
      } else if ((this.#kept[tuple] as number) > 0) {
        for (let position = 0; position < width; position++) isNamed[this.codeAt(tuple, position)] = 1
      }
    }
    for (let code = 1; code < this.#values.length; code++) {
      const value = this.#values[code]
      if (isNamed[code] === 1 || value === undefined) continue
      this.#codes.delete(value)
      this.#values[code] = undefined
      this.#freeCodes.push(code)
    }
    this.#sweepAbove = Math.max(SMALLEST_SWEEP, 2 * this.#used)
    this.#fillSlots(this.#slots.length)
    this.#carriedOf.clear()
    this.#generation++
  }

  snapshot(): AttributeTableState {
    return {
      values: this.#values.map(value => value ?? null),
      tuples: this.#tuples.slice(0, this.#size * this.width),
      kept: this.#kept.slice(0, this.#size),
    }
  }

  /** Takes over a snapshot's numbers; the table must be new. Whoever keeps tuples has to retain them again. */
  restore({ values, tuples, kept }: AttributeTableState): void {
    values.forEach((value, code) => {
      this.#values[code] = code === 0 || value !== null ? value : undefined
      if (value !== null) this.#codes.set(value, code)
      else if (code > 0) this.#freeCodes.push(code)
    })
    this.#size = kept.length
    const capacity = Math.max(16, 2 * kept.length)
    this.#tuples = new Int32Array(capacity * Math.max(1, this.width))
    this.#tuples.set(tuples)
    this.#kept = new Int32Array(capacity).fill(-1)
    this.#kept[0] = 1
    this.#used = 0
    for (let tuple = 1; tuple < this.#size; tuple++) {
      if ((kept[tuple] as number) < 0) {
        this.#freeTuples.push(tuple)
        continue
      }
      this.#kept[tuple] = 0
      this.#used++
    }
    this.#fillSlots(slotsFor(this.#used))
  }

  #add(codes: Int32Array, from: number, slot: number): number {
    const tuple = this.#freeTuples.pop() ?? this.#size++
    if (tuple >= this.#kept.length) this.#grow()
    for (let index = 0; index < this.width; index++) {
      this.#tuples[tuple * this.width + index] = codes[from + index] as number
    }
    this.#kept[tuple] = 0
    this.#used++
    this.#slots[slot] = tuple
    if (this.#used * 2 > this.#slots.length) this.#fillSlots(this.#slots.length * 2)
    return tuple
  }

  #grow(): void {
    const tuples = new Int32Array(this.#tuples.length * 2)
    tuples.set(this.#tuples)
    this.#tuples = tuples
    const kept = new Int32Array(this.#kept.length * 2).fill(-1)
    kept.set(this.#kept)
    this.#kept = kept
  }

  #fillSlots(count: number): void {
    this.#slots = new Int32Array(count).fill(-1)
    const mask = count - 1
    for (let tuple = 1; tuple < this.#size; tuple++) {
      if ((this.#kept[tuple] as number) < 0) continue
      let slot = hashOf(this.#tuples, tuple * this.width, this.width) & mask
      while ((this.#slots[slot] as number) >= 0) slot = (slot + 1) & mask
      this.#slots[slot] = tuple
    }
  }

  #equals(tuple: number, codes: Int32Array, from: number): boolean {
    const at = tuple * this.width
    for (let index = 0; index < this.width; index++) if (this.#tuples[at + index] !== codes[from + index]) return false
    return true
  }
}

/** A table as plain data. */
export type AttributeTableState = {
  readonly values: readonly AttributeValue[]
  readonly tuples: Int32Array
  readonly kept: Int32Array
}

const SMALLEST_SWEEP = 4_096
const MAX_REMEMBERED = 65_536

function slotsFor(tuples: number): number {
  let slots = 32
  while (slots < tuples * 2 + 2) slots *= 2
  return slots
}

function hashOf(codes: Int32Array, from: number, width: number): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < width; index++) hash = Math.imul(hash ^ (codes[from + index] as number), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) >>> 0
}
