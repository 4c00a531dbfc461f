import { Buffer } from 'node:buffer'

const NEWLINE = 10
const CARRIAGE_RETURN = 13

/**
 * A longer line is cut to one byte more than this, so that whoever decodes it sees that it is too large, and memory
 * stays bounded whatever the file holds.
 */
export const MAX_LINE_BYTES = 16 * 1024 * 1024

/** A line without its end (`\n` or `\r\n`) and its number, counted from 0 and including empty lines. */
export type Line = { readonly number: number; readonly bytes: Uint8Array }

/**
 * Cuts a stream of bytes into lines. Empty lines are counted and left out; a last line without newline counts.
 *
 * Lines are views into the chunks they came in (only those that span chunks are copied), so a chunk must not be
 * written to again.
 */
export class LineSplitter {
  readonly #maxBytes: number
  /** The beginning of a line whose end has not come yet, at most `maxBytes + 1` bytes. */
  #pending: Uint8Array[] = []
  #pendingBytes = 0
  #next = 0

  constructor(maxBytes: number = MAX_LINE_BYTES) {
    this.#maxBytes = maxBytes
  }

  /** The number of lines seen, with a last one without newline once `end` has been called. */
  get lines(): number {
    return this.#next
  }

  /** @returns the lines that are complete with this chunk. */
  push(chunk: Buffer): Line[] {
    const lines: Line[] = []
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const bytes = this.#pendingBytes === 0 ? chunk.subarray(start, end) : this.#join(chunk.subarray(start, end))
      this.#add(lines, bytes)
      start = end + 1
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start))
    return lines
  }

  /** @returns the last line, where the file does not end with a newline. */
  end(): Line[] {
    const lines: Line[] = []
    if (this.#pendingBytes > 0) this.#add(lines, this.#join(new Uint8Array(0)))
    return lines
  }

  #add(lines: Line[], bytes: Uint8Array): void {
    const number = this.#next++
    const line = bytes[bytes.length - 1] === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes
    const cut = line.length > this.#maxBytes ? line.subarray(0, this.#maxBytes + 1) : line
    if (cut.length > 0) lines.push({ number, bytes: cut })
  }

  #keep(part: Uint8Array): void {
    // One byte for the `\r` of a line that is just as long as it may be, one to show that it is longer.
    const room = this.#maxBytes + 2 - this.#pendingBytes
    if (room <= 0) return
    const kept = part.length > room ? part.subarray(0, room) : part
    this.#pending.push(kept)
    this.#pendingBytes += kept.length
  }

  #join(last: Uint8Array): Uint8Array {
    this.#keep(last)
    const joined = Buffer.concat(this.#pending)
    this.#pending = []
    this.#pendingBytes = 0
    return joined
  }
}
