import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import type { AlertTransition } from '../alerts/transition.ts'
import type { Instant } from '../event/instant.ts'
import type { JournalEntry } from './entry.ts'
import { JournalError, messageOf } from './journal-error.ts'
import { JournalState } from './journal-state.ts'
import { groupLine, headerLine, readSegment } from './segment.ts'
import { syncDirectory } from './sync-directory.ts'

/*
 * The journal keeps what must not be lost before anything else hears of it: alert transitions with the evaluator's
 * state, and decisions that a replay has to repeat. An entry is acknowledged when it is on disk; entries that arrive
 * while others are being synced share the next sync.
 *
 * It is one file, the newest segment. When that has grown, a new segment begins with all that still matters and takes
 * its place: it is written aside, synced, renamed, and only then is the old one removed, so that at every instant one
 * whole segment has its name. The directory belongs to one process (see `lock.ts`).
 */
export type Recovered = {
  /** The last evaluation of each process. */
  readonly evaluations: ReadonlyMap<string, { readonly at: Instant; readonly state: unknown }>
  /** Of the last 24 h before the process's last evaluation, and the latest of every alert that has not ended. */
  readonly transitions: readonly AlertTransition[]
  /** Records that were found to lie in the future, named by `futureKey`. */
  readonly futures: ReadonlySet<string>
  /** Bytes of a torn last line that were cut off: it was never acknowledged. */
  readonly tornBytes: number
}

export interface Journal {
  /**
   * Resolves when the entry is on disk.
   *
   * @param entry must be JSON: what JSON leaves out or changes (undefined, NaN, Map) does not come back.
   * @throws JournalError where it cannot be written: then the entry does not count, and a full disk may be retried. After
   * a sync has failed nobody knows what is on disk, and the journal refuses everything until it is opened again.
   */
  append(entry: JournalEntry): Promise<void>
  /** What the journal held when it was opened. */
  recover(): Recovered
  /** Waits for what is under way. */
  close(): Promise<void>
}

const rotateBytes = 16 * 1_048_576

/** An entry with its text, taken when it was appended. */
type Waiting = {
  readonly entry: JournalEntry
  readonly text: string
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

const segmentName = (number: number) => `journal-${String(number).padStart(8, '0')}.log`
const segmentNumber = (name: string) => Number(/^journal-(\d{8,})\.log$/.exec(name)?.[1] ?? Number.NaN)

/**
 * Opens the journal of a directory, made if missing. A torn last line is cut off.
 *
 * @param rotateAtBytes size from which a new segment is begun.
 * @throws JournalError where it is damaged elsewhere, or of a newer format.
 */
export async function openJournal(directory: string, rotateAtBytes: number = rotateBytes): Promise<Journal> {
  await mkdir(directory, { recursive: true })
  const names = await readdir(directory)
  for (const name of names) if (name.endsWith('.part')) await rm(join(directory, name))
  const numbers = names.map(segmentNumber).filter(Number.isInteger)
  const newest = numbers.length === 0 ? undefined : Math.max(...numbers)

  const state = new JournalState()
  let segment: OpenSegment
  let tornBytes = 0
  if (newest === undefined) {
    segment = await prepareSegment(directory, 1, state)
    await nameSegment(directory, 1)
  } else {
    const path = join(directory, segmentName(newest))
    const contents = await readSegment(path)
    tornBytes = contents.tornBytes
    for (const entry of contents.entries) state.apply(entry, () => (entry.kind === 'evaluation' ? entry.state : null))
    if (tornBytes > 0) await truncate(path, contents.goodBytes)
    const file = await open(path, constants.O_RDWR)
    await file.sync()
    segment = { number: newest, file, bytes: contents.goodBytes, openingBytes: 0 }
    // Left over where the process ended between beginning a segment and removing the one before.
    for (const number of numbers) if (number < newest) await rm(join(directory, segmentName(number)))
  }
  const recovered: Recovered = {
    evaluations: state.evaluations(),
    transitions: state.transitions(),
    futures: new Set(state.futures.keys()),
    tornBytes,
  }
  return new SegmentedJournal(directory, rotateAtBytes, segment, state, recovered)
}

type OpenSegment = { readonly number: number; readonly file: FileHandle; bytes: number; readonly openingBytes: number }

/** Writes what a segment begins with under a name that is not yet a segment's. */
async function prepareSegment(directory: string, number: number, state: JournalState): Promise<OpenSegment> {
  const opening = Buffer.concat([headerLine(), ...state.opening().map(entry => groupLine([JSON.stringify(entry)]))])
  const file = await open(`${join(directory, segmentName(number))}.part`, 'w+')
  try {
    await file.writeFile(opening)
    await file.sync()
  } catch (error) {
    await file.close()
    throw error
  }
  return { number, file, bytes: opening.length, openingBytes: opening.length }
}

async function nameSegment(directory: string, number: number): Promise<void> {
  const path = join(directory, segmentName(number))
  await rename(`${path}.part`, path)
  await syncDirectory(directory)
}

class SegmentedJournal implements Journal {
  readonly #directory: string
  readonly #rotateAtBytes: number
  readonly #state: JournalState
  readonly #recovered: Recovered
  #segment: OpenSegment
  #waiting: Waiting[] = []
  #syncing: Promise<void> | undefined
  #broken: JournalError | undefined
  #closed = false

  constructor(
    directory: string,
    rotateAtBytes: number,
    segment: OpenSegment,
    state: JournalState,
    recovered: Recovered,
  ) {
    this.#directory = directory
    this.#rotateAtBytes = rotateAtBytes
    this.#segment = segment
    this.#state = state
    this.#recovered = recovered
  }

  append(entry: JournalEntry): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      if (this.#closed) throw new Error('an entry was appended to a journal that is closed')
      this.#waiting.push({ entry, text: JSON.stringify(entry), resolve, reject })
      this.#syncing ??= this.#syncAll()
    })
  }

  recover(): Recovered {
    return this.#recovered
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#syncing
    await this.#segment.file.close()
  }

  async #syncAll(): Promise<void> {
    // Appends of the same turn of the loop go together.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      try {
        await this.#writeGroup(group)
      } catch (error) {
        for (const { reject } of group) reject(error)
        continue
      }
      for (const { resolve } of group) resolve()
    }
    this.#syncing = undefined
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    if (this.#broken) throw this.#broken
    if (this.#isGrown()) await this.#rotate()
    const line = groupLine(group.map(({ text }) => text))
    const { file, bytes } = this.#segment
    try {
      await writeAt(file, line, bytes)
    } catch (error) {
      await this.#cutBack(error)
      throw this.#notWritten(error)
    }
    try {
      await file.datasync()
    } catch (error) {
      throw this.#breakDown('synced', error)
    }
    this.#segment.bytes += line.length
    for (const { entry, text } of group) this.#state.apply(entry, () => JSON.parse(text).state)
  }

  /** A segment that begins large must grow by as much again, or it would be replaced with every entry. */
  #isGrown(): boolean {
    return this.#segment.bytes >= Math.max(this.#rotateAtBytes, 2 * this.#segment.openingBytes)
  }

  async #rotate(): Promise<void> {
    const former = this.#segment
    const number = former.number + 1
    let next: OpenSegment
    try {
      next = await prepareSegment(this.#directory, number, this.#state)
    } catch (error) {
      throw this.#notWritten(error)
    }
    try {
      // From its naming on the new segment is what the next start reads: nothing may go to the old one.
      await nameSegment(this.#directory, number)
      this.#segment = next
      await former.file.close()
      await rm(join(this.#directory, segmentName(former.number)))
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
      `The journal in ${this.#directory} cannot be written: ${messageOf(error)}`,
      'Make room on its disk; the entry was not kept.',
      error,
      true,
    )
  }

  #breakDown(what: string, error: unknown): JournalError {
    this.#broken = new JournalError(
      `The journal in ${this.#directory} could not be ${what}: ${messageOf(error)}`,
      'Check the disk and start again: what was acknowledged is kept, nothing more is accepted until then.',
      error,
    )
    return this.#broken
  }
}

async function writeAt(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await file.write(bytes, written, bytes.length - written, position + written)).bytesWritten
  }
}
