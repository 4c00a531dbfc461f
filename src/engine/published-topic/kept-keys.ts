import {
  AT_STAKE,
  GONE,
  HISTORY,
  MEASURE_GONE,
  MEASURE_PANE,
  OLDEST,
  OPEN,
  PANE,
  readEntryKey,
} from '../../shard/entry.ts'
import type { ShardSummary } from '../../shard/summary.ts'
import { ByteWriter } from '../../windows/bytes.ts'
import { placeIn } from '../../windows/rising.ts'

/**
 * The keys under which a shard has values in the topic, so that those which nobody needs any more are deleted there.
 *
 * Of panes, pages and coarse panes it keeps the numbers only, rising, by series; about 8 bytes a value.
 */
export class KeptKeys {
  readonly #series = new Map<string, Series>()
  /** Places of cases within deadlines: few, and their keys say more than a number. */
  readonly #others = new Set<string>()
  #count = 0

  get count(): number {
    return this.#count
  }

  has(key: Uint8Array): boolean {
    const { kind, seriesBytes, place } = readEntryKey(key)
    if (!isPlaced(kind)) return this.#others.has(textOf(key))
    const places = this.#series.get(textOf(key, seriesBytes))?.places
    return places !== undefined && places[placeIn(places, place)] === place
  }

  add(key: Uint8Array): void {
    const { kind, subject, seriesBytes, place } = readEntryKey(key)
    if (!isPlaced(kind)) {
      this.#count -= this.#others.size
      this.#others.add(textOf(key))
      this.#count += this.#others.size
      return
    }
    const name = textOf(key, seriesBytes)
    let series = this.#series.get(name)
    if (series === undefined) {
      series = { kind, subject, bytes: key.slice(0, seriesBytes), places: [] }
      this.#series.set(name, series)
    }
    const at = placeIn(series.places, place)
    if (series.places[at] === place) return
    series.places.splice(at, 0, place)
    this.#count++
  }

  delete(key: Uint8Array): void {
    const { kind, seriesBytes, place } = readEntryKey(key)
    if (!isPlaced(kind)) {
      if (this.#others.delete(textOf(key))) this.#count--
      return
    }
    const places = this.#series.get(textOf(key, seriesBytes))?.places
    const at = places === undefined ? 0 : placeIn(places, place)
    if (places?.[at] !== place) return
    places.splice(at, 1)
    this.#count--
  }

  /** Forgets the keys of a segment that has gone. @param gone the key that says so. @returns them. */
  takeSegment(gone: Uint8Array): Uint8Array[] {
    const { kind, seriesBytes } = readEntryKey(gone)
    const ofSegment = kind === MEASURE_GONE ? [MEASURE_PANE] : kind === GONE ? [PANE, OPEN, OLDEST, AT_STAKE] : []
    return ofSegment.flatMap(each => {
      // A kind takes one byte, so the segment's other keys differ from this one in nothing else.
      const bytes = gone.slice(0, seriesBytes)
      bytes[0] = each
      const series = this.#series.get(textOf(bytes))
      return series === undefined ? [] : this.#takeFirst(series, series.places.length)
    })
  }

  /** Forgets the keys of panes that the shard keeps no longer. @returns them. */
  takePassed({ stages, measures }: Pick<ShardSummary, 'stages' | 'measures'>): Uint8Array[] {
    const passed: Uint8Array[] = []
    for (const series of this.#series.values()) {
      const { kind, subject, places } = series
      const since =
        kind === PANE
          ? stages[subject]?.keptSince
          : kind === HISTORY
            ? stages[subject]?.historyKeptSince
            : kind === MEASURE_PANE
              ? measures[subject]?.keptSince
              : undefined
      if (since !== undefined && (places[0] ?? Infinity) < since) {
        passed.push(...this.#takeFirst(series, placeIn(places, since)))
      }
    }
    return passed
  }

  #takeFirst(series: Series, count: number): Uint8Array[] {
    const { bytes, places } = series
    this.#count -= count
    if (count === places.length) this.#series.delete(textOf(bytes))
    return places.splice(0, count).map(place => {
      const key = new ByteWriter()
      key.append(bytes, 0, bytes.length)
      key.writeSigned(place)
      return key.bytes.slice(0, key.length)
    })
  }
}

/** Values of one series of one kind. */
type Series = {
  readonly kind: number
  readonly subject: number
  readonly bytes: Uint8Array
  /** Rising. */
  readonly places: number[]
}

const placed = [PANE, OPEN, HISTORY, MEASURE_PANE, OLDEST, AT_STAKE]
const isPlaced = (kind: number): boolean => placed.includes(kind)

/** One character a byte. */
export const textOf = (key: Uint8Array, length = key.length): string =>
  Buffer.from(key.buffer, key.byteOffset, length).toString('latin1')
