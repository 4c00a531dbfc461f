import { setTimeout as wait } from 'node:timers/promises'
import PQueue from 'p-queue'
import type { AlertTransition } from '../alerts/transition.ts'
import type { ShardOutput } from '../shard/output.ts'
import type { StoreConnection } from './connection.ts'
import { whyRefused } from './disk-full.ts'
import type { RowBuffer } from './row-buffer.ts'
import {
  deadLetterTable,
  linesOf,
  measurePaneTable,
  newBuffer,
  paneTable,
  type Table,
  transitionTable,
  visitTable,
} from './tables.ts'

/*
 * Rows come in absolute, wait once per key, and leave in batches: one batch a table, one at a time, once a second or as
 * soon as enough of them wait. A batch that fails is sent again, the very same bytes, until the store takes it; rows of
 * the same keys that come meanwhile wait behind it, so an older row never overtakes a newer one. Nothing is dropped:
 * what bounds the waiting rows is the caller, who stops feeding once `isFull()` and goes on after `drained()`.
 */
export type WriterLimits = {
  /** How long rows wait for others to join their batch. */
  readonly flushEveryMs: number
  /** So many waiting rows of a table are sent at once. */
  readonly flushRows: number
  /** The most that one batch holds. */
  readonly batchRows: number
  readonly batchBytes: number
  /** From here on the store is full … */
  readonly highBytes: number
  /** … and has drained when it is down to this. */
  readonly lowBytes: number
  readonly firstRetryMs: number
  readonly longestRetryMs: number
}

const mebibyte = 1_048_576

export const defaultLimits: WriterLimits = {
  flushEveryMs: 1_000,
  flushRows: 10_000,
  batchRows: 20_000,
  batchBytes: 16 * mebibyte,
  highBytes: 64 * mebibyte,
  lowBytes: 48 * mebibyte,
  firstRetryMs: 200,
  longestRetryMs: 30_000,
}

export type StoreHealth = {
  /** Whether the last attempt to write succeeded; true before the first. */
  readonly ok: boolean
  /** Why the last attempt failed; absent while `ok`. */
  readonly lastError?: string
  /** Not acknowledged yet, those under way included. */
  readonly waitingRows: number
  readonly writtenRows: number
}

/** Rows of one table: those that wait, and those of the batch under way. */
type Lane<Row> = { readonly table: Table<Row>; readonly waiting: RowBuffer<Row>; underWay: readonly Row[] }

const newLane = <Row>(table: Table<Row>): Lane<Row> => ({ table, waiting: newBuffer(table), underWay: [] })

export class Writer {
  readonly #connection: StoreConnection
  readonly #limits: WriterLimits
  readonly #oneAtATime = new PQueue({ concurrency: 1 })
  readonly #stop = new AbortController()
  readonly #visits = newLane(visitTable)
  readonly #panes = newLane(paneTable)
  readonly #measurePanes = newLane(measurePaneTable)
  readonly #transitions = newLane(transitionTable)
  readonly #deadLetters = newLane(deadLetterTable)
  #bytesUnderWay = 0
  #writtenRows = 0
  #lastError: string | undefined
  #timer: NodeJS.Timeout | undefined
  #whenDrained: (() => void)[] = []

  constructor(connection: StoreConnection, limits: WriterLimits) {
    this.#connection = connection
    this.#limits = limits
  }

  write(output: ShardOutput): void {
    this.#refuseIfClosed()
    for (const row of output.visits) this.#visits.waiting.put(row)
    for (const row of output.panes) this.#panes.waiting.put(row)
    for (const row of output.measurePanes) this.#measurePanes.waiting.put(row)
    for (const row of output.deadLetters) this.#deadLetters.waiting.put(row)
    this.#schedule()
  }

  writeTransitions(transitions: readonly AlertTransition[]): void {
    this.#refuseIfClosed()
    for (const row of transitions) this.#transitions.waiting.put(row)
    this.#schedule()
  }

  /** Bytes of memory that rows not yet acknowledged take, about. */
  pressure(): number {
    return this.#lanes().reduce((sum, lane) => sum + lane.waiting.bytes, this.#bytesUnderWay)
  }

  isFull(): boolean {
    return this.pressure() >= this.#limits.highBytes
  }

  /** Resolves when the waiting rows are down to the low mark; at once where they are; also when the store closes. */
  drained(): Promise<void> {
    if (this.#stop.signal.aborted || this.pressure() <= this.#limits.lowBytes) return Promise.resolve()
    return new Promise(resolve => this.#whenDrained.push(resolve))
  }

  health(): StoreHealth {
    const lanes = this.#lanes()
    return {
      ok: this.#lastError === undefined,
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
      waitingRows: lanes.reduce((sum, lane) => sum + lane.waiting.size + lane.underWay.length, 0),
      writtenRows: this.#writtenRows,
    }
  }

  /** The rows that the store has not acknowledged: what a snapshot has to hold so that they outlive this process. */
  unacknowledged(): ShardOutput {
    const all = <Row>(lane: Lane<Row>) => [...lane.underWay, ...lane.waiting.values()]
    return {
      visits: all(this.#visits),
      panes: all(this.#panes),
      measurePanes: all(this.#measurePanes),
      deadLetters: all(this.#deadLetters),
    }
  }

  /** Resolves when every row that waits now is acknowledged, or the writer was stopped. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#oneAtATime.add(() => this.#sendAll())
  }

  /** Writes what it can within the time. @returns the number of rows that were not acknowledged. */
  async close(withinMs: number): Promise<number> {
    const deadline = setTimeout(() => this.#stop.abort(), withinMs)
    await Promise.race([this.flush(), new Promise(resolve => this.#stop.signal.addEventListener('abort', resolve))])
    clearTimeout(deadline)
    clearTimeout(this.#timer)
    this.#stop.abort()
    this.#wakeIfDrained()
    return this.health().waitingRows
  }

  #lanes() {
    return [this.#visits, this.#panes, this.#measurePanes, this.#transitions, this.#deadLetters] as const
  }

  #schedule(): void {
    if (this.#lanes().some(lane => lane.waiting.size >= this.#limits.flushRows)) {
      this.#background()
    } else {
      this.#timer ??= setTimeout(() => this.#background(), this.#limits.flushEveryMs)
    }
  }

  #background(): void {
    this.#timer = undefined
    // A flush that still waits its turn will take these rows too.
    if (this.#oneAtATime.size > 0) return
    this.flush().catch((error: unknown) => {
      // Only a row that cannot be put into words comes here: a bug upstream, which must not pass in silence.
      queueMicrotask(() => {
        throw error
      })
    })
  }

  /** Keys that come first leave first, so the rows that waited at the beginning are gone after as many have left. */
  async #sendAll(): Promise<void> {
    await this.#send(this.#deadLetters)
    await this.#send(this.#transitions)
    await this.#send(this.#visits)
    await this.#send(this.#panes)
    await this.#send(this.#measurePanes)
  }

  async #send<Row>(lane: Lane<Row>): Promise<void> {
    let left = lane.waiting.size
    while (left > 0 && !this.#stop.signal.aborted) {
      const { rows, bytes } = lane.waiting.take(Math.min(left, this.#limits.batchRows), this.#limits.batchBytes)
      lane.underWay = rows
      this.#bytesUnderWay = bytes
      if (!(await this.#untilAccepted(lane.table, await linesOf(lane.table, rows)))) return
      left -= rows.length
      this.#writtenRows += rows.length
      lane.underWay = []
      this.#bytesUnderWay = 0
      this.#wakeIfDrained()
    }
  }

  /** @returns false when the writer was stopped first: then it is not known whether the rows arrived. */
  async #untilAccepted<Row>(table: Table<Row>, lines: Buffer): Promise<boolean> {
    const { firstRetryMs, longestRetryMs } = this.#limits
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(2 * retryMs, longestRetryMs)) {
      try {
        await this.#connection.insert(table.name, table.columns, lines)
        this.#lastError = undefined
        return true
      } catch (error) {
        this.#lastError = `writing ${table.name}: ${whyRefused(error)}`
      }
      // The wait fails only by the stop signal.
      const waited = await wait(retryMs, true, { signal: this.#stop.signal }).catch(() => false)
      if (!waited) return false
    }
  }

  #wakeIfDrained(): void {
    if (!this.#stop.signal.aborted && this.pressure() > this.#limits.lowBytes) return
    for (const wake of this.#whenDrained.splice(0)) wake()
  }

  #refuseIfClosed(): void {
    if (this.#stop.signal.aborted) throw new Error('rows were written to a store that is closed')
  }
}
