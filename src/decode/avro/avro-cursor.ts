import { Buffer, isUtf8 } from 'node:buffer'

/** The bytes are not what the schema says. */
export class AvroMismatch extends Error {}

/** What the bytes say is larger, or nested deeper, than is read. */
export class AvroTooMuch extends Error {
  readonly reason: 'too-large' | 'too-deep'

  constructor(reason: 'too-large' | 'too-deep', message: string) {
    super(message)
    this.reason = reason
  }
}

/**
 * Goes along the bytes of one Avro datum, and never past their end.
 *
 * It also bounds what they may grow to: an array of a billion nothings takes five bytes.
 */
export class AvroCursor {
  readonly #bytes: Buffer
  readonly #maxDepth: number
  #at: number
  #depth = 0
  #room: number

  /** @param room characters of JSON that the datum may become. */
  constructor(bytes: Uint8Array, from: number, { room, maxDepth }: { room: number; maxDepth: number }) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = from
    this.#room = room
    this.#maxDepth = maxDepth
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  /** Passes on a piece of the result. */
  written(text: string): string {
    this.#room -= text.length
    if (this.#room < 0) throw new AvroTooMuch('too-large', 'what its bytes say would be too large a text')
    return text
  }

  /** Reads an object or array. */
  nested(read: () => string): string {
    this.#depth++
    if (this.#depth > this.#maxDepth) {
      throw new AvroTooMuch('too-deep', `objects and arrays stand more than ${this.#maxDepth} deep in each other`)
    }
    const text = read()
    this.#depth--
    return text
  }

  byte(): number {
    if (this.#at >= this.#bytes.length) throw new AvroMismatch('its bytes end too early')
    return this.#bytes[this.#at++] as number
  }

  bytes(length: number): Buffer {
    if (length < 0) throw new AvroMismatch(`a length is ${length}`)
    if (length > this.left) throw new AvroMismatch('its bytes end too early')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  /** A zigzag number of at most 64 bits, as a BigInt where it may not be exact as a number. */
  long(): number | bigint {
    let low = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte()
      low |= (byte & 0x7f) << shift
      if (byte < 0x80) return (low >>> 1) ^ -(low & 1)
    }
    let bits = BigInt(low)
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.byte()
      bits |= BigInt(byte & 0x7f) << shift
      if (byte >= 0x80) continue
      if (bits >= 1n << 64n) break
      return (bits >> 1n) ^ -(bits & 1n)
    }
    throw new AvroMismatch('a number has more than 64 bits')
  }

  /** A whole number of 32 bits. */
  int(): number {
    const value = this.long()
    if (value < -2_147_483_648 || value > 2_147_483_647) throw new AvroMismatch('an int has more than 32 bits')
    return Number(value)
  }

  /** A length or count. */
  count(): number {
    const value = this.long()
    if (typeof value === 'bigint' && (value < -MOST || value > MOST)) throw new AvroMismatch(`a count is ${value}`)
    return Number(value)
  }

  float(): number {
    return this.bytes(4).readFloatLE()
  }

  double(): number {
    return this.bytes(8).readDoubleLE()
  }

  text(): string {
    const bytes = this.bytes(this.count())
    const text = bytes.toString('utf8')
    // Bytes that are no UTF-8 become U+FFFD, so only a text that has it needs the check.
    if (text.includes('\uFFFD') && !isUtf8(bytes)) throw new AvroMismatch('a string is not UTF-8')
    return text
  }
}

const MOST = 9_007_199_254_740_991n
