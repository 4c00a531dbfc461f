import { parseIsoInstant } from '../../event/iso-instant.ts'
import { MINUS, POINT, ZERO } from './json-bytes.ts'
import type { RecordBytes } from './record-bytes.ts'

const MINUTE_MS = 60_000
const LETTER_CAPITAL_T = 0x54
const LETTER_CAPITAL_Z = 0x5a
const PLUS = 0x2b
const COLON = 0x3a

/**
 * Instants from the bytes of `2026-11-23T07:46:40.055Z` and `2026-11-23T07:46:40+08:00`.
 *
 * These are the forms that most producers write; for any other the answer is no, and `parseIsoInstant` decides. The
 * date of the instant before is remembered: those of a stream mostly lie on one day.
 */
export class InstantBytes {
  /** One instant: as a returned number each would cost an object. */
  readonly found = new Float64Array(1)
  /** The bytes of the last date, and the midnight it began with as if it were UTC. */
  #year = 0
  #month = 0
  #day = 0
  #midnight = 0

  /** @returns whether an instant stands from `from` to `to`; it is in `found` then, in ms. */
  read(record: RecordBytes, from: number, to: number): boolean {
    const { bytes, view } = record
    if (to - from < 20 || bytes[from + 10] !== LETTER_CAPITAL_T) return false
    const year = view.getInt32(from, true)
    const month = view.getInt32(from + 4, true)
    const day = view.getInt16(from + 8, true)
    if ((day !== this.#day || month !== this.#month || year !== this.#year) && !this.#readDate(record, from))
      return false

    const hour = pair(bytes, from + 11)
    const minute = pair(bytes, from + 14)
    const second = pair(bytes, from + 17)
    if (bytes[from + 13] !== COLON || bytes[from + 16] !== COLON) return false
    // Midnight as 24:00 and leap seconds are left to others.
    if (hour > 23 || minute > 59 || second > 59) return false
    let ms = (hour * 60 + minute) * MINUTE_MS + second * 1_000
    let place = from + 19
    if (bytes[place] === POINT) {
      const fraction = place + 1
      for (place = fraction; ; place++) {
        const digit = (bytes[place] as number) - ZERO
        if (digit >>> 0 > 9) break
        const digits = place - fraction
        if (digits < 3) ms += digit * (digits === 0 ? 100 : digits === 1 ? 10 : 1)
      }
      if (place === fraction) return false
    }
    const sign = bytes[place]
    if (sign === LETTER_CAPITAL_Z) {
      if (place + 1 !== to) return false
    } else {
      if ((sign !== PLUS && sign !== MINUS) || place + 6 !== to || bytes[place + 3] !== COLON) return false
      const hours = pair(bytes, place + 1)
      const minutes = pair(bytes, place + 4)
      if (hours > 23 || minutes > 59) return false
      ms += (sign === MINUS ? MINUTE_MS : -MINUTE_MS) * (hours * 60 + minutes)
    }
    this.found[0] = this.#midnight + ms
    return true
  }

  #readDate(record: RecordBytes, from: number): boolean {
    const midnight = parseIsoInstant(`${record.textOf(from, from + 10)}T00:00:00Z`, undefined)
    if (midnight === undefined) return false
    this.#year = record.view.getInt32(from, true)
    this.#month = record.view.getInt32(from + 4, true)
    this.#day = record.view.getInt16(from + 8, true)
    this.#midnight = midnight
    return true
  }
}

/** The number that two digits write; above 99 where they are none. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = ((bytes[at] as number) - ZERO) >>> 0
  const ones = ((bytes[at + 1] as number) - ZERO) >>> 0
  return tens > 9 || ones > 9 ? 100 : tens * 10 + ones
}
