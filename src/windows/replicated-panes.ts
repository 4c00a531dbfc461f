import { ByteReader } from './bytes.ts'
import { placeIn } from './rising.ts'
import { type PaneCodec, SettledPanes, type ValueRange } from './settled-panes.ts'

/**
 * The panes of one series, as they are told from where it is folded: each as bytes, whole, as often as it changes.
 *
 *     put ──▶ live (by index) ──settleUntil──▶ settled (bytes in one array) ──dropUntil──▶ gone
 */
export class ReplicatedPanes<Pane extends { index: number }> {
  readonly #codec: PaneCodec<Pane>
  /** Of the stage: into which panes are read. */
  readonly #pane: Pane
  readonly #settled: SettledPanes<Pane>
  readonly #live = new Map<number, Uint8Array>()
  /** Rising. */
  readonly #liveIndexes: number[] = []

  constructor(codec: PaneCodec<Pane>, pane: Pane) {
    this.#codec = codec
    this.#pane = pane
    this.#settled = new SettledPanes(codec)
  }

  get isEmpty(): boolean {
    return this.#live.size === 0 && this.#settled.count === 0
  }

  /**
   * Takes over a pane, which must not have settled.
   *
   * @param content see `PaneCodec`; is kept.
   * @param replaced is shown the pane as it was, where there was one, and then as it is.
   */
  put(index: number, content: Uint8Array, replaced: (pane: Pane, sign: 1 | -1) => void): void {
    if (index <= this.#settled.newest) throw new Error(`pane ${index} has settled, and was told anew`)
    const former = this.#live.get(index)
    if (former !== undefined) replaced(this.#read(index, former), -1)
    else this.#insert(index)
    this.#live.set(index, content)
    replaced(this.#read(index, content), 1)
  }

  /** Panes up to `last` never change again. */
  settleUntil(last: number): void {
    let count = 0
    for (const index of this.#liveIndexes) {
      if (index > last) break
      this.#settled.append(this.#read(index, this.#live.get(index) as Uint8Array))
      this.#live.delete(index)
      count++
    }
    if (count > 0) this.#liveIndexes.splice(0, count)
  }

  /** Lets go of settled panes up to `last`, oldest first. @param dropped is shown each of them. */
  dropUntil(last: number, dropped: (pane: Pane) => void): void {
    while (this.#settled.oldest <= last) {
      this.#settled.dropOldest(this.#pane)
      dropped(this.#pane)
    }
  }

  /** Calls for the panes of a range, oldest first; one means something only until the call returns. */
  forEach(first: number, last: number, call: (pane: Pane) => void): void {
    this.#settled.forEach(first, last, this.#pane, call)
    this.#forEachLive(first, last, call)
  }

  /** Widens `range` by all values of a range of panes. */
  widen(first: number, last: number, range: ValueRange): void {
    this.#settled.widen(first, last, this.#pane, range)
    this.#forEachLive(first, last, pane => this.#codec.widen(pane, range))
  }

  #forEachLive(first: number, last: number, call: (pane: Pane) => void): void {
    const indexes = this.#liveIndexes
    for (let place = placeIn(indexes, first); place < indexes.length; place++) {
      const index = indexes[place] as number
      if (index > last) return
      call(this.#read(index, this.#live.get(index) as Uint8Array))
    }
  }

  #read(index: number, content: Uint8Array): Pane {
    this.#pane.index = index
    this.#codec.read(new ByteReader(content), this.#pane)
    // Reading may clear what it fills.
    this.#pane.index = index
    return this.#pane
  }

  #insert(index: number): void {
    this.#liveIndexes.splice(placeIn(this.#liveIndexes, index), 0, index)
  }
}
