import { Buffer } from 'node:buffer'

/**
 * The bytes that name a case, packed into words, with their hash: what a case is looked up by.
 *
 * The length comes first, in a byte or, from 255 bytes on, behind a byte of 255 in the rest of its word; so the words alone
 * tell two keys apart. The last word is filled up with zeros.
 *
 * One instance is set anew for every record, so that a lookup makes no object and no text.
 */
export class CaseKey {
  words = new Int32Array(16)
  /** So many of the words are the key. */
  count = 0
  hash = 0

  /** @param to behind the last byte: fewer than 2^24 are a key. */
  set(source: Uint8Array, from: number, to: number): void {
    const bytes = to - from
    const count = wordsOf(bytes)
    if (count > this.words.length) this.words = new Int32Array(count * 2)
    this.count = count
    const { words } = this
    let at = from
    let first = bytes < LONG ? bytes : LONG | (bytes << 8)
    if (bytes < LONG)
      for (let shift = 8; shift < 32 && at < to; at++, shift += 8) first |= (source[at] as number) << shift
    words[0] = first
    let hash = mix(SEED, first)
    let index = 1
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
    this.hash = finish(hash)
  }

  /** Sets the key that stands in `page` from `at` on. */
  load(page: Int32Array, at: number): void {
    const count = keyWordsAt(page, at)
    if (count > this.words.length) this.words = new Int32Array(count * 2)
    this.count = count
    let hash = SEED
    for (let index = 0; index < count; index++) {
      const word = page[at + index] as number
      this.words[index] = word
      hash = mix(hash, word)
    }
    this.hash = finish(hash)
  }

  /** Whether it is the key that stands in `page` from `at` on. */
  equals(page: Int32Array, at: number): boolean {
    const { words, count } = this
    for (let index = 0; index < count; index++) if (page[at + index] !== words[index]) return false
    return true
  }

  copyTo(page: Int32Array, at: number): void {
    const { words, count } = this
    for (let index = 0; index < count; index++) page[at + index] = words[index] as number
  }
}

/** Words that the key takes which stands in `page` from `at` on. */
export const keyWordsAt = (page: Int32Array, at: number): number => wordsOf(bytesAt(page, at))

/** The text of the key that stands in `page` from `at` on. */
export function textOfKey(page: Int32Array, at: number): string {
  const bytes = bytesAt(page, at)
  return Buffer.from(page.buffer, page.byteOffset + at * 4 + (bytes < LONG ? 1 : 4), bytes).toString('utf8')
}

/** Of a key of so many bytes or more the length takes a word. */
const LONG = 255

const wordsOf = (bytes: number): number => (bytes < LONG ? (bytes + 4) >> 2 : 1 + ((bytes + 3) >> 2))

function bytesAt(page: Int32Array, at: number): number {
  const first = page[at] as number
  const short = first & LONG
  return short < LONG ? short : first >>> 8
}

/*
 * MurmurHash3 (x86, 32 bits) by Austin Appleby, in the public domain; without its length, which is in the first word.
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
