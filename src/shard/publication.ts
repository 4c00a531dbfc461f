import type { SegmentKey } from '../event/segment.ts'
import { ByteReader, ByteWriter } from '../windows/bytes.ts'
import type { NamedPlace } from '../windows/due-ledger.ts'
import type { DueLine } from '../windows/lateness-count.ts'
import { measureCodec } from '../windows/measure-bytes.ts'
import type { MeasureSink } from '../windows/measure-windows.ts'
import { writePane } from '../windows/pane-bytes.ts'
import type { StageSink } from '../windows/stage-windows.ts'
import type { CoarsePane } from '../windows/visit-history.ts'
import { AT_STAKE, DUE, GONE, HISTORY, MEASURE_GONE, MEASURE_PANE, OLDEST, OPEN, PANE } from './entry.ts'
import type { OpenCasesWriter } from './open-cases/open-cases.ts'
import { readAtStake, readOldest, writeAtStake, writeOldest } from './open-cases/published.ts'
import type { AtStake, OldestVisit } from './open-cases/view.ts'
import type { ShardSummary } from './summary.ts'

/*
 * What a shard tells of itself to whoever evaluates it elsewhere: values that changed, always whole, each under a key of
 * its own, and then one summary, with which they are one state of the shard.
 *
 *     entry    length of the key · key · length of the content · content
 *     key      kind · stage, measure or deadline · segment · pane or page (· position · its segment)
 *     segment  0: the total; else 1 + length of its key · that as UTF-8
 *
 * Numbers are those of `bytes.ts`. A value replaces the one of the same key: what came twice, or later than a newer one
 * that was held back, does no harm to whoever compares the summaries.
 */
export type Publication = {
  /** Entries one after the other. */
  readonly entries: Uint8Array<ArrayBuffer>
  readonly summary: ShardSummary
}

/** Collects the entries of a publication. */
export class PublicationWriter implements OpenCasesWriter {
  readonly #out = new ByteWriter()
  readonly #key = new ByteWriter()
  readonly #content = new ByteWriter()
  /** Segments are few and come again and again. */
  readonly #texts = new Map<SegmentKey, Uint8Array>()

  /** Bytes collected. */
  get length(): number {
    return this.#out.length
  }

  sinkOfStage(stage: number): StageSink {
    return {
      pane: (segment, index, pane) => {
        this.#begin(PANE, stage, segment, index)
        writePane(this.#content, pane)
        this.#end()
      },
      open: (segment, page, counts) => {
        this.#begin(OPEN, stage, segment, page)
        for (const count of counts) this.#content.write(count)
        this.#end()
      },
      history: coarse => this.#history(stage, coarse),
      gone: segment => {
        this.#begin(GONE, stage, segment, 0)
        this.#end()
      },
    }
  }

  sinkOfMeasure(measure: number): MeasureSink {
    return {
      pane: (segment, pane) => {
        this.#begin(MEASURE_PANE, measure, segment, pane.index)
        measureCodec.write(this.#content, pane)
        this.#end()
      },
      gone: segment => {
        this.#begin(MEASURE_GONE, measure, segment, 0)
        this.#end()
      },
    }
  }

  due({ deadline, ownSegment, position, segment }: NamedPlace, { entryPane, duePanes, counts }: DueLine): void {
    this.#begin(DUE, deadline, ownSegment, entryPane)
    this.#key.write(position)
    this.#segment(segment)
    let previous = 0
    duePanes.forEach((duePane, at) => {
      this.#content.writeSigned(duePane - previous)
      this.#content.write(counts[at] as number)
      previous = duePane
    })
    this.#end()
  }

  oldest(stage: number, segment: SegmentKey | undefined, visits: readonly OldestVisit[]): void {
    this.#begin(OLDEST, stage, segment, 0)
    writeOldest(this.#content, visits)
    this.#end()
  }

  atStake(stage: number, segment: SegmentKey | undefined, atStake: AtStake): void {
    this.#begin(AT_STAKE, stage, segment, 0)
    writeAtStake(this.#content, atStake)
    this.#end()
  }

  /** The entries, which are then no longer collected here. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#out.bytes.slice(0, this.#out.length)
    this.#out.clear()
    return taken
  }

  #history(stage: number, { key, index, entered, exits, unfinished }: CoarsePane): void {
    this.#begin(HISTORY, stage, key, index)
    this.#content.write(entered)
    for (const counts of [exits, unfinished]) {
      this.#content.write(counts.size)
      for (const [bucket, count] of counts) {
        this.#content.writeSigned(bucket)
        this.#content.writeSigned(count)
      }
    }
    this.#end()
  }

  #begin(kind: number, subject: number, segment: SegmentKey | undefined, place: number): void {
    this.#key.clear()
    this.#content.clear()
    this.#key.write(kind)
    this.#key.write(subject)
    this.#segment(segment)
    this.#key.writeSigned(place)
  }

  #segment(segment: SegmentKey | undefined): void {
    if (segment === undefined) {
      this.#key.write(0)
      return
    }
    let text = this.#texts.get(segment)
    if (text === undefined) {
      if (this.#texts.size >= MOST_TEXTS) this.#texts.clear()
      text = new TextEncoder().encode(segment)
      this.#texts.set(segment, text)
    }
    this.#key.write(text.length + 1)
    this.#key.append(text, 0, text.length)
  }

  #end(): void {
    for (const part of [this.#key, this.#content]) {
      this.#out.write(part.length)
      this.#out.append(part.bytes, 0, part.length)
    }
  }
}

/** Told of the entries of a publication. Contents are views into it. */
export type PublicationReader = {
  readonly pane: (stage: number, segment: SegmentKey | undefined, index: number, content: Uint8Array) => void
  readonly open: (stage: number, segment: SegmentKey | undefined, page: number, counts: readonly number[]) => void
  readonly history: (stage: number, coarse: CoarsePane) => void
  readonly gone: (stage: number, segment: SegmentKey) => void
  readonly measurePane: (measure: number, segment: SegmentKey | undefined, index: number, content: Uint8Array) => void
  readonly measureGone: (measure: number, segment: SegmentKey) => void
  readonly due: (place: NamedPlace, line: DueLine) => void
  readonly oldest: (stage: number, segment: SegmentKey | undefined, visits: readonly OldestVisit[]) => void
  readonly atStake: (stage: number, segment: SegmentKey | undefined, atStake: AtStake) => void
}

/** @throws Error where the bytes are no entries. */
export function readEntries(entries: Uint8Array, reader: PublicationReader): void {
  const from = new ByteReader(entries)
  while (from.at < entries.length) {
    const keyEnd = from.read() + from.at
    const kind = from.read()
    const subject = from.read()
    const segment = readSegment(from)
    const place = from.readSigned()
    const position = kind === DUE ? from.read() : 0
    const ofPosition = kind === DUE ? readSegment(from) : undefined
    if (from.at !== keyEnd) throw new Error(`a key of a publication ends at ${from.at} instead of ${keyEnd}`)
    const length = from.read()
    const end = from.at + length
    switch (kind) {
      case PANE:
        reader.pane(subject, segment, place, entries.subarray(from.at, end))
        break
      case OPEN:
        reader.open(subject, segment, place, numbersTo(from, end))
        break
      case HISTORY:
        reader.history(subject, {
          key: segment,
          index: place,
          entered: from.read(),
          exits: readCounts(from),
          unfinished: readCounts(from),
        })
        break
      case GONE:
        reader.gone(subject, named(segment))
        break
      case MEASURE_PANE:
        reader.measurePane(subject, segment, place, entries.subarray(from.at, end))
        break
      case MEASURE_GONE:
        reader.measureGone(subject, named(segment))
        break
      case DUE:
        reader.due(
          { deadline: subject, ownSegment: segment, position, segment: ofPosition },
          readLine(from, place, end),
        )
        break
      case OLDEST:
        reader.oldest(subject, segment, readOldest(from, end))
        break
      case AT_STAKE:
        reader.atStake(subject, segment, readAtStake(from, end))
        break
      default:
        throw new Error(`a publication has an entry of kind ${kind}, which nobody knows`)
    }
    from.at = end
  }
}

const MOST_TEXTS = 10_000

function readSegment(from: ByteReader): SegmentKey | undefined {
  const length = from.read()
  if (length === 0) return undefined
  const end = from.at + length - 1
  const text = Buffer.from(from.bytes.buffer, from.bytes.byteOffset + from.at, length - 1).toString('utf8')
  from.at = end
  return text as SegmentKey
}

function named(segment: SegmentKey | undefined): SegmentKey {
  if (segment === undefined) throw new Error('a total cannot go')
  return segment
}

function numbersTo(from: ByteReader, end: number): number[] {
  const numbers: number[] = []
  while (from.at < end) numbers.push(from.read())
  return numbers
}

function readCounts(from: ByteReader): Map<number, number> {
  const counts = new Map<number, number>()
  for (let left = from.read(); left > 0; left--) counts.set(from.readSigned(), from.readSigned())
  return counts
}

function readLine(from: ByteReader, entryPane: number, end: number): DueLine {
  const duePanes: number[] = []
  const counts: number[] = []
  let duePane = 0
  while (from.at < end) {
    duePane += from.readSigned()
    duePanes.push(duePane)
    counts.push(from.read())
  }
  return { entryPane, duePanes, counts }
}
