import type { RecordBytes } from './record-bytes.ts'

/**
 * What tokens mean, a small whole number each, remembered by their bytes: `WH-2` → 17.
 *
 * Fields that cut segments hold few different values, so most tokens have been met before, and need be made neither a
 * string nor a key of a map. The cache is of fixed size and forgets what is in the way: it answers `UNKNOWN` for what
 * it does not hold, and for every token over `MAX_TOKEN` bytes. What it answers is exact: bytes are compared.
 *
 * A token is told by its bytes and its kind (1 to 7), because `"12"` is not `12`.
 */
export class TokenCache {
  /** Of each entry: its tag (length and kind; 0: empty), its meaning, its bytes. */
  readonly #entries: Int32Array
  readonly #mask: number
  readonly #shift: number

  /** @param entries a power of two. */
  constructor(entries: number) {
    this.#entries = new Int32Array(entries * STRIDE)
    this.#mask = entries - 1
    this.#shift = Math.clz32(entries) + 1
  }

  clear(): void {
    this.#entries.fill(0)
  }

  /** @returns the meaning of the token that stands from `from` to `to`, or `UNKNOWN`. */
  find({ view }: RecordBytes, from: number, to: number, kind: number): number {
    const length = to - from
    if (length > MAX_TOKEN) return UNKNOWN
    const tag = (length << 3) | kind
    const words = length >> 2
    const rest = view.getInt32(from + words * 4, true) & restMask(length)
    const home = hashOf(view, from, words, rest, tag) >>> this.#shift
    const entries = this.#entries
    for (let probe = 0; probe < PROBES; probe++) {
      const entry = ((home + probe) & this.#mask) * STRIDE
      if (entries[entry] === 0) return UNKNOWN
      if (entries[entry] !== tag || entries[entry + BYTES + words] !== rest) continue
      let word = 0
      while (word < words && entries[entry + BYTES + word] === view.getInt32(from + word * 4, true)) word++
      if (word === words) return entries[entry + MEANING] as number
    }
    return UNKNOWN
  }

  /**
   * Remembers a token that `find` does not know, in the place of another one if need be.
   *
   * @param meaning not negative.
   */
  remember({ view }: RecordBytes, from: number, to: number, kind: number, meaning: number): void {
    const length = to - from
    if (length > MAX_TOKEN) return
    const tag = (length << 3) | kind
    const words = length >> 2
    const rest = view.getInt32(from + words * 4, true) & restMask(length)
    const home = hashOf(view, from, words, rest, tag) >>> this.#shift
    const entries = this.#entries
    let entry = home * STRIDE
    for (let probe = 1; probe < PROBES && entries[entry] !== 0; probe++) {
      entry = ((home + probe) & this.#mask) * STRIDE
    }
    if (entries[entry] !== 0) entry = home * STRIDE
    entries[entry] = tag
    entries[entry + MEANING] = meaning
    for (let word = 0; word < words; word++) entries[entry + BYTES + word] = view.getInt32(from + word * 4, true)
    entries[entry + BYTES + words] = rest
  }
}

/** No meaning: those are not negative. */
export const UNKNOWN = -1

/** In bytes. */
export const MAX_TOKEN = 32
const PROBES = 4
const MEANING = 1
const BYTES = 2
const STRIDE = BYTES + MAX_TOKEN / 4 + 1

/** What belongs to a token of the word behind its whole words. */
const restMask = (length: number): number => (1 << (8 * (length & 3))) - 1

/**
 * Its highest bits are the ones to use: a product's highest bits know of all bits of its factors, and names often
 * differ in a last byte only, which is the highest of a word.
 */
function hashOf(view: DataView, from: number, words: number, rest: number, tag: number): number {
  let hash = Math.imul(rest ^ tag, MULTIPLIER)
  for (let word = 0; word < words; word++) hash = Math.imul(hash ^ view.getInt32(from + word * 4, true), MULTIPLIER)
  return hash
}

const MULTIPLIER = 0x9e3779b1
