import type { StoreConnection } from '../../src/store/clickhouse/connection.ts'
import type { Chance } from './chance.ts'
import { machineNow } from './timers.ts'

/** A row by column. */
export type StoredRow = Readonly<Record<string, unknown>>

type Table = { readonly keyOf: (row: StoredRow) => string; readonly isVersioned: boolean }

const by =
  (...columns: readonly string[]) =>
  (row: StoredRow): string =>
    columns.map(column => String(row[column])).join('\0')

/** As ORDER BY and the version of the tables in `src/store/schema` say. */
const tables: Readonly<Record<string, Table>> = {
  visits: { keyOf: by('process', 'case_id', 'stage', 'start_ms', 'ordinal'), isVersioned: true },
  panes: {
    keyOf: by('process', 'stage', 'total', 'segment', 'start_ms', 'source', 'partition'),
    isVersioned: true,
  },
  roll_ups_until: { keyOf: by('process', 'source', 'partition'), isVersioned: true },
  dead_letters: { keyOf: by('process', 'topic', 'partition', 'record_offset'), isVersioned: false },
  alert_transitions: { keyOf: by('process', 'id', 'at_ms', 'state'), isVersioned: false },
  evaluations: { keyOf: by('process', 'at_ms'), isVersioned: false },
}

/** How often what goes wrong, 0 … 1 each. */
export type ServerFaults = {
  readonly refused: number
  /** Applied, but the caller is told of an error. */
  readonly unacknowledged: number
  /** The caller is told of an error, and long after that it is applied all the same. */
  readonly overdue: number
}

/** ClickHouse as far as the store writes to it: tables that keep the newest row of a key, behind a bad line. */
export class Server {
  faults: ServerFaults
  /** Until when it is away, in ms of the machine. */
  awayUntilMs = 0
  /** What befell inserts. */
  readonly befallen = { refused: 0, unacknowledged: 0, overdue: 0 }
  readonly #rows = new Map<string, Map<string, StoredRow>>()
  readonly #chance: Chance
  readonly #answerMs: number

  /** @param answerMs how long an answer takes, about. */
  constructor(chance: Chance, answerMs: number, faults: ServerFaults) {
    this.#chance = chance
    this.#answerMs = answerMs
    this.faults = faults
  }

  /** The newest row of each key. */
  rowsOf(table: string): StoredRow[] {
    return [...(this.#rows.get(table)?.values() ?? [])]
  }

  /** What the store's writer is given. Nothing of it is ever read here: questions get no rows for an answer. */
  readonly connection: StoreConnection = {
    command: () => this.#answer(() => {}),
    rows: async () => [],
    insert: (table, columns, lines) => {
      const rows = rowsOf(columns, lines.toString())
      return this.#answer(() => {
        for (const row of rows) this.put(table, row)
      })
    },
    close: async () => {},
  }

  /** The row of the same key. */
  protected rowLike(table: string, row: StoredRow): StoredRow | undefined {
    return this.#rows.get(table)?.get((tables[table] as Table).keyOf(row))
  }

  protected put(table: string, row: StoredRow): void {
    const { keyOf, isVersioned } = tables[table] as Table
    const rows = this.#rows.get(table) ?? new Map<string, StoredRow>()
    this.#rows.set(table, rows)
    const key = keyOf(row)
    const former = rows.get(key)
    if (isVersioned && former !== undefined && Number(row.version) < Number(former.version)) return
    rows.set(key, row)
  }

  /** What has arrived is applied whatever becomes of the caller. */
  #answer(apply: () => void): Promise<void> {
    const machine = machineNow()
    const chance = this.#chance
    const answerMs = chance.delay(this.#answerMs)
    const fail = () => {
      throw new Error('the connection was lost')
    }
    if (machine.nowMs < this.awayUntilMs || chance.happens(this.faults.refused)) {
      this.befallen.refused++
      return machine.wait(answerMs, fail)
    }
    if (chance.happens(this.faults.overdue)) {
      this.befallen.overdue++
      machine.after(answerMs + chance.delay(20 * this.#answerMs), undefined, apply)
      return machine.wait(answerMs, fail)
    }
    machine.after(answerMs * chance.of([0, 1]), undefined, apply)
    const isLost = chance.happens(this.faults.unacknowledged)
    if (isLost) this.befallen.unacknowledged++
    return machine.wait(answerMs, isLost ? fail : () => {})
  }
}

function rowsOf(columns: readonly string[], lines: string): StoredRow[] {
  return lines
    .split('\n')
    .filter(line => line !== '')
    .flatMap(line => JSON.parse(`[${line}]`) as unknown[][])
    .map(values => Object.fromEntries(columns.map((column, index) => [column, values[index]])))
}
