import { constants } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { failpoint } from '../event/failpoint.ts'
import { JournalError, messageOf } from './journal-error.ts'
import { syncDirectory } from './sync-directory.ts'

/*
 * Writes lines to the newest of a log's segments, and acknowledges what they hold when it is on disk. Items that arrive
 * while others are being synced share the next line and its sync.
 *
 * A segment that has grown is followed by another: that is written aside, synced and renamed, so that a segment's name
 * never stands for less than its beginning.
 */
export type OpenSegment = {
  readonly name: string
  readonly file: FileHandle
  bytes: number
  /** What it began with; 0 where it was found. */
  readonly openingBytes: number
}

/** What makes one log of it and not another. */
export interface SegmentedLog<Item> {
  /** As in "… cannot be written": `The journal in data/journal`. */
  readonly title: string
  /** As in "Make room on its disk; …": `the entry was not kept`. */
  readonly loss: string
  lineOf(group: readonly Item[]): Buffer
  /** Called before each write; undefined: the segment goes on. */
  nextSegment(present: OpenSegment): { readonly name: string; readonly opening: Buffer } | undefined
  /** A new segment has its name: from now on it is what the next start reads. */
  segmentBegan(former: OpenSegment): Promise<void>
  /** The line is on disk, in the newest segment from this byte on. */
  kept(group: readonly Item[], byte: number, lineBytes: number): void
}

type Waiting<Item> = {
  readonly item: Item
  readonly bytes: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** The most that one line holds, unless one item alone is more: what is read back at once. */
const LINE_BYTES = 4 * 1_048_576

export class SegmentWriter<Item> {
  readonly #directory: string
  readonly #log: SegmentedLog<Item>
  #segment: OpenSegment
  #waiting: Waiting<Item>[] = []
  #syncing: Promise<void> | undefined
  #broken: JournalError | undefined
  #isClosed = false

  constructor(directory: string, log: SegmentedLog<Item>, segment: OpenSegment) {
    this.#directory = directory
    this.#log = log
    this.#segment = segment
  }

  /**
   * Resolves when the item is on disk.
   *
   * @param bytes that it takes, about.
   * @throws JournalError where it cannot be written: then it does not count, and a full disk may be retried. After a sync
   * has failed nobody knows what is on disk, and everything is refused until the log is opened again.
   */
  add(item: Item, bytes: number): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      if (this.#isClosed) throw new Error(`${this.#log.title} was written to after it had been closed`)
      this.#waiting.push({ item, bytes, resolve, reject })
      this.#syncing ??= this.#syncAll()
    })
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#syncing
    await this.#segment.file.close()
  }

  async #syncAll(): Promise<void> {
    // Items of the same turn of the loop go together.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup()
      try {
        await this.#writeGroup(group.map(({ item }) => item))
      } catch (error) {
        for (const { reject } of group) reject(error)
        continue
      }
      for (const { resolve } of group) resolve()
    }
    this.#syncing = undefined
  }

  #takeGroup(): Waiting<Item>[] {
    let bytes = 0
    const first = this.#waiting.findIndex((waiting, index) => {
      bytes += waiting.bytes
      return index > 0 && bytes > LINE_BYTES
    })
    return this.#waiting.splice(0, first === -1 ? this.#waiting.length : first)
  }

  async #writeGroup(group: readonly Item[]): Promise<void> {
    if (this.#broken) throw this.#broken
    const next = this.#log.nextSegment(this.#segment)
    if (next !== undefined) await this.#begin(next.name, next.opening)
    const line = this.#log.lineOf(group)
    const segment = this.#segment
    try {
      failpoint('journal-before-write')
      await writeAt(segment.file, line, segment.bytes)
    } catch (error) {
      await this.#cutBack(error)
      throw this.#notWritten(error)
    }
    try {
      failpoint('journal-before-sync')
      await segment.file.datasync()
    } catch (error) {
      throw this.#breakDown('synced', error)
    }
    const byte = segment.bytes
    segment.bytes += line.length
    failpoint('journal-after-sync')
    this.#log.kept(group, byte, line.length)
  }

  async #begin(name: string, opening: Buffer): Promise<void> {
    const former = this.#segment
    let next: OpenSegment
    try {
      next = await prepareSegment(this.#directory, name, opening)
    } catch (error) {
      throw this.#notWritten(error)
    }
    try {
      // From its naming on the new segment is what the next start reads: nothing may go to the old one.
      await nameSegment(this.#directory, name)
      this.#segment = next
      await former.file.close()
      await this.#log.segmentBegan(former)
    } catch (error) {
      throw this.#breakDown('continued in a new segment', error)
    }
  }

  /** Part of the line may be on disk: the next one must not come to lie in the middle of it. */
  async #cutBack(why: unknown): Promise<void> {
    try {
      await this.#segment.file.truncate(this.#segment.bytes)
    } catch {
      throw this.#breakDown('cut back after a failed write', why)
    }
  }

  #notWritten(error: unknown): JournalError {
    return new JournalError(
      `${this.#log.title} cannot be written: ${messageOf(error)}`,
      `Make room on its disk; ${this.#log.loss}.`,
      error,
      true,
    )
  }

  #breakDown(what: string, error: unknown): JournalError {
    this.#broken = new JournalError(
      `${this.#log.title} could not be ${what}: ${messageOf(error)}`,
      'Check the disk and start again: what was acknowledged is kept, nothing more is accepted until then.',
      error,
    )
    return this.#broken
  }
}

/** Makes a segment of which none was there. */
export async function createSegment(directory: string, name: string, opening: Buffer): Promise<OpenSegment> {
  const segment = await prepareSegment(directory, name, opening)
  await nameSegment(directory, name)
  return segment
}

/**
 * Goes on with a segment that was found, after its whole lines.
 *
 * The process that began it may have been killed after the naming and before that was durable: without its name all that
 * is added here would be gone with the power.
 */
export async function continueSegment(directory: string, name: string, goodBytes: number): Promise<OpenSegment> {
  const file = await open(join(directory, name), constants.O_RDWR)
  try {
    await file.truncate(goodBytes)
    await file.sync()
    await syncDirectory(directory)
  } catch (error) {
    await file.close()
    throw error
  }
  return { name, file, bytes: goodBytes, openingBytes: 0 }
}

/** Writes what a segment begins with under a name that is not yet a segment's. */
async function prepareSegment(directory: string, name: string, opening: Buffer): Promise<OpenSegment> {
  const path = `${join(directory, name)}.part`
  const file = await open(path, 'w+')
  try {
    await file.writeFile(opening)
    await file.sync()
  } catch (error) {
    await file.close()
    // Half of it would take the very room that is missing.
    await rm(path)
    throw error
  }
  return { name, file, bytes: opening.length, openingBytes: opening.length }
}

async function nameSegment(directory: string, name: string): Promise<void> {
  const path = join(directory, name)
  failpoint('segment-before-rename')
  await rename(`${path}.part`, path)
  failpoint('segment-after-rename')
  await syncDirectory(directory)
}

async function writeAt(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await file.write(bytes, written, bytes.length - written, position + written)).bytesWritten
  }
}
