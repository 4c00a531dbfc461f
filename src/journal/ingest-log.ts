import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Instant } from '../event/instant.ts'
import { lineOf } from './framed-lines.ts'
import {
  batchText,
  type FoundSegment,
  findSegment,
  firstOffsetOf,
  type IngestedRecord,
  type IngestRecord,
  IngestSegment,
  type KnownBatch,
  openingOf,
  recordsText,
  segmentName,
  sumOf,
} from './ingest-segment.ts'
import { continueSegment, createSegment, type OpenSegment, type SegmentedLog, SegmentWriter } from './segment-writer.ts'

/*
 * Records that were handed to us directly, as a topic partition of our own: each has an offset, and is acknowledged when it
 * is on disk. Batches that arrive while others are being synced share the next sync.
 *
 * It is a row of segments of bounded size. A reader goes from an offset to the end and waits there for more; when a durable
 * snapshot covers what it has read, segments that lie wholly below may leave, and do so once all take more than is kept. What
 * stays knows a batch that is handed in again for what it is, and lets changed definitions count it anew; so the segment
 * before the newest always stays. When the
 * log has grown to its bound, because nobody reads, batches are refused.
 *
 * The directory belongs to one process (see `lock.ts`).
 */
export type IngestBatch = {
  /** Chosen by who hands it in; the same when it is handed in again. */
  readonly id: string
  /** The wall clock. */
  readonly at: Instant
  readonly records: readonly IngestRecord[]
}

export type Ingested =
  /** On disk: the records have the offsets from this one on. */
  | { readonly outcome: 'kept'; readonly firstOffset: number }
  /** This very batch is on disk; nothing was written. */
  | { readonly outcome: 'repeated'; readonly firstOffset: number }
  /** A batch of this id with other records is on disk; nothing was written. */
  | { readonly outcome: 'id-taken' }
  /** It is longer than a segment may be; nothing was written. */
  | { readonly outcome: 'too-long' }
  /** The log has no room until a snapshot covers more of it; nothing was written. */
  | { readonly outcome: 'full'; readonly reason: string }

export type IngestLimits = {
  /** From this size on a segment is followed by another. */
  readonly segmentBytes: number
  /** The most that all segments take on disk. At least four segments, or removing the old ones makes no room. */
  readonly mostBytes: number
  /** Segments that are covered stay as long as all take no more than this. */
  readonly keptBytes: number
}

const mebibyte = 1_048_576
export const defaultIngestLimits: IngestLimits = {
  segmentBytes: 16 * mebibyte,
  mostBytes: 512 * mebibyte,
  keptBytes: 64 * mebibyte,
}

/** Offsets, the second not included. */
export type OffsetSpan = { readonly from: number; readonly to: number }

/** A batch on its way to disk; its place is known when it is written. */
type Item = {
  readonly id: string
  readonly at: Instant
  readonly text: string
  readonly sum: string
  readonly count: number
  firstOffset: number
}

/**
 * Opens the ingest log of a directory, made if missing. A torn last line is cut off.
 *
 * @throws JournalError where it is damaged elsewhere, or of a newer format.
 */
export async function openIngestLog(directory: string, limits: IngestLimits = defaultIngestLimits): Promise<IngestLog> {
  if (limits.mostBytes < 4 * limits.segmentBytes) throw new Error('an ingest log must have room for four segments')
  await mkdir(directory, { recursive: true })
  const names = await readdir(directory)
  for (const name of names) if (name.endsWith('.part')) await rm(join(directory, name))
  const firstOffsets = names
    .map(firstOffsetOf)
    .filter(Number.isInteger)
    .sort((left, right) => left - right)
  const newest = firstOffsets.at(-1)
  if (newest === undefined) {
    const logId = randomUUID()
    const opening = openingOf(0, logId)
    const file = await createSegment(directory, segmentName(0), opening)
    const segment = new IngestSegment(directory, 0, opening.length)
    return new IngestLog(directory, limits, file, [{ segment, logId, batches: new Map(), tornBytes: 0 }])
  }
  const found: FoundSegment[] = []
  for (const first of firstOffsets) found.push(await findSegment(directory, first, first === newest))
  const file = await continueSegment(directory, segmentName(newest), found.at(-1)!.segment.bytes)
  return new IngestLog(directory, limits, file, found)
}

export class IngestLog {
  /** Names it for as long as it lives. */
  readonly id: string
  /** Bytes of a torn last line that were cut off when it was opened: it was never acknowledged. */
  readonly tornBytes: number
  /** Records that should lie between the first and the last, and were not there: files were cut or removed by hand. */
  readonly missing: readonly OffsetSpan[]
  readonly #title: string
  readonly #directory: string
  readonly #limits: IngestLimits
  readonly #writer: SegmentWriter<Item>
  /** Oldest first; the last one is written to. */
  readonly #segments: IngestSegment[]
  readonly #batches = new Map<string, KnownBatch>()
  readonly #underWay = new Map<string, { readonly sum: string; readonly appended: Promise<Ingested> }>()
  #bytesUnderWay = 0
  #isClosed = false
  #waiting: { readonly offset: number; readonly resolve: () => void }[] = []

  constructor(directory: string, limits: IngestLimits, file: OpenSegment, found: readonly FoundSegment[]) {
    this.#title = `The ingest log in ${directory}`
    this.#directory = directory
    this.#limits = limits
    this.#segments = found.map(({ segment }) => segment)
    for (const { batches } of found) for (const [id, batch] of batches) this.#batches.set(id, batch)
    this.id = found.at(-1)!.logId
    this.tornBytes = found.at(-1)!.tornBytes
    this.missing = this.#segments.slice(1).flatMap(({ firstOffset: to }, index) => {
      const from = this.#segments[index]!.endOffset
      return from === to ? [] : [{ from, to }]
    })
    const log: SegmentedLog<Item> = {
      title: this.#title,
      loss: 'the records were not kept',
      lineOf: group => this.#lineOf(group),
      nextSegment: present => this.#nextSegment(present),
      segmentBegan: async () => {
        const bytes = openingOf(this.endOffset, this.id).length
        this.#segments.push(new IngestSegment(directory, this.endOffset, bytes))
      },
      kept: (group, byte, lineBytes) => this.#kept(group, byte, lineBytes),
    }
    this.#writer = new SegmentWriter(directory, log, file)
  }

  /** Offset of the oldest record that is there; `endOffset` where there is none. */
  get beginOffset(): number {
    return this.#segments[0]!.firstOffset
  }

  /** Offset that the next record gets. Those below are on disk. */
  get endOffset(): number {
    return this.#newest.endOffset
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /**
   * Resolves when the records are on disk, or were before, or are refused.
   *
   * @param batch has at least one record.
   * @throws JournalError as `SegmentWriter.add`: then the batch does not count, and may be handed in again.
   */
  append(batch: IngestBatch): Promise<Ingested> {
    const text = recordsText(batch.records)
    const sum = sumOf(text)
    const known = this.#batches.get(batch.id)
    if (known !== undefined) return Promise.resolve(known.sum === sum ? repeatOf(known) : idTaken)
    const underWay = this.#underWay.get(batch.id)
    if (underWay !== undefined)
      return underWay.sum === sum ? underWay.appended.then(asRepeat) : Promise.resolve(idTaken)
    const appended = this.#write(batch, text, sum).finally(() => this.#underWay.delete(batch.id))
    this.#underWay.set(batch.id, { sum, appended })
    return appended
  }

  /**
   * Records that are on disk, by rising offset from this one on (or from the oldest that is there).
   *
   * @param mostBytes about how much of the file is read at once.
   * @returns empty at the end of the log.
   * @throws JournalError where they cannot be read, or are not as they were written.
   */
  async read(from: number, mostBytes: number = mebibyte): Promise<readonly IngestedRecord[]> {
    const segment = this.#segments.find(({ endOffset }) => endOffset > from)
    return segment === undefined ? [] : segment.read(from, mostBytes)
  }

  /** Resolves when there is a record at this offset or after it, and when the log is closed. */
  whenBeyond(offset: number): Promise<void> {
    if (this.#isClosed || this.endOffset > offset) return Promise.resolve()
    return new Promise(resolve => this.#waiting.push({ offset, resolve }))
  }

  /** A durable snapshot covers all records below this offset: nobody has to read them again. */
  async passed(offset: number): Promise<void> {
    const isSpare = () => this.#segments.length > 2 && this.bytes > this.#limits.keptBytes
    while (isSpare() && this.#segments[0]!.endOffset <= offset) {
      const { name, ids, endOffset } = this.#segments.shift()!
      for (const id of ids) if (this.#batches.get(id)!.firstOffset < endOffset) this.#batches.delete(id)
      await rm(join(this.#directory, name))
    }
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await this.#writer.close()
    this.#isClosed = true
    this.#wake()
  }

  async #write({ id, at, records }: IngestBatch, text: string, sum: string): Promise<Ingested> {
    if (records.length === 0) throw new Error('a batch without records was handed to the ingest log')
    const item: Item = { id, at, text, sum, count: records.length, firstOffset: 0 }
    const bytes = Buffer.byteLength(item.text) + LINE_OVERHEAD_BYTES + Buffer.byteLength(id)
    if (bytes > this.#limits.segmentBytes) return { outcome: 'too-long' }
    if (this.bytes + this.#bytesUnderWay + bytes > this.#limits.mostBytes) return this.#full()
    this.#bytesUnderWay += bytes
    try {
      await this.#writer.add(item, bytes)
    } finally {
      this.#bytesUnderWay -= bytes
    }
    return { outcome: 'kept', firstOffset: item.firstOffset }
  }

  #lineOf(group: readonly Item[]): Buffer {
    let offset = this.endOffset
    const batches = group.map(item => {
      // A group that could not be written left the end where it was.
      item.firstOffset = offset
      offset += item.count
      return batchText(item.id, item.at, item, item.text)
    })
    return lineOf(`[${batches.join(',')}]`)
  }

  #nextSegment({ bytes }: OpenSegment) {
    const { firstOffset, endOffset } = this.#newest
    // An empty one would be followed by one of the same name.
    if (bytes < this.#limits.segmentBytes || firstOffset === endOffset) return undefined
    return { name: segmentName(endOffset), opening: openingOf(endOffset, this.id) }
  }

  #kept(group: readonly Item[], byte: number, lineBytes: number): void {
    this.#newest.add(byte, lineBytes, group)
    for (const { id, firstOffset, sum } of group) this.#batches.set(id, { firstOffset, sum })
    this.#wake()
  }

  get #newest(): IngestSegment {
    return this.#segments.at(-1)!
  }

  #full(): Ingested {
    const reason =
      `${this.#title} holds ${this.bytes} bytes of records that no snapshot covers yet, of ${this.#limits.mostBytes} at most; ` +
      'nothing was kept. Try again when they have been read'
    return { outcome: 'full', reason }
  }

  #wake(): void {
    const isThere = ({ offset }: { readonly offset: number }) => this.#isClosed || offset < this.endOffset
    const woken = this.#waiting.filter(isThere)
    this.#waiting = this.#waiting.filter(waiter => !isThere(waiter))
    for (const { resolve } of woken) resolve()
  }
}

/** What a batch takes beside its records, about: the head of a line, and the names of its fields. */
const LINE_OVERHEAD_BYTES = 150

const repeatOf = ({ firstOffset }: Pick<KnownBatch, 'firstOffset'>): Ingested => ({ outcome: 'repeated', firstOffset })

const asRepeat = (former: Ingested): Ingested => (former.outcome === 'kept' ? repeatOf(former) : former)

const idTaken: Ingested = { outcome: 'id-taken' }
