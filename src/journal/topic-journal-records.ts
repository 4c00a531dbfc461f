import type { RecordHeaders, SourceRecord } from '../event/record.ts'
import type { Claim, LogRecord } from '../source/kafka/published/owned-log.ts'
import type { JournalEntry, OwnEntry } from './entry.ts'
import { JournalError } from './journal-error.ts'
import { JournalState } from './journal-state.ts'

/*
 * The records of a journal in a topic. A group of entries is one JSON text, cut into parts that a broker takes; it counts
 * when all its parts have come.
 *
 *     key        value                    headers
 *     claim                               format, owner, at: generation "." 0
 *     opening    a part of the text       format, owner, at: generation "." number, part: index "/" count
 *     entries    likewise                 likewise
 *
 * A commit whose answer was lost is written again, so a number that has come is passed over. An opening takes the place of
 * all that stands before it.
 */
const FORMAT = '1'
/** By default a broker takes a record of 1 MiB. */
const PART_BYTES = 512 * 1_024

export type Group = Claim & { readonly number: number }

export const claimRecord = (claim: Claim): LogRecord => ({
  key: Buffer.from('claim'),
  value: Buffer.alloc(0),
  headers: headersOf({ ...claim, number: 0 }),
})

export function recordsOf(kind: 'opening' | 'entries', group: Group, text: Buffer): LogRecord[] {
  const count = Math.max(1, Math.ceil(text.length / PART_BYTES))
  return Array.from({ length: count }, (_, index) => ({
    key: Buffer.from(kind),
    value: text.subarray(index * PART_BYTES, (index + 1) * PART_BYTES),
    headers: [...headersOf(group), header('part', `${index}/${count}`)],
  }))
}

/** Who a record says that the journal belongs to; undefined: it is none of a journal, as whoever reads it will say. */
export function claimIn(record: SourceRecord): Claim | undefined {
  try {
    const { generation, owner } = groupIn(record)
    return { generation, owner }
  } catch {
    return undefined
  }
}

/** What the records of a journal come to. */
export class JournalReading {
  state = new JournalState()
  #last = { generation: 0, number: 0 }
  #parts: Uint8Array[] = []
  #problem: JournalError | undefined

  take(record: SourceRecord): void {
    if (this.#problem !== undefined) return
    try {
      this.#take(record)
    } catch (error) {
      if (!(error instanceof JournalError)) throw error
      this.#problem = error
    }
  }

  /** @throws JournalError where something has come that is none of a journal that this release knows. */
  check(): void {
    if (this.#problem !== undefined) throw this.#problem
  }

  #take(record: SourceRecord): void {
    const { generation, number } = groupIn(record)
    const { key, value, offset } = record
    const kind = Buffer.from(key ?? []).toString()
    const isNext = generation > this.#last.generation || number > this.#last.number
    if (kind === 'claim' || generation < this.#last.generation || !isNext) return
    const [, index, count] = /^(\d+)\/(\d+)$/.exec(headerIn(record, 'part')) ?? []
    // Written again it begins anew.
    if (index === '0') this.#parts = []
    if (Number(index) !== this.#parts.length) throw damaged(offset)
    this.#parts.push(value ?? new Uint8Array(0))
    if (this.#parts.length < Number(count)) return
    if (kind === 'opening') this.state = new JournalState()
    for (const entry of entriesIn(Buffer.concat(this.#parts), offset)) {
      this.state.apply(entry, () => (entry.kind === 'evaluation' ? entry.state : null))
    }
    this.#parts = []
    this.#last = { generation, number }
  }
}

function entriesIn(text: Buffer, offset: number): (JournalEntry | OwnEntry)[] {
  try {
    return JSON.parse(text.toString('utf8')) as (JournalEntry | OwnEntry)[]
  } catch {
    throw damaged(offset)
  }
}

function groupIn(record: SourceRecord): Group {
  const format = headerIn(record, 'format')
  if (format !== FORMAT) {
    const problem =
      format === ''
        ? 'something else than a journal'
        : `a journal of format ${format}, which this release does not know`
    throw new JournalError(
      `The topic of the journal holds ${problem}`,
      'Use the release that wrote it or a newer one, or give the group another name (kafka.group_id).',
    )
  }
  const [, generation, number] = /^(\d{1,15})\.(\d{1,15})$/.exec(headerIn(record, 'at')) ?? []
  if (generation === undefined || number === undefined) throw damaged(record.offset)
  return { generation: Number(generation), number: Number(number), owner: headerIn(record, 'owner') }
}

const damaged = (offset: number): JournalError =>
  new JournalError(
    `The topic of the journal is damaged at offset ${offset}`,
    'Give the group another name (kafka.group_id): it then begins with what shards have published, and alerts under way fire again.',
  )

const headersOf = ({ generation, number, owner }: Group): RecordHeaders => [
  header('format', FORMAT),
  header('owner', owner),
  header('at', `${generation}.${number}`),
]

const header = (name: string, value: string): RecordHeaders[number] => [name, Buffer.from(value)]

function headerIn({ headers = [] }: SourceRecord, name: string): string {
  return Buffer.from(headers.find(([each]) => each === name)?.[1] ?? []).toString()
}
