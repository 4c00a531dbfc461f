import { ByteReader, ByteWriter } from '../windows/bytes.ts'

/*
 * An entry of a publication, as bytes: what `publication.ts` gives meaning to, taken apart and put together again where
 * entries are kept one by one.
 */

/** Of one series in one pane, page or coarse pane; the first number of a key. */
export const PANE = 0
export const OPEN = 1
export const HISTORY = 2
/** Nothing is kept of a segment any more. */
export const GONE = 3
export const MEASURE_PANE = 4
export const MEASURE_GONE = 5
export const DUE = 6
/** Of a segment of a stage: its oldest open cases, and what all of them are worth. Their place is 0. */
export const OLDEST = 7
export const AT_STAKE = 8

export type Entry = { readonly key: Uint8Array; readonly content: Uint8Array }

/** What a key says; a due place says more. */
export type EntryKey = {
  readonly kind: number
  /** Stage, measure or deadline. */
  readonly subject: number
  /** So many bytes say kind, subject and segment: the series. */
  readonly seriesBytes: number
  /** Pane, page or coarse pane. */
  readonly place: number
}

export function readEntryKey(key: Uint8Array): EntryKey {
  const from = new ByteReader(key)
  const kind = from.read()
  const subject = from.read()
  const segmentBytes = from.read()
  if (segmentBytes > 0) from.at += segmentBytes - 1
  const seriesBytes = from.at
  return { kind, subject, seriesBytes, place: from.readSigned() }
}

/** The entries of a publication; keys and contents are views into it. */
export function* entriesOf(entries: Uint8Array): Iterable<Entry> {
  const from = new ByteReader(entries)
  const next = () => {
    const length = from.read()
    const part = entries.subarray(from.at, from.at + length)
    from.at += length
    return part
  }
  while (from.at < entries.length) yield { key: next(), content: next() }
}

/** Entries one after the other, as a publication has them. */
export class EntryList {
  readonly #out = new ByteWriter()

  add(key: Uint8Array, content: Uint8Array): void {
    for (const part of [key, content]) {
      this.#out.write(part.length)
      this.#out.append(part, 0, part.length)
    }
  }

  /** All of them, which are then no longer in the list. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#out.bytes.slice(0, this.#out.length)
    this.#out.clear()
    return taken
  }
}
