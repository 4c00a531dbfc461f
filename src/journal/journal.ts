import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { AlertTransition } from '../alerts/transition.ts'
import type { Instant } from '../event/instant.ts'
import type { JournalEntry } from './entry.ts'
import { type FileFormat, headerLine, lineOf, readLines } from './framed-lines.ts'
import { JournalState } from './journal-state.ts'
import { continueSegment, createSegment, type OpenSegment, type SegmentedLog, SegmentWriter } from './segment-writer.ts'

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

const format: FileFormat = { name: 'stagewatch-journal', version: 2 }
const rotateBytes = 16 * 1_048_576

/** An entry with its text, taken when it was appended. */
type WrittenEntry = { readonly entry: JournalEntry; readonly text: string }

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
    segment = await createSegment(directory, segmentName(1), openingOf(state))
  } else {
    const path = join(directory, segmentName(newest))
    const contents = readLines(await readFile(path), format, {
      path,
      ifCut: 'alerts after that instant are then evaluated again',
    })
    for (const { value } of contents.lines) {
      for (const entry of value as JournalEntry[]) {
        state.apply(entry, () => (entry.kind === 'evaluation' ? entry.state : null))
      }
    }
    tornBytes = contents.tornBytes
    segment = await continueSegment(directory, segmentName(newest), contents.goodBytes)
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

/** @param texts entries as JSON. */
const groupLine = (texts: readonly string[]): Buffer => lineOf(`[${texts.join(',')}]`)

/** All that a new segment has to begin with. */
const openingOf = (state: JournalState): Buffer =>
  Buffer.concat([headerLine(format), ...state.opening().map(entry => groupLine([JSON.stringify(entry)]))])

class SegmentedJournal implements Journal, SegmentedLog<WrittenEntry> {
  readonly title: string
  readonly loss = 'the entry was not kept'
  readonly #directory: string
  readonly #rotateAtBytes: number
  readonly #state: JournalState
  readonly #recovered: Recovered
  readonly #writer: SegmentWriter<WrittenEntry>

  constructor(
    directory: string,
    rotateAtBytes: number,
    segment: OpenSegment,
    state: JournalState,
    recovered: Recovered,
  ) {
    this.title = `The journal in ${directory}`
    this.#directory = directory
    this.#rotateAtBytes = rotateAtBytes
    this.#state = state
    this.#recovered = recovered
    this.#writer = new SegmentWriter(directory, this, segment)
  }

  async append(entry: JournalEntry): Promise<void> {
    const text = JSON.stringify(entry)
    await this.#writer.add({ entry, text }, text.length)
  }

  recover(): Recovered {
    return this.#recovered
  }

  close(): Promise<void> {
    return this.#writer.close()
  }

  lineOf(group: readonly WrittenEntry[]): Buffer {
    return groupLine(group.map(({ text }) => text))
  }

  /** A segment that begins large must grow by as much again, or it would be replaced with every entry. */
  nextSegment({ name, bytes, openingBytes }: OpenSegment) {
    if (bytes < Math.max(this.#rotateAtBytes, 2 * openingBytes)) return undefined
    return { name: segmentName(segmentNumber(name) + 1), opening: openingOf(this.#state) }
  }

  async segmentBegan(former: OpenSegment): Promise<void> {
    await rm(join(this.#directory, former.name))
  }

  kept(group: readonly WrittenEntry[]): void {
    for (const { entry, text } of group) this.#state.apply(entry, () => JSON.parse(text).state)
  }
}
