import { ByteReader, ByteWriter } from './bytes.ts'

/** Lowest and highest of some values, such as durations in ms; `least > most` where there are none. */
export type ValueRange = { least: number; most: number }

/** How a pane's content is written and read; its index is none of it. */
export type PaneCodec<Pane extends { index: number }> = {
  readonly write: (out: ByteWriter, pane: Pane) => void
  readonly read: (from: ByteReader, into: Pane) => void
  /** Widens the range by what was counted in the pane. */
  readonly widen: (pane: Pane, range: ValueRange) => void
}

/*
 * The settled panes of one series, oldest first, as bytes in one array.
 *
 * A settled pane never changes again and panes settle in the order of time, so they are written one after the other and
 * leave at the other end:
 *
 *     steps since the pane before · bytes of the content · content (see `pane-bytes.ts`, `measure-bytes.ts`)
 *
 * Every 32 of them are a block, of which the first pane, its place and the extremes of all values are noted: a search
 * starts at a block, and extremes over a long window look into the blocks at its ends only.
 */
export class SettledPanes<Pane extends { index: number }> {
  readonly #codec: PaneCodec<Pane>
  #bytes = new Uint8Array(0)
  /** Where the oldest pane begins and the newest one ends. */
  #start = 0
  #end = 0
  #count = 0
  /** First and last pane; meaningless where there are none. */
  #oldest = 0
  #newest = 0
  /** Four numbers a block: first pane, where it begins (counted since ever), least and most. */
  #blocks = new Float64Array(0)
  #blockCount = 0
  /** Panes in the last block, and how many of the first block's have left. */
  #inLast = 0
  #leftOfFirst = 0
  /** Bytes that have left since ever: a block's place − this is its place in `#bytes`. */
  #passed = 0

  constructor(codec: PaneCodec<Pane>) {
    this.#codec = codec
  }

  get count(): number {
    return this.#count
  }

  /** The oldest pane kept; Infinity: none. */
  get oldest(): number {
    return this.#count === 0 ? Infinity : this.#oldest
  }

  /** The newest pane kept; −Infinity: none. */
  get newest(): number {
    return this.#count === 0 ? -Infinity : this.#newest
  }

  /** @param pane later than all that are here. */
  append(pane: Pane): void {
    scratch.clear()
    this.#codec.write(scratch, pane)
    head.clear()
    head.write(this.#count === 0 ? 0 : pane.index - this.#newest)
    head.write(scratch.length)
    this.#makeRoom(head.length + scratch.length)
    if (this.#count === 0) this.#oldest = pane.index
    if (this.#blockCount === 0 || this.#inLast === BLOCK) this.#addBlock(pane.index)
    this.#put(head)
    this.#put(scratch)
    this.#newest = pane.index
    this.#note(pane)
  }

  /** Byte by byte: for a few dozen of them quicker than to make views of both sides. */
  #put({ bytes: from, length }: ByteWriter): void {
    const to = this.#bytes
    const end = this.#end
    for (let at = 0; at < length; at++) to[end + at] = from[at] as number
    this.#end = end + length
  }

  /** Calls for the panes of a range, oldest first, each of them in `pane`. */
  forEach(first: number, last: number, pane: Pane, call: (pane: Pane) => void): void {
    if (this.#count === 0 || last < this.#oldest || first > this.#newest) return
    this.#scan(this.#blockOf(first), this.#blockCount, first, last, pane, call)
  }

  /** Takes the oldest pane out; it is read only where the caller gives room for it. */
  dropOldest(into: Pane | undefined): void {
    const from = reader
    from.bytes = this.#bytes
    from.at = this.#start
    from.read()
    const length = from.read()
    const next = from.at + length
    if (into !== undefined) {
      into.index = this.#oldest
      this.#codec.read(from, into)
    }
    this.#start = next
    this.#count--
    if (this.#count === 0) {
      this.#clear()
      return
    }
    from.at = next
    this.#oldest += from.read()
    if (++this.#leftOfFirst < BLOCK) return
    this.#leftOfFirst = 0
    this.#blocks.copyWithin(0, FIELDS, this.#blockCount * FIELDS)
    this.#blockCount--
  }

  /** Widens `range` by the values of a range's panes. */
  widen(first: number, last: number, pane: Pane, range: ValueRange): void {
    if (this.#count === 0 || last < this.#oldest || first > this.#newest) return
    for (let block = this.#blockOf(first); block < this.#blockCount; block++) {
      const at = block * FIELDS
      const begins = this.#blocks[at] as number
      if (begins > last) return
      const ends = block + 1 < this.#blockCount ? (this.#blocks[at + FIELDS] as number) - 1 : this.#newest
      const isWhole = begins >= first && ends <= last && (block > 0 || this.#leftOfFirst === 0)
      if (isWhole) {
        range.least = Math.min(range.least, this.#blocks[at + 2] as number)
        range.most = Math.max(range.most, this.#blocks[at + 3] as number)
        continue
      }
      this.#scan(block, block + 1, first, last, pane, scanned => this.#codec.widen(scanned, range))
    }
  }

  /** Copies all panes, in the form that `restore` reads. */
  snapshot(out: ByteWriter): void {
    out.write(this.#count)
    if (this.#count === 0) return
    out.writeSigned(this.#oldest)
    out.write(this.#end - this.#start)
    out.append(this.#bytes, this.#start, this.#end)
  }

  /** Takes over a snapshot; there must be no panes yet. */
  restore(from: ByteReader, pane: Pane): void {
    const count = from.read()
    if (count === 0) return
    this.#oldest = from.readSigned()
    this.#newest = this.#oldest
    this.#bytes = from.take(from.read())
    const panes = new ByteReader(this.#bytes)
    while (this.#count < count) {
      if (this.#blockCount === 0 || this.#inLast === BLOCK) this.#end = panes.at
      const step = panes.read()
      if (this.#count > 0) this.#newest += step
      panes.read()
      if (this.#blockCount === 0 || this.#inLast === BLOCK) this.#addBlock(this.#newest)
      this.#codec.read(panes, pane)
      this.#note(pane)
    }
    this.#end = panes.at
  }

  /** Reads the panes of some blocks that lie in the range. */
  #scan(block: number, endBlock: number, first: number, last: number, pane: Pane, call: (pane: Pane) => void): void {
    const isHead = block === 0
    const at = block * FIELDS
    const bytes = this.#bytes
    let place = isHead ? this.#start : (this.#blocks[at + 1] as number) - this.#passed
    let index = isHead ? this.#oldest : (this.#blocks[at] as number)
    const end =
      endBlock === this.#blockCount ? this.#end : (this.#blocks[endBlock * FIELDS + 1] as number) - this.#passed
    for (let isFirst = true; place < end; isFirst = false) {
      // A call may read other panes, so nothing is left in the shared reader across it.
      reader.bytes = bytes
      reader.at = place
      const step = reader.read()
      if (!isFirst) index += step
      if (index > last) return
      const length = reader.read()
      place = reader.at + length
      if (index < first) continue
      pane.index = index
      this.#codec.read(reader, pane)
      call(pane)
    }
  }

  /** A pane has come to the last block. */
  #note(pane: Pane): void {
    this.#count++
    this.#inLast++
    const block = (this.#blockCount - 1) * FIELDS
    ofBlock.least = this.#blocks[block + 2] as number
    ofBlock.most = this.#blocks[block + 3] as number
    this.#codec.widen(pane, ofBlock)
    this.#blocks[block + 2] = ofBlock.least
    this.#blocks[block + 3] = ofBlock.most
  }

  /** The last block that begins at or before a pane, else the first one. */
  #blockOf(index: number): number {
    let low = 0
    let high = this.#blockCount - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#blocks[middle * FIELDS] as number) <= index) low = middle
      else high = middle - 1
    }
    return low
  }

  #addBlock(index: number): void {
    const at = this.#blockCount * FIELDS
    if (at === this.#blocks.length) {
      const blocks = new Float64Array(Math.max(FIELDS, at * 2))
      blocks.set(this.#blocks)
      this.#blocks = blocks
    }
    this.#blocks[at] = index
    this.#blocks[at + 1] = this.#end + this.#passed
    this.#blocks[at + 2] = Infinity
    this.#blocks[at + 3] = -Infinity
    this.#blockCount++
    this.#inLast = 0
  }

  #makeRoom(length: number): void {
    if (this.#end + length <= this.#bytes.length) return
    const kept = this.#end - this.#start
    // What has left makes room once it is an eighth of the array; else the array grows.
    const hasRoom = kept + length <= this.#bytes.length && 8 * this.#start >= this.#bytes.length
    const bytes = hasRoom ? this.#bytes : new Uint8Array(Math.max(64, Math.ceil(GROWTH * (kept + length))))
    if (hasRoom) bytes.copyWithin(0, this.#start, this.#end)
    else bytes.set(this.#bytes.subarray(this.#start, this.#end))
    this.#bytes = bytes
    this.#passed += this.#start
    this.#start = 0
    this.#end = kept
  }

  #clear(): void {
    this.#start = 0
    this.#end = 0
    this.#passed = 0
    this.#blockCount = 0
    this.#leftOfFirst = 0
  }
}

const BLOCK = 32
/** The array of a long window fills slowly and stays for good, so it keeps little room to spare. */
const GROWTH = 1.25
const FIELDS = 4

/** Reused by all series: a pane is written and read in one go. */
const scratch = new ByteWriter()
const head = new ByteWriter()
const reader = new ByteReader(new Uint8Array(0))
const ofBlock: ValueRange = { least: Infinity, most: -Infinity }
