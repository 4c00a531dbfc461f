import { setTimeout as wait } from 'node:timers/promises'
import PQueue from 'p-queue'
import { failpoint } from '../../event/failpoint.ts'
import type { MeasurePaneRow, PaneRow, SettledRow, ShardOutput } from '../../shard/output.ts'
import type { StoreConnection } from '../clickhouse/connection.ts'
import { whyRefused } from '../clickhouse/disk-full.ts'
import { isOlderVersion } from '../row-version.ts'
import type { Spill } from '../spill/spill.ts'
import { acknowledged, kinds, type Lane, newLanes, wakeWaiters } from './lanes.ts'
import type { RollUps } from './roll-ups.ts'
import { RowSpiller, type SpilledKind, type SpillLimits, spilledKinds } from './row-spiller.ts'
import type { SourceSpans } from './source-spans.ts'
import { linesOf } from './tables/table.ts'
import { type RowKind, type Rows, tables } from './tables/tables.ts'

/*
 * Rows come in absolute, wait once per key, and leave in batches: one batch a table, one at a time, once a second or as
 * soon as enough of them wait. A batch that fails is sent again, the very same bytes, until the store takes it; rows of
 * the same keys that come meanwhile wait behind it, so an older row never overtakes a newer one. Nothing is dropped:
 * what bounds the waiting rows is the caller, who stops feeding once `isFull()` and goes on after `drained()`.
 *
 * While the store takes none, rows that are as many as events go to disk before memory is full of them, and are sent from
 * there when it takes rows again.
 */
export type WriterLimits = SpillLimits & {
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
  spillBytes: 8 * mebibyte,
  stuckAfterMs: 5_000,
  spillRetryMs: 5_000,
  firstRetryMs: 200,
  longestRetryMs: 30_000,
}

export type StoreHealth = {
  /** Whether the last attempt to write succeeded; true before the first. */
  readonly ok: boolean
  /** Why the last attempt failed; absent while `ok`. */
  readonly lastError?: string
  /** Not acknowledged yet, those under way and those on disk included. */
  readonly waitingRows: number
  readonly writtenRows: number
}

/** Rows to be written: any kinds, and how far panes have settled. */
export type NewRows = { readonly [Kind in RowKind]?: readonly Rows[Kind][] } & {
  readonly settled?: readonly SettledRow[]
}

/** Rows that never leave memory: of those it is known when each is written. */
export type RowsInMemory = Omit<NewRows, SpilledKind>

/** What the writer keeps right beside the rows. */
export type WriterParts = {
  readonly rollUps: RollUps
  readonly spans: SourceSpans
  /** Absent: all rows wait in memory. */
  readonly spill?: Spill
}

export class Writer {
  readonly #connection: StoreConnection
  readonly #limits: WriterLimits
  readonly #parts: WriterParts
  readonly #oneAtATime = new PQueue({ concurrency: 1 })
  readonly #stop = new AbortController()
  readonly #lanes = newLanes()
  readonly #spiller: RowSpiller | undefined
  /** The newest of each partition. */
  readonly #settled = new Map<string, SettledRow>()
  #bytesUnderWay = 0
  #writtenRows = 0
  /** Why the last attempt failed: of rows, and of what is done beside them. */
  readonly #problems = new Map<'rows' | 'sums', string>()
  /** When the attempt to write rows began that is under way. */
  #attemptSince: number | undefined
  #timer: NodeJS.Timeout | undefined
  #whenDrained: (() => void)[] = []

  constructor(connection: StoreConnection, limits: WriterLimits, parts: WriterParts) {
    this.#connection = connection
    this.#limits = limits
    this.#parts = parts
    const { spill } = parts
    if (spill === undefined) return
    const lanes = spilledKinds.map(kind => this.#lanes[kind] as Lane<Rows[SpilledKind]>)
    this.#spiller = new RowSpiller(spill, lanes, limits, {
      isStuck: () => this.#isStuck(),
      spilled: () => this.#wakeIfDrained(),
    })
    if (!spill.isEmpty) this.#schedule()
  }

  /** @throws StoreError where rows lie in a span that another source has written; then none is taken. */
  write(rows: NewRows): void {
    if (this.#stop.signal.aborted) throw new Error('rows were written to a store that is closed')
    this.#parts.spans.check(rows.panes ?? [])
    this.#parts.spans.check(rows.measurePanes ?? [])
    for (const kind of kinds) this.#put(kind, rows[kind] ?? [])
    for (const row of rows.settled ?? []) {
      const key = settledKey(row)
      const former = this.#settled.get(key)
      if (former === undefined || isOlderVersion(former, row)) this.#settled.set(key, row)
    }
    this.#schedule()
    this.#spiller?.look()
  }

  /** As `write`. @returns when the store has acknowledged them; never, where the writer is closed before. */
  async writeThrough(rows: RowsInMemory): Promise<void> {
    this.write(rows)
    const given: NewRows = rows
    await Promise.all(kinds.filter(kind => (given[kind]?.length ?? 0) > 0).map(kind => acknowledged(this.#lanes[kind])))
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
      waitingRows: lanes.reduce(
        (sum, lane) => sum + lane.waiting.size + lane.underWay.length,
        this.#parts.spill?.rows ?? 0,
      ),
      writtenRows: this.#writtenRows,
    }
  }

  /** Whether rows wait on the disk of this machine. */
  hasSpilled(): boolean {
    return this.#parts.spill?.isEmpty === false
  }

  /** The rows that neither the store nor the disk has: what a snapshot has to hold so that they outlive this process. */
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
    await this.#spiller?.done()
    await this.#parts.spill?.close()
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
    await this.#sendWaiting()
    // Behind what waits, of which some may have gone to disk meanwhile.
    await this.#sendSpilled()
    if (settled.length === 0) return
    if (!(await this.#untilSummed(settled))) return
    for (const row of settled) if (this.#settled.get(settledKey(row)) === row) this.#settled.delete(settledKey(row))
  }

  async #sendWaiting(): Promise<void> {
    for (const kind of kinds) await this.#send(this.#lanes[kind] as Lane<Rows[RowKind]>)
  }

  async #sendSpilled(): Promise<void> {
    const { spill } = this.#parts
    if (spill === undefined || this.#stop.signal.aborted) return
    await this.#spiller?.done()
    await spill.sendAll(
      async ({ table, rows, lines }) => {
        const insert = () => this.#connection.insert(table.name, table.columns, lines)
        if (!(await this.#untilDone(`writing ${table.name}`, insert))) return false
        this.#writtenRows += rows
        return true
      },
      // Much may lie on disk: what comes meanwhile need not wait for all of it.
      () => this.#sendWaiting(),
    )
  }

  async #send<Row extends Rows[RowKind]>(lane: Lane<Row>): Promise<void> {
    const { table, waiting } = lane
    let left = waiting.size
    while (left > 0 && waiting.size > 0 && !this.#stop.signal.aborted) {
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

  /** Whether the store takes no rows: it refuses them, or does not answer. */
  #isStuck(): boolean {
    if (this.#stop.signal.aborted) return false
    const forMs = this.#attemptSince === undefined ? 0 : performance.now() - this.#attemptSince
    return this.#problems.has('rows') || forMs > this.#limits.stuckAfterMs
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
        if (kind === 'rows') this.#attemptSince = performance.now()
        await act()
        this.#problems.delete(kind)
        return true
      } catch (error) {
        this.#problems.set(kind, `${what}: ${whyRefused(error)}`)
        this.#spiller?.look()
      } finally {
        if (kind === 'rows') this.#attemptSince = undefined
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

const settledKey = ({ process, source, partition }: SettledRow): string => JSON.stringify([process, source, partition])

const isOfPanes = ({ name }: { readonly name: string }): boolean =>
  name === tables.panes.name || name === tables.measurePanes.name
