/**
 * Whole numbers in as few bytes as they need: seven bits a byte, the lowest first, the eighth bit set on all but the last.
 * Source: LEB128, e.g. DWARF 5, section 7.6; here up to 2^53.
 */
export class ByteWriter {
  bytes = new Uint8Array(1_024)
  length = 0

  clear(): void {
    this.length = 0
  }

  /** @param value whole, 0 … 2^53. */
  write(value: number): void {
    if (this.length + LONGEST > this.bytes.length) this.#grow(LONGEST)
    let left = value
    while (left >= 128) {
      this.bytes[this.length++] = (left % 128) | 128
      left = Math.floor(left / 128)
    }
    this.bytes[this.length++] = left
  }

  /** Whole, of either sign: 0, −1, 1, −2, … as 0, 1, 2, 3, … */
  writeSigned(value: number): void {
    this.write(value < 0 ? -2 * value - 1 : 2 * value)
  }

  append(bytes: Uint8Array, from: number, end: number): void {
    if (this.length + end - from > this.bytes.length) this.#grow(end - from)
    this.bytes.set(bytes.subarray(from, end), this.length)
    this.length += end - from
  }

  #grow(by: number): void {
    const bytes = new Uint8Array(2 * Math.max(this.bytes.length, by))
    bytes.set(this.bytes.subarray(0, this.length))
    this.bytes = bytes
  }
}

/** A number of 2^53 takes eight bytes. */
const LONGEST = 8

export class ByteReader {
  bytes: Uint8Array
  at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  read(): number {
    const { bytes } = this
    let byte = bytes[this.at++] as number
    if (byte < 128) return byte
    let value = byte & 127
    let scale = 128
    do {
      byte = bytes[this.at++] as number
      value += (byte & 127) * scale
      scale *= 128
    } while (byte >= 128)
    return value
  }

  /** A copy of the bytes that follow. */
  take(length: number): Uint8Array<ArrayBuffer> {
    const taken = new Uint8Array(length)
    taken.set(this.bytes.subarray(this.at, this.at + length))
    this.at += length
    return taken
  }

  readSigned(): number {
    const value = this.read()
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2
  }
}
