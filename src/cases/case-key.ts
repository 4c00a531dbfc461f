import { Buffer } from 'node:buffer'

/**
 * The bytes that name a case, packed into words, with their hash: what a case is looked up by.
 *
 * One instance is set anew for every record, so that a lookup makes no object and no text.
 */
export class CaseKey {
  words = new Int32Array(16)
  /** Length in bytes; the last word is filled up with zeros. */
  bytes = 0
  hash = 0

  /** @param to behind the last byte. */
  set(source: Uint8Array, from: number, to: number): void {
    const bytes = to - from
    const count = (bytes + 3) >> 2
    if (count > this.words.length) this.words = new Int32Array(count * 2)
    this.bytes = bytes
    const { words } = this
    let hash = SEED
    let at = from
    let index = 0
    for (; at + 4 <= to; at += 4) {
      const word =
        (source[at] as number) |
        ((source[at + 1] as number) << 8) |
        ((source[at + 2] as number) << 16) |
        ((source[at + 3] as number) << 24)
      words[index++] = word
      hash = mix(hash, word)
    }
    if (at < to) {
      let word = 0
      for (let shift = 0; at < to; at++, shift += 8) word |= (source[at] as number) << shift
      words[index] = word
      hash = mix(hash, word)
    }
    this.hash = finish(hash ^ bytes)
  }

  /** Sets the key that stands in `page` from `at` on. */
  load(page: Int32Array, at: number, bytes: number): void {
    const count = (bytes + 3) >> 2
    if (count > this.words.length) this.words = new Int32Array(count * 2)
    this.bytes = bytes
    let hash = SEED
    for (let index = 0; index < count; index++) {
      const word = page[at + index] as number
      this.words[index] = word
      hash = mix(hash, word)
    }
    this.hash = finish(hash ^ bytes)
  }

  /** Whether the key's words stand in `page` from `at` on; the lengths are known to be the same. */
  equals(page: Int32Array, at: number): boolean {
    const count = (this.bytes + 3) >> 2
    const { words } = this
    for (let index = 0; index < count; index++) if (page[at + index] !== words[index]) return false
    return true
  }

  copyTo(page: Int32Array, at: number): void {
    const count = (this.bytes + 3) >> 2
    for (let index = 0; index < count; index++) page[at + index] = this.words[index] as number
  }
}

/** The text of `bytes` bytes packed from `at` on. */
export const textOfWords = (page: Int32Array, at: number, bytes: number): string =>
  Buffer.from(page.buffer, page.byteOffset + at * 4, bytes).toString('utf8')

/*
 * MurmurHash3 (x86, 32 bits) by Austin Appleby, in the public domain; the length goes in at the end, so that texts
 * that differ by trailing zeros differ.
 */
const SEED = 0x9747b28c

function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51)
  k = (k << 15) | (k >>> 17)
  k = Math.imul(k, 0x1b873593)
  const h = hash ^ k
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
}

function finish(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
