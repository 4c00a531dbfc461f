import type { MeasurePaneRow, PaneRow, RowVersion, SettledRow } from '../shard/output.ts'
import type { StoreConnection } from './connection.ts'
import { isOlderVersion, parseVersion, versionText } from './row-version.ts'

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
const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000

/** Steps of roll-ups, longest first. */
export const rollUpSteps = [dayMs, hourMs, minuteMs] as const

/** Before all that can be: nothing has been summed yet. */
const never = Number.MIN_SAFE_INTEGER

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
  /** `performance.now()` when this writer last wrote rows of it; undefined: it never did, so they may be another's. */
  writtenAt: number | undefined
}

type PaneVersion = Pick<PaneRow | MeasurePaneRow, 'process' | 'source' | 'partition' | 'epoch' | 'position' | 'start'>

export class RollUps {
  readonly #connection: StoreConnection
  readonly #partitions = new Map<string, Progress>()

  private constructor(connection: StoreConnection) {
    this.#connection = connection
  }

  static async open(connection: StoreConnection): Promise<RollUps> {
    const rollUps = new RollUps(connection)
    const rows = await connection.rows<{
      process: string
      source: string
      partition: number
      until_text: string
      version_text: string
    }>(
      `SELECT process, source, partition, toString(until_ms) AS until_text, toString(version) AS version_text
      FROM roll_ups_until FINAL`,
    )
    for (const { process, source, partition, until_text, version_text } of rows) {
      const version = parseVersion(version_text)
      const untilMs = Number(until_text)
      const progress = { process, source, partition, untilMs, version, goalMs: never, writtenAt: undefined }
      rollUps.#partitions.set(keyOf(progress), progress)
    }
    return rollUps
  }

  /** To be awaited before rows are written: what they change is no longer read from roll-ups. */
  async prepareFor(rows: readonly PaneVersion[]): Promise<void> {
    const changed = new Map<Progress, number>()
    for (const row of rows) {
      const progress = this.#partitions.get(keyOf(row)) ?? this.#begin(row, changed)
      progress.writtenAt = performance.now()
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
    for (const progress of this.#partitions.values()) await this.#raise(progress, this.#goalOf(progress))
  }

  /** Day by day: what one statement holds in memory is bounded, and a crash costs a day's sums. Empty days are passed over. */
  async #raise(progress: Progress, goalMs: number): Promise<void> {
    while (progress.untilMs < goalMs) {
      const { untilMs } = progress
      const isWithinDay = untilMs !== never && untilMs !== floor(untilMs, dayMs)
      const first = isWithinDay ? untilMs : await this.#firstPane(progress, goalMs)
      const to = first === undefined ? goalMs : Math.min(goalMs, floor(first, dayMs) + dayMs)
      if (first !== undefined) await this.#sum(progress, Math.max(untilMs, floor(first, hourMs)), to)
      await this.#store(new Map([[progress, to]]))
    }
  }

  /** Start of the first pane that is not summed yet; undefined: there is none before `beforeMs`. */
  async #firstPane({ process, source, partition, untilMs }: Progress, beforeMs: number): Promise<number | undefined> {
    const firsts = allRolledUp.map(({ from }) => `SELECT minOrNull(start_ms) AS at FROM ${from} WHERE ${ofPartition}`)
    const [found] = await this.#connection.rows<{ first_ms: string | null }>(
      `SELECT toString(min(at)) AS first_ms FROM (${firsts.join(' UNION ALL ')})`,
      { process, source, partition, from: untilMs, to: beforeMs },
    )
    return found?.first_ms == null ? undefined : Number(found.first_ms)
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
    if (performance.now() - writtenAt < idleAfterMs) return goalMs
    const others = [...this.#partitions.values()].filter(other => other.process === process && other.source === source)
    return Math.max(...others.map(other => other.goalMs))
  }

  async #sum({ process, source, partition }: Progress, fromMs: number, toMs: number): Promise<void> {
    const of = { process, source, partition }
    const span = { from: fromMs, to: toMs }
    const days = { from: floor(fromMs, dayMs), to: floor(toMs, dayMs) }
    for (const rolledUp of allRolledUp) {
      const { table, from } = rolledUp
      await this.#connection.command(sumOf(rolledUp, `${from} AS t FINAL`, [minuteMs, hourMs]), { ...of, ...span })
      if (days.to === days.from) continue
      const hours = `(SELECT * FROM ${table} FINAL WHERE step_ms = ${hourMs} AND ${ofPartition}) AS t`
      await this.#connection.command(sumOf(rolledUp, hours, [dayMs]), { ...of, ...days })
    }
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

const ofPartition = `process = {process:String} AND source = {source:String} AND partition = {partition:UInt32}
  AND start_ms >= {from:Int64} AND start_ms < {to:Int64}`

/** What is summed into which table: columns of the key besides start, source and partition, and the sums by column. */
type RolledUp = {
  readonly table: string
  readonly from: string
  readonly keys: readonly string[]
  readonly sums: Readonly<Record<string, string>>
}

const allRolledUp: readonly RolledUp[] = [
  {
    table: 'pane_roll_ups',
    from: 'panes',
    keys: ['process', 'stage', 'total', 'segment'],
    sums: {
      ...summed('entered', 'exited', 'abandoned', 'expired', 'reworked', 'breached', 'sum_ms', 'zero_count'),
      min_ms: 'min(t.min_ms)',
      max_ms: 'max(t.max_ms)',
      buckets: 'sumMap(t.buckets)',
      // Null where no pane has business time; one that has none among others counts by the wall clock, as in a series.
      business_sum_ms: `if(countIf(isNotNull(t.business_sum_ms)) = 0, NULL, sum(ifNull(t.business_sum_ms, t.sum_ms)))`,
      business_min_ms: 'min(if(isNull(t.business_sum_ms), t.min_ms, t.business_min_ms))',
      business_max_ms: 'max(if(isNull(t.business_sum_ms), t.max_ms, t.business_max_ms))',
      business_zero_count: 'sum(if(isNull(t.business_sum_ms), t.zero_count, t.business_zero_count))',
      business_buckets: 'sumMap(if(isNull(t.business_sum_ms), t.buckets, t.business_buckets))',
    },
  },
  {
    table: 'measure_roll_ups',
    from: 'measure_panes',
    keys: ['process', 'measure', 'total', 'segment'],
    sums: {
      decimals: 'max(t.decimals)',
      ...summed('count', 'sum', 'zero_count'),
      min: 'min(t.min)',
      max: 'max(t.max)',
      buckets: 'sumMap(t.buckets)',
      negative_buckets: 'sumMap(t.negative_buckets)',
    },
  },
]

function summed(...columns: readonly string[]): Record<string, string> {
  return Object.fromEntries(columns.map(column => [column, `sum(t.${column})`]))
}

function sumOf({ table, keys, sums }: RolledUp, from: string, steps: readonly number[]): string {
  const columns = [...keys, 'step_ms', 'start_ms', 'source', 'partition', ...Object.keys(sums), 'version']
  const groups = keys.map(key => `t.${key}`).join(', ')
  return `INSERT INTO ${table} (${columns.join(', ')})
    SELECT ${groups}, step, t.start_ms - positiveModulo(t.start_ms, step) AS at_ms, t.source, t.partition,
      ${Object.values(sums).join(', ')}, max(t.version)
    FROM ${from} ARRAY JOIN [${steps.join(', ')}] AS step
    WHERE ${ofPartition}
    GROUP BY ${groups}, step, at_ms, t.source, t.partition
    SETTINGS max_partitions_per_insert_block = 0`
}

const floor = (ms: number, step: number): number => (ms === never ? never : Math.floor(ms / step) * step)

const versionOf = ({ epoch, position }: Pick<RowVersion, 'epoch' | 'position'>) => ({ epoch, position })

const keyOf = ({ process, source, partition }: Pick<PaneVersion, 'process' | 'source' | 'partition'>): string =>
  JSON.stringify([process, source, partition])
