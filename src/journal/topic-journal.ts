import type { SourceRecord } from '../event/record.ts'
import { type Claim, type LogRecord, type OwnedLog, TakenOver } from '../source/kafka/published/owned-log.ts'
import type { AuditEntry, AuditRecord } from './audit.ts'
import type { JournalEntry } from './entry.ts'
import type { Journal } from './journal.ts'
import { JournalError } from './journal-error.ts'
import { entriesItem, type Item, keepIn, linkedOf, recordItem, textOf } from './journal-item.ts'
import type { JournalState } from './journal-state.ts'
import { type Recovered, recoveredFrom } from './recovered.ts'
import { claimRecord, JournalReading, recordsOf } from './topic-journal-records.ts'

/*
 * A journal for several machines: a topic with one partition that one process owns at a time. Whoever takes it over reads
 * all of it, and no process before him can append anything then; so what he concludes follows on what they have told, and
 * an entry that was acknowledged is read by whoever comes next.
 *
 *     claim (fences the former owner) ─▶ read to the end ─▶ opening: all that still matters ─▶ entries …
 *
 * What stands before an opening is deleted from the topic, so that it stays short. Another opening is written when it has
 * grown.
 */
export type TopicJournalParts = {
  readonly log: Pick<OwnedLog, 'claim' | 'write' | 'end' | 'deleteBefore' | 'close'>
  /** What is superseded could not be deleted: nothing is wrong but the length of the topic. */
  readonly notDeleted: (error: Error) => void
  /** Another process owns the journal: nothing is appended any more. */
  readonly takenOver: (error: TakenOver) => void
  /** Size from which another opening is written. */
  readonly rotateAtBytes?: number
}

const ROTATE_BYTES = 16 * 1_048_576
/** What is under way when it is closed may take so long. */
const CLOSES_WITHIN_MS = 2_000

type Waiting = {
  readonly item: Item
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/**
 * Takes the journal over, however long brokers are away.
 *
 * @throws TakenOver where another process did so meanwhile.
 * @throws JournalError where it holds what is no journal, or one of a newer format.
 */
export async function openTopicJournal(parts: TopicJournalParts): Promise<Journal> {
  const { log } = parts
  const reading = new JournalReading()
  let owner = ''
  const generation = await log.claim(
    (record: SourceRecord) => reading.take(record),
    (claim: Claim): LogRecord => {
      owner = claim.owner
      return claimRecord(claim)
    },
  )
  reading.check()
  // Taken before anything is appended, since the state goes on changing.
  const recovered = recoveredFrom(reading.state, 0)
  const journal = new TopicJournal(parts, { generation, owner }, reading.state, recovered)
  await journal.beginAnew()
  return journal
}

class TopicJournal implements Journal {
  readonly #parts: TopicJournalParts
  readonly #claim: Claim
  readonly #state: JournalState
  readonly #recovered: Recovered
  #waiting: Waiting[] = []
  #writing: Promise<void> | undefined
  #failure: Error | undefined
  /** Of the next group. */
  #number = 1
  #openingBytes = 0
  #bytes = 0

  constructor(parts: TopicJournalParts, claim: Claim, state: JournalState, recovered: Recovered) {
    this.#parts = parts
    this.#claim = claim
    this.#state = state
    this.#recovered = recovered
  }

  async append(...appended: readonly [JournalEntry, ...JournalEntry[]]): Promise<void> {
    await this.#add(entriesItem(appended).item)
  }

  async audit(record: AuditRecord, ...entries: readonly JournalEntry[]): Promise<AuditEntry> {
    const { item } = recordItem(record, entries)
    await this.#add(item)
    return linkedOf(item)
  }

  recover(): Recovered {
    return this.#recovered
  }

  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, CLOSES_WITHIN_MS)
    })
    await Promise.race([this.#writing, late])
    clearTimeout(timer)
    await this.#parts.log.close()
    await this.#writing
    this.#failure ??= new JournalError('the journal is closed', 'Open it again.')
  }

  /** Writes all that still matters, and deletes what stood before. */
  async beginAnew(): Promise<void> {
    const { log, notDeleted } = this.#parts
    const end = await log.end()
    const text = `[${this.#state
      .opening()
      .map(entry => JSON.stringify(entry))
      .join(',')}]`
    this.#openingBytes = await this.#write('opening', text)
    this.#bytes = 0
    await log.deleteBefore(end).catch((error: Error) => notDeleted(error))
  }

  #add(item: Item): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const added = new Promise<void>((resolve, reject) => this.#waiting.push({ item, resolve, reject }))
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
    return added
  }

  /** What comes while something is written shares the next transaction. */
  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      try {
        const items = group.map(({ item }) => item)
        this.#bytes += await this.#write('entries', textOf(items, this.#state.auditHead))
        keepIn(this.#state, items)
        for (const { resolve } of group) resolve()
        const { rotateAtBytes = ROTATE_BYTES } = this.#parts
        // One that begins large must grow by as much again, or it would begin anew with every entry.
        if (this.#bytes >= Math.max(rotateAtBytes, this.#openingBytes)) await this.beginAnew()
      } catch (error) {
        this.#fail(error as Error, group)
      }
    }
  }

  /** @returns how many bytes. */
  async #write(kind: 'opening' | 'entries', text: string): Promise<number> {
    const bytes = Buffer.from(text)
    await this.#parts.log.write(recordsOf(kind, { ...this.#claim, number: this.#number++ }, bytes))
    return bytes.length
  }

  /** What is not known to be there is not relied on: nothing more is appended. */
  #fail(error: Error, group: readonly Waiting[]): void {
    this.#failure = error
    for (const { reject } of [...group, ...this.#waiting]) reject(error)
    this.#waiting = []
    if (error instanceof TakenOver) this.#parts.takenOver(error)
  }
}
