import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Instant } from '../event/instant.ts'
import { damaged, type FileFormat, type FileWords, headerLine, lineAt, readLines } from './framed-lines.ts'
import { JournalError, messageOf } from './journal-error.ts'

/** A record as it was handed in. */
export type IngestRecord = { readonly key: Uint8Array | null; readonly value: Uint8Array | null }

/** A record as it is read: the same bytes at an offset, and when it was taken in, by the wall clock of then. */
export type IngestedRecord = IngestRecord & { readonly offset: number; readonly timestamp: Instant }

const format: FileFormat = { name: 'stagewatch-ingest', version: 1 }

const ifCut = 'the records that it held from there on are gone, and will be named as missing'

/** Text as it is, so that a person can read it; null; other bytes as base64. */
type WrittenBytes = string | null | { readonly base64: string }

/** One batch of a line, as written. */
type WrittenBatch = {
  readonly id: string
  readonly at: Instant
  /** Offset of the first record. */
  readonly from: number
  /** Of its records: see `sumOf`. */
  readonly sum: string
  readonly records: readonly (readonly [key: WrittenBytes, value: WrittenBytes])[]
}

/** @returns JSON of the records of a batch. */
export const recordsText = (records: readonly IngestRecord[]): string =>
  JSON.stringify(records.map(({ key, value }) => [writtenBytes(key), writtenBytes(value)]))

/** By which records that are handed in again under an id are told from others. @param records as `recordsText` gives them. */
export const sumOf = (records: string): string =>
  createHash('sha256').update(records).digest('base64url').slice(0, SUM_CHARACTERS)

const SUM_CHARACTERS = 16

/** A batch that is on disk. */
export type KnownBatch = { readonly firstOffset: number; readonly sum: string }

/** @param records as `recordsText` gives them. */
export const batchText = (id: string, at: Instant, { firstOffset, sum }: KnownBatch, records: string): string =>
  `{"id":${JSON.stringify(id)},"at":${at},"from":${firstOffset},"sum":"${sum}","records":${records}}`

/**
 * One file of the ingest log: an index over its lines in memory, the records on disk.
 *
 * It is named by the offset of its first record. Its lines hold what was synced together, batch after batch; offsets
 * rise by one from record to record.
 */
export class IngestSegment {
  readonly name: string
  readonly firstOffset: number
  /** Offset after its last record. */
  endOffset: number
  bytes: number
  /** Of the batches in it. */
  readonly ids: string[] = []
  readonly #directory: string
  /** Of each line its first offset, and where it begins. */
  readonly #offsets: number[] = []
  readonly #starts: number[] = []

  constructor(directory: string, firstOffset: number, bytes: number) {
    this.#directory = directory
    this.name = segmentName(firstOffset)
    this.firstOffset = firstOffset
    this.endOffset = firstOffset
    this.bytes = bytes
  }

  /** A line is on disk, behind those before. */
  add(start: number, lineBytes: number, batches: readonly { readonly id: string; readonly count: number }[]): void {
    this.#offsets.push(this.endOffset)
    this.#starts.push(start)
    this.bytes = start + lineBytes
    for (const { id, count } of batches) {
      this.ids.push(id)
      this.endOffset += count
    }
  }

  /**
   * The records of some lines that follow on each other, from the one with this offset on.
   *
   * @param mostBytes of lines; the first is read however long it is.
   * @throws JournalError where they cannot be read, or are not as they were written.
   */
  async read(from: number, mostBytes: number): Promise<IngestedRecord[]> {
    const first = lastAtOrBelow(this.#offsets, from)
    let last = first
    while (this.#endOf(last + 1) - this.#startOf(first) <= mostBytes && last + 1 < this.#starts.length) last++
    const bytes = await this.#readBytes(this.#startOf(first), this.#endOf(last))
    const records: IngestedRecord[] = []
    for (let line = first; line <= last; line++) {
      const found = lineAt(bytes, this.#startOf(line) - this.#startOf(first))
      // The first line of the file is its header, and people count from 1.
      if (found === undefined) throw damaged(this.#words(), line + 2, this.#startOf(line))
      for (const record of recordsIn(found.value as WrittenBatch[])) if (record.offset >= from) records.push(record)
    }
    return records
  }

  async #readBytes(start: number, end: number): Promise<Buffer> {
    const path = this.#words().path
    try {
      const file = await open(path, 'r')
      try {
        const bytes = Buffer.alloc(end - start)
        const { bytesRead } = await file.read(bytes, 0, bytes.length, start)
        return bytes.subarray(0, bytesRead)
      } finally {
        await file.close()
      }
    } catch (error) {
      throw new JournalError(`${path} cannot be read: ${messageOf(error)}`, 'Check the disk and start again.', error)
    }
  }

  #startOf(line: number): number {
    return this.#starts[line] as number
  }

  #endOf(line: number): number {
    return this.#starts[line + 1] ?? this.bytes
  }

  #words(): FileWords {
    return { path: join(this.#directory, this.name), ifCut }
  }
}

export const segmentName = (firstOffset: number): string => `ingest-${String(firstOffset).padStart(16, '0')}.log`

/** @returns NaN for a file that is no segment. */
export const firstOffsetOf = (name: string): number => Number(/^ingest-(\d{16,})\.log$/.exec(name)?.[1] ?? Number.NaN)

/** @param logId names the log for as long as it lives: one that is made anew in its place has another. */
export const openingOf = (firstOffset: number, logId: string): Buffer =>
  headerLine(format, { first: firstOffset, log: logId })

/** What opening a segment found in it. */
export type FoundSegment = {
  readonly segment: IngestSegment
  readonly logId: string
  /** By id. */
  readonly batches: ReadonlyMap<string, KnownBatch>
  readonly tornBytes: number
}

/**
 * @param mayBeTorn only the newest may: the others were whole when the next one began.
 * @throws JournalError where it is damaged, or of a newer format.
 */
export async function findSegment(directory: string, firstOffset: number, mayBeTorn: boolean): Promise<FoundSegment> {
  const path = join(directory, segmentName(firstOffset))
  const { header, lines, goodBytes, tornBytes } = readLines(await readFile(path), format, { path, ifCut })
  if (header.first !== firstOffset) {
    throw new JournalError(
      `${path} begins with record ${String(header.first)}, not with the one of its name`,
      'Give it its name back.',
    )
  }
  if (tornBytes > 0 && !mayBeTorn) throw damaged({ path, ifCut }, lines.length + 2, goodBytes)
  const segment = new IngestSegment(directory, firstOffset, goodBytes)
  const batches = new Map<string, KnownBatch>()
  for (const { value, start, end } of lines) {
    const written = value as WrittenBatch[]
    for (const { id, from, sum } of written) batches.set(id, { firstOffset: from, sum })
    segment.add(
      start,
      end - start,
      written.map(({ id, records }) => ({ id, count: records.length })),
    )
  }
  return { segment, logId: String(header.log), batches, tornBytes }
}

const writtenBytes = (bytes: Uint8Array | null): WrittenBytes => {
  if (bytes === null) return null
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return isUtf8(buffer) ? buffer.toString() : { base64: buffer.toString('base64') }
}

const readBytes = (written: WrittenBytes): Uint8Array | null => {
  if (written === null) return null
  return typeof written === 'string' ? Buffer.from(written) : Buffer.from(written.base64, 'base64')
}

function* recordsIn(batches: readonly WrittenBatch[]): Generator<IngestedRecord> {
  for (const { at, from, records } of batches) {
    for (const [index, [key, value]] of records.entries()) {
      yield { offset: from + index, key: readBytes(key), value: readBytes(value), timestamp: at }
    }
  }
}

/** Index of the last of these rising numbers that is not above the limit; 0 where all are. */
function lastAtOrBelow(rising: readonly number[], limit: number): number {
  let [low, high] = [0, rising.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((rising[middle] as number) <= limit) low = middle
    else high = middle - 1
  }
  return low
}
