import type { SourceRecord } from '../../event/record.ts'
import { AT_STAKE, DUE, EntryList, GONE, MEASURE_GONE, OLDEST, OPEN } from '../../shard/entry.ts'
import type { ShardSummary } from '../../shard/summary.ts'
import { PAGE } from '../../windows/open-visits.ts'
import type { FromFold } from '../fold-messages.ts'
import { textOf } from './kept-keys.ts'
import { type AboutState, readShardRecord, type Stamp } from './shard-record.ts'

/** Compaction has taken values away that were not read yet: what was read does not fit together. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken'
}

/** What is known of the age of what is read. */
export type EndsKnown = {
  /** By our own clock, in ms since the epoch: clocks of machines differ. */
  readonly at: number
  /** The topic has had more than was read for so long that its end is not known. */
  readonly isBehind: boolean
}

export type ShardReadingParts = {
  readonly partition: number
  /** Whether the evaluator had not seen more of the shard than this. */
  readonly isAsFarAsSeen: (summary: ShardSummary) => boolean
  /** Logs of the shard that took the place of others. */
  readonly forgetSeen: (keys: AboutState['otherLogs']) => void
  /** Whether the shard is folded by the definitions that it is evaluated by. */
  readonly isOurs: (definitions: string) => boolean
  readonly tell: (message: FromFold) => void
}

/**
 * One shard as it is read out of the topic: first all values are gathered by key, until they are a state to begin with, then
 * each step is passed on.
 *
 *     gathering ── a whole state, and as far as seen, or at the end ──▶ following ── a new generation ──▶ gathering …
 *
 * What compaction has left is not a state everywhere: a value may have gone for the sake of one that comes later. So each
 * step says how many values there are by then, and how many records it has itself; a state with fewer is none, and the next
 * one is waited for.
 */
export class ShardReading {
  readonly #parts: ShardReadingParts
  #generation = 0
  /** The newest whole step; −1: none. */
  #step = -1
  #isAtEnd = false
  /** By key; undefined: the steps are passed on. */
  #gathered: Map<string, { readonly key: Uint8Array; readonly content: Uint8Array }> | undefined = new Map()
  /** What has been gathered is the state after this step, and nothing more; undefined: it is not. */
  #whole: AboutState | undefined
  readonly #entries = new EntryList()
  #records = 0

  constructor(parts: ShardReadingParts) {
    this.#parts = parts
  }

  /** It has told what the shard begins with. */
  get isFollowing(): boolean {
    return this.#gathered === undefined
  }

  /** @param known when what the record says of the ends of logs was known. @throws Overtaken */
  take(record: SourceRecord, known: EndsKnown): void {
    const read = readShardRecord(record, this.#parts.partition)
    // Of those who fold.
    if (read.kind === 'future') return
    const { generation, step } = read.stamp
    if (generation < this.#generation) return
    if (generation > this.#generation) this.#begin(generation)
    if (read.kind === 'ends') {
      if (!this.isFollowing) return
      const ends = read.about.ends.map(({ topic, partition, endOffset, readTo }) => {
        // Behind in the topic is behind in the logs, whatever stood there then.
        const atMost = known.isBehind ? endOffset - 1 : endOffset
        return { id: { topic, partition }, endOffset, readTo: Math.min(readTo, atMost), toldAt: known.at }
      })
      this.#parts.tell({ kind: 'ends', ends, hasRoom: read.about.hasRoom })
      return
    }
    // A commit whose answer was lost has been written again.
    if (step <= this.#step) return
    if (read.kind === 'entry') this.#takeEntry(read.stamp, read.key, read.content)
    // What was published by other definitions waits for a generation by ours.
    else if (this.#parts.isOurs(read.about.definitions) && read.about.kind === 'state') {
      this.#takeState(read.stamp, read.about)
    }
  }

  /** All that the log held when reading began has been read: newer steps may be long in coming. */
  reachedEnd(): void {
    this.#isAtEnd = true
    this.#beginWhereWhole()
  }

  #begin(generation: number): void {
    this.#generation = generation
    this.#step = -1
    // After the first time the evaluator waits for what it has seen by itself.
    if (this.isFollowing) this.#isAtEnd = true
    this.#gathered = new Map()
    this.#whole = undefined
  }

  #takeEntry({ step }: Stamp, key: Uint8Array, content: Uint8Array | null): void {
    if (this.#gathered !== undefined) {
      this.#whole = undefined
      if (content === null) this.#gathered.delete(textOf(key))
      else this.#gathered.set(textOf(key), { key, content })
      return
    }
    this.#checkNext(step)
    this.#records++
    const told = content ?? contentOfDeleted(key)
    if (told !== undefined) this.#entries.add(key, told)
  }

  #takeState({ step }: Stamp, about: AboutState): void {
    const { partition, forgetSeen, tell } = this.#parts
    if (this.#gathered === undefined) {
      this.#checkNext(step)
      if (about.records !== this.#records) throw new Overtaken(`step ${step} of shard ${partition} is not whole`)
      const publication = { entries: this.#entries.take(), summary: about.summary }
      this.#records = 0
      this.#step = step
      tell({ kind: 'steps', partition, steps: [{ publication, lifts: about.lifts, number: step }] })
      return
    }
    if (about.kept !== this.#gathered.size) return
    this.#step = step
    this.#whole = about
    forgetSeen(about.otherLogs)
    this.#beginWhereWhole()
  }

  #beginWhereWhole(): void {
    const { isAsFarAsSeen, tell } = this.#parts
    const whole = this.#whole
    if (whole === undefined || this.#gathered === undefined) return
    if (!this.#isAtEnd && !isAsFarAsSeen(whole.summary)) return
    const entries = new EntryList()
    for (const { key, content } of this.#gathered.values()) entries.add(key, content)
    this.#gathered = undefined
    this.#whole = undefined
    this.#records = 0
    tell({
      kind: 'assigned',
      base: { entries: entries.take(), summary: whole.summary },
      otherLogs: whole.otherLogs,
    })
  }

  #checkNext(step: number): void {
    if (step === this.#step + 1) return
    throw new Overtaken(`step ${step} of shard ${this.#parts.partition} follows on ${this.#step}`)
  }
}

/** What a replica has to be told where a value is deleted; undefined: it lets go of it by itself. */
function contentOfDeleted(key: Uint8Array): Uint8Array | undefined {
  switch (key[0]) {
    case OPEN:
      return new Uint8Array(PAGE)
    case GONE:
    case MEASURE_GONE:
    case DUE:
    case OLDEST:
    case AT_STAKE:
      return new Uint8Array(0)
    default:
      return undefined
  }
}
