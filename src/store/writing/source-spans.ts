import { formatInstant, type Instant, instant } from '../../event/instant.ts'
import type { MeasurePaneRow, PaneRow } from '../../shard/output.ts'
import type { StoreConnection } from '../clickhouse/connection.ts'
import { StoreError } from '../store-error.ts'
import type { RollUps } from './roll-ups.ts'

/*
 * A span of time has one source in the store: panes of two sources over the same orders would count them twice. Whoever
 * is about to write a process's rows says from which source; rows that lie in the span of another are refused, or, where
 * that was asked for, take its place: the other's rows of the same span are deleted just before.
 */
type Span = { readonly source: string; fromMs: number; readonly toMs: number }

type Claim = { readonly source: string; readonly replaces: boolean; others: Span[]; toClear: Range | undefined }

/** [from, to) */
export type TimeSpan = { readonly from: Instant; readonly to: Instant }

type Range = { readonly fromMs: number; readonly toMs: number }

type PaneSpan = Pick<PaneRow | MeasurePaneRow, 'process' | 'start' | 'end'>

const timedTables = ['visits', 'panes', 'measure_panes'] as const

export class SourceSpans {
  readonly #connection: StoreConnection
  readonly #rollUps: RollUps
  readonly #claims = new Map<string, Claim>()

  constructor(connection: StoreConnection, rollUps: RollUps) {
    this.#connection = connection
    this.#rollUps = rollUps
  }

  /**
   * @param replaces whether rows of other sources give way where they are in the way.
   * @param span of the rows to come, where it is known.
   * @throws StoreError where it is another source's, which must not give way.
   */
  async claim(process: string, source: string, replaces: boolean, span?: TimeSpan): Promise<void> {
    const others = await this.#connection.rows<{ source: string; from_ms: string; to_ms: string }>(
      `SELECT source, toString(min(start_ms)) AS from_ms, toString(max(end_ms)) AS to_ms FROM (
        SELECT source, start_ms, end_ms FROM panes FINAL
        WHERE process = {process:String} AND source != {source:String}
          AND entered + exited + abandoned + expired > 0
        UNION ALL
        SELECT source, start_ms, end_ms FROM measure_panes FINAL
        WHERE process = {process:String} AND source != {source:String} AND count > 0
      ) GROUP BY source ORDER BY source`,
      { process, source },
    )
    const spans = others.map(({ source: other, from_ms, to_ms }) => ({
      source: other,
      fromMs: Number(from_ms),
      toMs: Number(to_ms),
    }))
    this.#claims.set(process, { source, replaces, others: spans, toClear: undefined })
    if (span !== undefined) this.check([{ process, start: span.from, end: span.to }])
  }

  /**
   * To be asked before rows are taken.
   *
   * @throws StoreError where they lie in a span that came from another source and must not replace it.
   */
  check(panes: readonly PaneSpan[]): void {
    for (const { process, start, end } of panes) {
      const claim = this.#claims.get(process)
      if (claim === undefined || claim.others.length === 0) continue
      const other = claim.others.find(({ fromMs, toMs }) => start < toMs && end > fromMs)
      if (other === undefined) continue
      if (!claim.replaces) throw refusal(process, claim.source, other)
      const { fromMs = start, toMs = end } = claim.toClear ?? {}
      claim.toClear = { fromMs: Math.min(fromMs, start), toMs: Math.max(toMs, end) }
    }
  }

  /** To be awaited before the rows that were taken are written. */
  async clear(): Promise<void> {
    for (const [process, claim] of this.#claims) {
      if (claim.toClear === undefined) continue
      const { fromMs, toMs } = claim.toClear
      const inTheWay = claim.others.filter(other => fromMs < other.toMs && toMs > other.fromMs)
      for (const other of inTheWay) {
        for (const table of timedTables) {
          await this.#connection.command(
            `DELETE FROM ${table} WHERE process = {process:String} AND source = {source:String}
              AND start_ms >= {from:Int64} AND start_ms < {to:Int64}`,
            { process, source: other.source, from: fromMs, to: toMs },
          )
        }
        await this.#rollUps.forget(process, other.source, fromMs)
        // History is mostly written forwards: what lies before need not be looked for again.
        if (fromMs <= other.fromMs) other.fromMs = Math.min(toMs, other.toMs)
      }
      claim.others = claim.others.filter(({ fromMs: from, toMs: to }) => from < to)
      claim.toClear = undefined
    }
  }

  /** Deletes what an earlier epoch of a source's partition wrote of the time that this epoch has written. */
  async supersede(process: string, source: string, partition: number, epoch: number): Promise<void> {
    const of = { process, source, partition, version: (BigInt(epoch) << 48n).toString() }
    const ofPartition = `process = {process:String} AND source = {source:String} AND partition = {partition:UInt32}`
    const [found] = await this.#connection.rows<{ from_ms: string }>(
      `SELECT toString(min(start_ms)) AS from_ms FROM panes
      WHERE ${ofPartition} AND version >= {version:UInt64} HAVING count() > 0`,
      of,
    )
    if (found === undefined) return
    const from = Number(found.from_ms)
    const stale = await this.#connection.rows(
      `SELECT 1 FROM panes WHERE ${ofPartition} AND start_ms >= {from:Int64} AND version < {version:UInt64} LIMIT 1`,
      { ...of, from },
    )
    if (stale.length === 0) return
    for (const table of timedTables) {
      await this.#connection.command(
        `DELETE FROM ${table} WHERE ${ofPartition} AND start_ms >= {from:Int64} AND version < {version:UInt64}`,
        { ...of, from },
      )
    }
    await this.#rollUps.forget(process, source, from)
  }
}

const text = (ms: number) => formatInstant(instant(ms))

function refusal(process: string, source: string, other: Span): StoreError {
  return new StoreError(
    `The store has the history of process "${process}" from ${text(other.fromMs)} to ${text(other.toMs)} from ` +
      `"${other.source}"; "${source}" would count the same time twice`,
    'Use --replace if it is to take the place of that history, or name another store.',
  )
}
