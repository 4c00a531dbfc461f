import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { AlertAction } from '../alerts/alert-action.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import type { Instant } from '../event/instant.ts'
import { type AuditEntry, type AuditHead, type AuditRecord, linkAudit } from './audit.ts'
import type { JournalEntry, OwnEntry } from './entry.ts'
import { type FileFormat, headerLine, lineOf, readLines } from './framed-lines.ts'
import { JournalState } from './journal-state.ts'
import type { OutboxMessage, Settlement } from './outbox.ts'
import { continueSegment, createSegment, type OpenSegment, type SegmentedLog, SegmentWriter } from './segment-writer.ts'
import type { Told } from './told-states.ts'

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
export type Recovered = {
  /** The last evaluation of each process. */
  readonly evaluations: ReadonlyMap<string, { readonly at: Instant; readonly state: unknown }>
  /** Of the last 24 h before the process's last evaluation, and the latest of every alert that has not ended. */
  readonly transitions: readonly AlertTransition[]
  /** What people did to the alerts that have a transition among these, in the order in which they did it. */
  readonly actions: readonly AlertAction[]
  readonly outbox: {
    /** Messages to deliver, in the order in which they were queued. */
    readonly queued: readonly OutboxMessage[]
    /** What became of those of the last 24 h, by their ids. */
    readonly settled: ReadonlyMap<string, Settlement>
    /** What contact points were told last of alerts that are not over for them, by all messages that were ever queued. */
    readonly told: readonly Told[]
  }
  /** The last entry of the audit's chain, and the entries of the last 24 h before it. */
  readonly audit: { readonly head: AuditHead; readonly entries: readonly AuditEntry[] }
  /** What ClickHouse has not acknowledged, however old it is: to be written to it, then told by `fed`. */
  readonly unfed: {
    readonly transitions: readonly AlertTransition[]
    readonly actions: readonly AlertAction[]
    readonly audit: readonly AuditEntry[]
  }
  /** Records that were found to lie in the future, named by `futureKey`. */
  readonly futures: ReadonlySet<string>
  /** Bytes of a torn last line that were cut off: it was never acknowledged. */
  readonly tornBytes: number
}

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
   * @returns the entry, when it is on disk.
   */
  audit(record: AuditRecord): Promise<AuditEntry>
  /** What the journal held when it was opened. */
  recover(): Recovered
  /** Waits for what is under way. */
  close(): Promise<void>
}

const format: FileFormat = { name: 'stagewatch-journal', version: 2 }
const rotateBytes = 16 * 1_048_576

/** Entries with their texts, taken when they were appended; or a record whose place in the chain is known when it is written. */
type Item =
  | { readonly entries: readonly { readonly entry: JournalEntry; readonly text: string }[] }
  | { readonly record: AuditRecord; linked: AuditEntry | undefined }

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
  const recovered: Recovered = {
    evaluations: state.evaluations(),
    transitions: state.transitions(),
    actions: state.actions(),
    outbox: { queued: state.outbox.queued(), settled: state.outbox.settled(), told: state.outbox.told() },
    audit: state.audit(),
    unfed: state.unfed(),
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
    const entries = appended.map(entry => ({ entry, text: JSON.stringify(entry) }))
    const length = entries.reduce((sum, { text }) => sum + text.length, 0)
    // They are one item, so they lie in one line, and a line is there as a whole or not at all.
    await this.#writer.add({ entries }, length)
  }

  async audit(record: AuditRecord): Promise<AuditEntry> {
    const text = JSON.stringify(record)
    const item: Item = { record: JSON.parse(text), linked: undefined }
    await this.#writer.add(item, text.length)
    return linkedOf(item)
  }

  recover(): Recovered {
    return this.#recovered
  }

  close(): Promise<void> {
    return this.#writer.close()
  }

  lineOf(group: readonly Item[]): Buffer {
    let head = this.#state.auditHead
    return groupLine(
      group.flatMap(item => {
        if ('entries' in item) return item.entries.map(({ text }) => text)
        // A group that could not be written left the head as it was.
        item.linked = linkAudit(head, item.record)
        head = item.linked
        return JSON.stringify({ kind: 'audit', entry: item.linked } satisfies OwnEntry)
      }),
    )
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
    for (const item of group) {
      if ('record' in item) this.#state.apply({ kind: 'audit', entry: linkedOf(item) }, () => null)
      else for (const { entry, text } of item.entries) this.#state.apply(entry, () => JSON.parse(text).state)
    }
  }
}

function linkedOf({ linked }: Extract<Item, { record: unknown }>): AuditEntry {
  if (linked === undefined) throw new Error('an audit record was acknowledged before it had been linked')
  return linked
}
