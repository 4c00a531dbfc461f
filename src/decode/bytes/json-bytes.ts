/**
 * The grammar of JSON over bytes: where does what begins here end?
 *
 * Every function takes a position at which a thing of its kind begins and gives the one behind it, or `NOWHERE` where
 * it is not well-formed, so whoever gets to the end of a record has shown that it is JSON in UTF-8. They follow
 * RFC 8259 to the letter, as `JSON.parse` does.
 *
 * They may refuse more than that and never less: whoever is refused asks `JSON.parse`.
 */
import type { RecordBytes } from './record-bytes.ts'

export const NOWHERE = -1

export const QUOTE = 0x22
export const COMMA = 0x2c
export const MINUS = 0x2d
export const POINT = 0x2e
export const ZERO = 0x30
export const NINE = 0x39
export const COLON = 0x3a
export const OPEN_ARRAY = 0x5b
export const BACKSLASH = 0x5c
export const CLOSE_ARRAY = 0x5d
export const LETTER_F = 0x66
export const LETTER_N = 0x6e
export const LETTER_T = 0x74
export const OPEN_OBJECT = 0x7b
export const CLOSE_OBJECT = 0x7d
const LETTER_U = 0x75
export const SPACE = 0x20

/** Objects and arrays inside each other that are followed; deeper ones are refused. */
export const MAX_NESTING = 30

/** The same byte four times over. */
const QUOTES = 0x22222222
const BACKSLASHES = 0x5c5c5c5c
const SPACES = 0x20202020
const ONES = 0x01010101
const HIGH_BITS = 0x80808080

/**
 * The place of the quote that closes a text.
 *
 * Four bytes are looked at in one step. A byte's high bit in `special` says that it is a quote, a backslash, a control
 * character or not ASCII: subtracting wraps it around exactly where it is less. A wrap borrows from the bytes behind it
 * and may mark them wrongly, so only the first mark counts.
 *
 * @param at behind the opening quote.
 * @param mayEscape whether the text may hold backslashes; where it may not, they are refused.
 */
export function textEnd(record: RecordBytes, at: number, mayEscape: boolean): number {
  const { bytes, view } = record
  let place = at
  for (;;) {
    const word = view.getInt32(place, true)
    const special = (((word ^ QUOTES) - ONES) | ((word ^ BACKSLASHES) - ONES) | (word - SPACES) | word) & HIGH_BITS
    if (special === 0) {
      place += 4
      continue
    }
    place += (31 - Math.clz32(special & -special)) >> 3
    const byte = bytes[place] as number
    if (byte === QUOTE) return place
    place = byte === BACKSLASH ? (mayEscape ? escapeEnd(bytes, place) : NOWHERE) : characterEnd(bytes, place)
    if (place === NOWHERE) return NOWHERE
  }
}

/** `\n`, `\"`, `\u00e9`. */
function escapeEnd(bytes: Uint8Array, at: number): number {
  switch (bytes[at + 1]) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f: // /
    case 0x62: // b
    case LETTER_F:
    case LETTER_N:
    case 0x72: // r
    case LETTER_T:
      return at + 2
    case LETTER_U:
      for (let digit = at + 2; digit < at + 6; digit++) if (!isHexDigit(bytes[digit] as number)) return NOWHERE
      return at + 6
    default:
      return NOWHERE
  }
}

const isHexDigit = (byte: number): boolean =>
  (byte >= ZERO && byte <= NINE) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66)

/**
 * A character of two to four bytes: no overlong form, no half of a surrogate pair, nothing beyond U+10FFFF; what they
 * would be is excluded by the range of the second byte (The Unicode Standard, table 3-7).
 */
function characterEnd(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number
  const second = bytes[at + 1] as number
  if (first < 0xc2 || first > 0xf4) return NOWHERE
  if (first < 0xe0) return isContinuation(second) ? at + 2 : NOWHERE
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (second < least || second > most || !isContinuation(bytes[at + 2] as number)) return NOWHERE
  if (first < 0xf0) return at + 3
  return isContinuation(bytes[at + 3] as number) ? at + 4 : NOWHERE
}

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80

/** Unlike the others it never refuses: there may be none. */
export function spaceEnd(bytes: Uint8Array, at: number): number {
  let place = at
  for (;;) {
    const byte = bytes[place]
    if (byte !== SPACE && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return place
    place++
  }
}

export function numberEnd(bytes: Uint8Array, at: number): number {
  let place = bytes[at] === MINUS ? at + 1 : at
  if (bytes[place] === ZERO) place++
  else {
    const whole = digitsEnd(bytes, place)
    if (whole === place) return NOWHERE
    place = whole
  }
  if (bytes[place] === POINT) {
    const fraction = digitsEnd(bytes, place + 1)
    if (fraction === place + 1) return NOWHERE
    place = fraction
  }
  if (((bytes[place] as number) | 0x20) !== 0x65) return place
  const sign = bytes[place + 1]
  const digits = place + (sign === 0x2b || sign === MINUS ? 2 : 1)
  const exponent = digitsEnd(bytes, digits)
  return exponent === digits ? NOWHERE : exponent
}

function digitsEnd(bytes: Uint8Array, at: number): number {
  let place = at
  while (((bytes[place] as number) - ZERO) >>> 0 < 10) place++
  return place
}

/** `true`, `false` or `null`. */
export function wordEnd(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
    case LETTER_T:
      return bytes[at + 1] === 0x72 && bytes[at + 2] === LETTER_U && bytes[at + 3] === 0x65 ? at + 4 : NOWHERE
    case LETTER_N:
      return bytes[at + 1] === LETTER_U && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x6c ? at + 4 : NOWHERE
    case LETTER_F:
      return bytes[at + 1] === 0x61 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x73 && bytes[at + 4] === 0x65
        ? at + 5
        : NOWHERE
    default:
      return NOWHERE
  }
}

function scalarEnd(record: RecordBytes, at: number): number {
  const { bytes } = record
  const first = bytes[at] as number
  if (first === QUOTE) {
    const quote = textEnd(record, at + 1, true)
    return quote === NOWHERE ? NOWHERE : quote + 1
  }
  return first >= 0x61 ? wordEnd(bytes, at) : numberEnd(bytes, at)
}

/**
 * @param at an opening bracket.
 * @param levels that may stand inside each other, itself included, at most `MAX_NESTING`.
 */
export function nestedEnd(record: RecordBytes, at: number, levels: number): number {
  const { bytes } = record
  // One bit for each level, the innermost lowest: 1 is an object.
  let objects = 0
  let depth = 0
  let place = at
  for (;;) {
    const first = bytes[place]
    if (first === OPEN_OBJECT || first === OPEN_ARRAY) {
      if (depth === levels) return NOWHERE
      depth++
      objects = (objects << 1) | (first === OPEN_OBJECT ? 1 : 0)
      place = spaceEnd(bytes, place + 1)
      if (bytes[place] !== first + 2) {
        if (first === OPEN_OBJECT) place = nameEnd(record, place)
        if (place === NOWHERE) return NOWHERE
        continue
      }
    } else {
      place = scalarEnd(record, place)
      if (place === NOWHERE) return NOWHERE
    }
    // Behind a value, or at the closing bracket of one that is empty.
    for (;;) {
      place = spaceEnd(bytes, place)
      const isObject = (objects & 1) === 1
      if (bytes[place] === COMMA) {
        place = spaceEnd(bytes, place + 1)
        if (isObject) place = nameEnd(record, place)
        if (place === NOWHERE) return NOWHERE
        break
      }
      if (bytes[place] !== (isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) return NOWHERE
      place++
      objects >>>= 1
      depth--
      if (depth === 0) return place
    }
  }
}

/** A member's name up to where its value begins. */
function nameEnd(record: RecordBytes, at: number): number {
  const { bytes } = record
  if (bytes[at] !== QUOTE) return NOWHERE
  const quote = textEnd(record, at + 1, true)
  if (quote === NOWHERE) return NOWHERE
  const colon = spaceEnd(bytes, quote + 1)
  return bytes[colon] === COLON ? spaceEnd(bytes, colon + 1) : NOWHERE
}
