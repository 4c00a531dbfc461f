import type { MeasurePaneRow, PaneRow, RowVersion, SettledRow } from '../../shard/output.ts'
import type { StoreConnection } from '../clickhouse/connection.ts'
import { isOlderVersion, parseVersion, versionText } from '../row-version.ts'
import { dayMs, floor, hourMs, never, panesByDay, piecesOf, type SummedSpan, sumPanes } from './roll-up-sums.ts'

/*
 * Sums of panes to minutes, hours and days, so that a question about a month need not read every pane of it.
 *
 *     panes  ──────────────────────────────────────────────────────────▶ time
 *     minutes, hours ────────────────┤ until (a whole hour)
 *     days ──────────────────┤         panes from here on are read themselves
 *
 * Of each partition the roll-ups stand for what starts before `until`. What is summed are the panes as they lie in the
 * table, once they have settled; so the rows are absolute, and the same whoever computes them however often. Before a
 * pane that starts earlier is written (a correction by a new definition, a restart), `until` is lowered to its hour,
 * durably; once it is written the hours from there on are summed anew. So a roll-up that is read was computed from the
 * panes that are there.
 *
 * A pane belongs where its start lies.
 */
/** A partition without rows for so long is summed as far as the others of its process are. */
const idleAfterMs = 600_000

type Progress = {
  readonly process: string
  readonly source: string
  readonly partition: number
  untilMs: number
  version: Pick<RowVersion, 'epoch' | 'position'>
  /** How far it has settled, as far as this writer was told. */
  goalMs: number
  /** When this writer last wrote rows of it, by its own clock; undefined: it never did, so they may be another's. */
  writtenAt: number | undefined
}

type PaneVersion = Pick<PaneRow | MeasurePaneRow, 'process' | 'source' | 'partition' | 'epoch' | 'position' | 'start'>

export class RollUps {
  readonly #connection: StoreConnection
  readonly #now: () => number
  readonly #partitions = new Map<string, Progress>()

  private constructor(connection: StoreConnection, now: () => number) {
    this.#connection = connection
    this.#now = now
  }

  /** @param now a clock in ms that never goes backwards. */
  static async open(connection: StoreConnection, now: () => number = () => performance.now()): Promise<RollUps> {
    const rollUps = new RollUps(connection, now)
    await rollUps.#read('1', {})
    return rollUps
  }

  /** Another writer has had the partition: what he has summed, and how far, is known from now on. */
  async takeOver(process: string, source: string, partition: number): Promise<void> {
    this.giveUp(process, source, partition)
    const isOwn = 'process = {process:String} AND source = {source:String} AND partition = {partition:UInt32}'
    await this.#read(isOwn, { process, source, partition })
  }

  /** Another writer goes on with the partition: nothing more of it is summed here. */
  giveUp(process: string, source: string, partition: number): void {
    this.#partitions.delete(keyOf({ process, source, partition }))
  }

  async #read(which: string, given: Readonly<Record<string, string | number>>): Promise<void> {
    const rows = await this.#connection.rows<{
      process: string
      source: string
      partition: number
      until_text: string
      version_text: string
    }>(
      `SELECT process, source, partition, toString(until_ms) AS until_text, toString(version) AS version_text
      FROM roll_ups_until FINAL WHERE ${which}`,
      given,
    )
    for (const { process, source, partition, until_text, version_text } of rows) {
      const version = parseVersion(version_text)
      const untilMs = Number(until_text)
      const progress = { process, source, partition, untilMs, version, goalMs: never, writtenAt: undefined }
      this.#partitions.set(keyOf(progress), progress)
    }
  }

  /** To be awaited before rows are written: what they change is no longer read from roll-ups. */
  async prepareFor(rows: readonly PaneVersion[]): Promise<void> {
    const changed = new Map<Progress, number>()
    for (const row of rows) {
      const progress = this.#partitions.get(keyOf(row)) ?? this.#begin(row, changed)
      progress.writtenAt = this.#now()
      if (isOlderVersion({ ...row, ...progress.version }, row)) progress.version = versionOf(row)
      if (row.start < (changed.get(progress) ?? progress.untilMs)) changed.set(progress, floor(row.start, hourMs))
    }
    await this.#store(changed)
  }

  /** Sums what has settled and is written. All rows that came before the marks must be in their tables. */
  async advance(settled: readonly SettledRow[]): Promise<void> {
    for (const row of settled) {
      const progress = this.#partitions.get(keyOf(row))
      if (progress === undefined) continue
      progress.goalMs = Math.max(progress.goalMs, floor(row.before, hourMs))
      if (isOlderVersion({ ...row, ...progress.version }, row)) progress.version = versionOf(row)
    }
    const raised = [...this.#partitions.values()].filter(progress => this.#goalOf(progress) > progress.untilMs)
    for (const process of new Set(raised.map(progress => progress.process))) {
      await this.#raise(
        process,
        raised.filter(progress => progress.process === process),
      )
    }
  }

  /** Piece by piece: what one statement holds in memory is bounded, and a crash costs a piece's sums. */
  async #raise(process: string, raised: readonly Progress[]): Promise<void> {
    const from = Math.min(...raised.map(({ untilMs }) => untilMs))
    const to = Math.max(...raised.map(progress => this.#goalOf(progress)))
    for (const piece of piecesOf(await panesByDay(this.#connection, process, from, to), from, to)) {
      const until = new Map<Progress, number>()
      const spans: SummedSpan[] = []
      for (const progress of raised) {
        const end = Math.min(piece.to, this.#goalOf(progress))
        if (end <= progress.untilMs) continue
        const { source, partition, untilMs } = progress
        spans.push({ source, partition, from: Math.max(untilMs, piece.from), to: end })
        until.set(progress, end)
      }
      await sumPanes(this.#connection, process, spans, piece.tables)
      await this.#store(until)
    }
  }

  /** What starts in the span was deleted, of all partitions of a source: it is summed anew. */
  async forget(process: string, source: string, fromMs: number): Promise<void> {
    const lowered = new Map<Progress, number>()
    for (const progress of this.#partitions.values()) {
      if (progress.process !== process || progress.source !== source || progress.untilMs <= fromMs) continue
      lowered.set(progress, floor(fromMs, hourMs))
    }
    await this.#store(lowered)
    for (const table of ['pane_roll_ups', 'measure_roll_ups']) {
      await this.#connection.command(
        `DELETE FROM ${table} WHERE process = {process:String} AND source = {source:String}
          AND (start_ms >= {hour:Int64} OR step_ms = ${dayMs} AND start_ms >= {day:Int64})`,
        { process, source, hour: floor(fromMs, hourMs), day: floor(fromMs, dayMs) },
      )
    }
  }

  #begin({ process, source, partition, epoch, position }: PaneVersion, changed: Map<Progress, number>): Progress {
    const version = { epoch, position }
    const progress: Progress = {
      process,
      source,
      partition,
      untilMs: never,
      version,
      goalMs: never,
      writtenAt: undefined,
    }
    this.#partitions.set(keyOf(progress), progress)
    // Readers have to know of every partition, or they would take its panes for summed.
    changed.set(progress, never)
    return progress
  }

  #goalOf(progress: Progress): number {
    const { process, source, writtenAt, goalMs } = progress
    if (writtenAt === undefined) return never
    if (this.#now() - writtenAt < idleAfterMs) return goalMs
    const others = [...this.#partitions.values()].filter(other => other.process === process && other.source === source)
    return Math.max(...others.map(other => other.goalMs))
  }

  /** Durable before it is relied on, for lowering and raising alike. */
  async #store(until: ReadonlyMap<Progress, number>): Promise<void> {
    if (until.size === 0) return
    const lines = [...until].map(([{ process, source, partition, version }, untilMs]) =>
      JSON.stringify([process, source, partition, untilMs, versionText(version)]),
    )
    await this.#connection.insert(
      'roll_ups_until',
      ['process', 'source', 'partition', 'until_ms', 'version'],
      Buffer.from(`${lines.join('\n')}\n`),
    )
    for (const [progress, untilMs] of until) progress.untilMs = untilMs
  }
}

const versionOf = ({ epoch, position }: Pick<RowVersion, 'epoch' | 'position'>) => ({ epoch, position })

const keyOf = ({ process, source, partition }: Pick<PaneVersion, 'process' | 'source' | 'partition'>): string =>
  JSON.stringify([process, source, partition])
