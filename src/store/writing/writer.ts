import { setTimeout as wait } from 'node:timers/promises'
import PQueue from 'p-queue'
import { failpoint } from '../../event/failpoint.ts'
import type { MeasurePaneRow, PaneRow, SettledRow, ShardOutput } from '../../shard/output.ts'
import type { StoreConnection } from '../clickhouse/connection.ts'
import { whyRefused } from '../clickhouse/disk-full.ts'
import { isOlderVersion } from '../row-version.ts'
import type { RollUps } from './roll-ups.ts'
import type { RowBuffer } from './row-buffer.ts'
import type { SourceSpans } from './source-spans.ts'
import { linesOf, newBuffer, type Table } from './tables/table.ts'
import { type RowKind, type Rows, tables } from './tables/tables.ts'
import { keptVisit, type VisitPolicy } from './visit-policy.ts'

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

/** Rows to be written: any kinds, and how far panes have settled. */
export type NewRows = { readonly [Kind in RowKind]?: readonly Rows[Kind][] } & {
  readonly settled?: readonly SettledRow[]
}

/** Rows of one table: those that wait, and those of the batch under way. */
type Lane<Row> = {
  readonly table: Table<Row>
  readonly waiting: RowBuffer<Row>
  underWay: readonly Row[]
  /** How many the store has acknowledged. */
  written: number
  /** Who waits until so many are. */
  waiters: { readonly until: number; readonly resolve: () => void }[]
}

type Lanes = { readonly [Kind in RowKind]: Lane<Rows[Kind]> }

const newLane = <Row>(table: Table<Row>): Lane<Row> => ({
  table,
  waiting: newBuffer(table),
  underWay: [],
  written: 0,
  waiters: [],
})

const kinds = Object.keys(tables) as readonly RowKind[]

const newLanes = (): Lanes =>
  Object.fromEntries(kinds.map(kind => [kind, newLane(tables[kind] as Table<Rows[RowKind]>)])) as unknown as Lanes

/** What the writer keeps right beside the rows. */
export type WriterParts = { readonly rollUps: RollUps; readonly spans: SourceSpans; readonly visits: VisitPolicy }

export class Writer {
  readonly #connection: StoreConnection
  readonly #limits: WriterLimits
  readonly #parts: WriterParts
  readonly #oneAtATime = new PQueue({ concurrency: 1 })
  readonly #stop = new AbortController()
  readonly #lanes = newLanes()
  /** The newest of each partition. */
  readonly #settled = new Map<string, SettledRow>()
  #bytesUnderWay = 0
  #writtenRows = 0
  /** Why the last attempt failed: of rows, and of what is done beside them. */
  readonly #problems = new Map<'rows' | 'sums', string>()
  #timer: NodeJS.Timeout | undefined
  #whenDrained: (() => void)[] = []

  constructor(connection: StoreConnection, limits: WriterLimits, parts: WriterParts) {
    this.#connection = connection
    this.#limits = limits
    this.#parts = parts
  }

  /** @throws StoreError where rows lie in a span that another source has written; then none is taken. */
  write(rows: NewRows): void {
    if (this.#stop.signal.aborted) throw new Error('rows were written to a store that is closed')
    this.#parts.spans.check(rows.panes ?? [])
    this.#parts.spans.check(rows.measurePanes ?? [])
    for (const kind of kinds) if (kind !== 'visits') this.#put(kind, rows[kind] ?? [])
    for (const row of rows.visits ?? []) {
      const kept = keptVisit(this.#parts.visits, row)
      if (kept !== undefined) this.#lanes.visits.waiting.put(kept)
    }
    for (const row of rows.settled ?? []) {
      const key = settledKey(row)
      const former = this.#settled.get(key)
      if (former === undefined || isOlderVersion(former, row)) this.#settled.set(key, row)
    }
    this.#schedule()
  }

  /** As `write`. @returns when the store has acknowledged them; never, where the writer is closed before. */
  async writeThrough(rows: NewRows): Promise<void> {
    this.write(rows)
    await Promise.all(kinds.filter(kind => (rows[kind]?.length ?? 0) > 0).map(kind => acknowledged(this.#lanes[kind])))
  }

  /** Resolves when all rows are written and what earlier epochs wrote of the same time is deleted, or the writer was stopped. */
  async supersede(process: string, source: string, partition: number, epoch: number): Promise<void> {
    const remove = () => this.#parts.spans.supersede(process, source, partition, epoch)
    const attempt = async () => {
      await this.#sendAll()
      return this.#untilDone('deleting earlier epochs', remove, () => this.#rowsWait())
    }
    // Rows that come while it fails go first.
    while (!(await this.#oneAtATime.add(attempt)) && !this.#stop.signal.aborted) {
      await wait(this.#limits.flushEveryMs, undefined, { signal: this.#stop.signal }).catch(() => undefined)
    }
  }

  /** Bytes of memory that rows not yet acknowledged take, about. */
  pressure(): number {
    return kinds.reduce((sum, kind) => sum + this.#lanes[kind].waiting.bytes, this.#bytesUnderWay)
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
    const lanes = kinds.map(kind => this.#lanes[kind])
    const problem = this.#problems.get('rows') ?? this.#problems.get('sums')
    return {
      ok: problem === undefined,
      ...(problem === undefined ? {} : { lastError: problem }),
      waitingRows: lanes.reduce((sum, lane) => sum + lane.waiting.size + lane.underWay.length, 0),
      writtenRows: this.#writtenRows,
    }
  }

  /** The rows that the store has not acknowledged: what a snapshot has to hold so that they outlive this process. */
  unacknowledged(): ShardOutput {
    const all = <Kind extends RowKind>(kind: Kind): Rows[Kind][] => {
      const { underWay, waiting } = this.#lanes[kind]
      return [...underWay, ...waiting.values()] as Rows[Kind][]
    }
    return {
      visits: all('visits'),
      panes: all('panes'),
      measurePanes: all('measurePanes'),
      deadLetters: all('deadLetters'),
      records: all('records'),
      settled: [...this.#settled.values()],
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

  #put<Kind extends RowKind>(kind: Kind, rows: readonly Rows[Kind][]): void {
    const { waiting } = this.#lanes[kind] as Lane<Rows[Kind]>
    for (const row of rows) waiting.put(row)
  }

  #schedule(): void {
    if (kinds.some(kind => this.#lanes[kind].waiting.size >= this.#limits.flushRows)) {
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
    const settled = [...this.#settled.values()]
    if (!(await this.#untilDone('clearing the way', () => this.#parts.spans.clear()))) return
    for (const kind of kinds) await this.#send(this.#lanes[kind] as Lane<Rows[RowKind]>)
    if (settled.length === 0) return
    if (!(await this.#untilSummed(settled))) return
    for (const row of settled) if (this.#settled.get(settledKey(row)) === row) this.#settled.delete(settledKey(row))
  }

  async #send<Row extends Rows[RowKind]>(lane: Lane<Row>): Promise<void> {
    const { table, waiting } = lane
    let left = waiting.size
    while (left > 0 && !this.#stop.signal.aborted) {
      const { rows, bytes } = waiting.take(Math.min(left, this.#limits.batchRows), this.#limits.batchBytes)
      lane.underWay = rows
      this.#bytesUnderWay = bytes
      const lines = await linesOf(table, rows)
      const isWritten = await this.#untilDone(`writing ${table.name}`, async () => {
        if (isOfPanes(table)) await this.#parts.rollUps.prepareFor(rows as readonly (PaneRow | MeasurePaneRow)[])
        failpoint('store-before-insert')
        await this.#connection.insert(table.name, table.columns, lines)
        failpoint('store-after-insert')
      })
      if (!isWritten) return
      left -= rows.length
      this.#writtenRows += rows.length
      lane.written += rows.length
      lane.underWay = []
      this.#bytesUnderWay = 0
      failpoint('store-acknowledged')
      this.#wakeIfDrained()
      // Who closed without waiting for them has been told so, and is gone.
      if (!this.#stop.signal.aborted) wakeWaiters(lane)
    }
  }

  /** Sums make questions quick, no more: rows that come while they fail go first, and they are tried again after those. */
  #untilSummed(settled: readonly SettledRow[]): Promise<boolean> {
    const sum = async () => {
      failpoint('store-before-sums')
      await this.#parts.rollUps.advance(settled)
      failpoint('store-after-sums')
    }
    return this.#untilDone('summing panes', sum, () => this.#rowsWait())
  }

  #rowsWait(): boolean {
    return kinds.some(kind => this.#lanes[kind].waiting.size > 0)
  }

  /**
   * @param isGivenUp is asked after each failure.
   * @returns false when the writer was stopped first, or it was given up: then it is not known whether it was done.
   */
  async #untilDone(what: string, act: () => Promise<void>, isGivenUp?: () => boolean): Promise<boolean> {
    const kind = isGivenUp === undefined ? 'rows' : 'sums'
    const { firstRetryMs, longestRetryMs } = this.#limits
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(2 * retryMs, longestRetryMs)) {
      if (this.#stop.signal.aborted) return false
      try {
        await act()
        this.#problems.delete(kind)
        return true
      } catch (error) {
        this.#problems.set(kind, `${what}: ${whyRefused(error)}`)
      }
      if (isGivenUp?.()) return false
      // The wait fails only by the stop signal.
      const waitMs = isGivenUp === undefined ? retryMs : Math.min(retryMs, this.#limits.flushEveryMs)
      const waited = await wait(waitMs, true, { signal: this.#stop.signal }).catch(() => false)
      if (!waited || isGivenUp?.()) return false
    }
  }

  #wakeIfDrained(): void {
    if (!this.#stop.signal.aborted && this.pressure() > this.#limits.lowBytes) return
    for (const wake of this.#whenDrained.splice(0)) wake()
  }
}

/** Keys that come first leave first: all that are there now are gone when as many have left. */
function acknowledged(lane: Pick<Lane<unknown>, 'written' | 'underWay' | 'waiters'> & { waiting: { size: number } }) {
  const until = lane.written + lane.underWay.length + lane.waiting.size
  if (until === lane.written) return Promise.resolve()
  return new Promise<void>(resolve => lane.waiters.push({ until, resolve }))
}

function wakeWaiters(lane: Pick<Lane<unknown>, 'written' | 'waiters'>): void {
  const isWritten = ({ until }: { readonly until: number }) => until <= lane.written
  for (const { resolve } of lane.waiters.filter(isWritten)) resolve()
  lane.waiters = lane.waiters.filter(waiter => !isWritten(waiter))
}

const settledKey = ({ process, source, partition }: SettledRow): string => JSON.stringify([process, source, partition])

const isOfPanes = ({ name }: { readonly name: string }): boolean =>
  name === tables.panes.name || name === tables.measurePanes.name
