import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuditEntry, AuditRecord } from './audit.ts'
import type { JournalEntry, OwnEntry } from './entry.ts'
import { type FileFormat, headerLine, lineOf, readLines } from './framed-lines.ts'
import { entriesItem, type Item, keepIn, linkedOf, recordItem, textOf } from './journal-item.ts'
import { JournalState } from './journal-state.ts'
import { type Recovered, recoveredFrom } from './recovered.ts'
import { continueSegment, createSegment, type OpenSegment, type SegmentedLog, SegmentWriter } from './segment-writer.ts'

/*
 * The journal keeps what must not be lost before anything else hears of it: alert transitions with the evaluator's
 * state, what people did, messages to deliver, the audit, and decisions that a replay has to repeat. An entry is
 * acknowledged when it is on disk; entries that arrive while others are being synced share the next sync.
 *
 * It is one file, the newest segment. When that has grown, a new segment begins with all that still matters and takes
 * its place: it is written aside, synced, renamed, and only then is the old one removed, so that at every instant one
 * whole segment has its name. What ClickHouse has to have and has not acknowledged matters for as long as that lasts.
 * The directory belongs to one process (see `lock.ts`).
 */
export interface Journal {
  /**
   * Resolves when the entries are on disk, all of them or none, whenever the process ends.
   *
   * @param entries must be JSON: what JSON leaves out or changes (undefined, NaN, Map) does not come back.
   * @throws JournalError where they cannot be written: then they do not count, and a full disk may be retried. After
   * a sync has failed nobody knows what is on disk, and the journal refuses everything until it is opened again.
   */
  append(...entries: readonly [JournalEntry, ...JournalEntry[]]): Promise<void>
  /**
   * Puts a record at the end of the audit's chain. Throws as `append` does; the chain goes on without it then.
   *
   * @param entries what the record is on: they are on disk if it is, and it is if they are.
   * @returns the entry, when it is on disk.
   */
  audit(record: AuditRecord, ...entries: readonly JournalEntry[]): Promise<AuditEntry>
  /** What the journal held when it was opened. */
  recover(): Recovered
  /** Waits for what is under way. */
  close(): Promise<void>
}

const format: FileFormat = { name: 'stagewatch-journal', version: 2 }
const rotateBytes = 16 * 1_048_576

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
      for (const entry of value as (JournalEntry | OwnEntry)[]) {
        state.apply(entry, () => (entry.kind === 'evaluation' ? entry.state : null))
      }
    }
    tornBytes = contents.tornBytes
    segment = await continueSegment(directory, segmentName(newest), contents.goodBytes)
    // Left over where the process ended between beginning a segment and removing the one before.
    for (const number of numbers) if (number < newest) await rm(join(directory, segmentName(number)))
  }
  return new SegmentedJournal(directory, rotateAtBytes, segment, state, recoveredFrom(state, tornBytes))
}

/** All that a new segment has to begin with. */
const openingOf = (state: JournalState): Buffer =>
  Buffer.concat([headerLine(format), ...state.opening().map(entry => lineOf(JSON.stringify([entry])))])

class SegmentedJournal implements Journal, SegmentedLog<Item> {
  readonly title: string
  readonly loss = 'the entry was not kept'
  readonly #directory: string
  readonly #rotateAtBytes: number
  readonly #state: JournalState
  readonly #recovered: Recovered
  readonly #writer: SegmentWriter<Item>

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

  async append(...appended: readonly [JournalEntry, ...JournalEntry[]]): Promise<void> {
    const { item, length } = entriesItem(appended)
    // They are one item, so they lie in one line, and a line is there as a whole or not at all.
    await this.#writer.add(item, length)
  }

  async audit(record: AuditRecord, ...entries: readonly JournalEntry[]): Promise<AuditEntry> {
    const { item, length } = recordItem(record, entries)
    await this.#writer.add(item, length)
    return linkedOf(item)
  }

  recover(): Recovered {
    return this.#recovered
  }

  close(): Promise<void> {
    return this.#writer.close()
  }

  lineOf(group: readonly Item[]): Buffer {
    return lineOf(textOf(group, this.#state.auditHead))
  }

  /** A segment that begins large must grow by as much again, or it would be replaced with every entry. */
  nextSegment({ name, bytes, openingBytes }: OpenSegment) {
    if (bytes < Math.max(this.#rotateAtBytes, 2 * openingBytes)) return undefined
    return { name: segmentName(segmentNumber(name) + 1), opening: openingOf(this.#state) }
  }

  async segmentBegan(former: OpenSegment): Promise<void> {
    await rm(join(this.#directory, former.name))
  }

  kept(group: readonly Item[]): void {
    keepIn(this.#state, group)
  }
}
