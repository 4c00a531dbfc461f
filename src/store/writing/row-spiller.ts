import type { Spill } from '../spill/spill.ts'
import type { RowBuffer } from './row-buffer.ts'
import { linesOf, type Table } from './tables/table.ts'
import { type RowKind, type Rows, tables } from './tables/tables.ts'

/**
 * Rows of which there are as many as events, and evaluations, each of which has the states of all alerts that are under way.
 * Panes wait once for each key, and the others are few and small.
 */
export const spilledKinds = ['visits', 'records', 'deadLetters', 'evaluations'] as const satisfies readonly RowKind[]

export type SpilledKind = (typeof spilledKinds)[number]

export const spilledTables = spilledKinds.map(kind => tables[kind])

export type SpillLimits = {
  /** From so much in memory on rows go to disk, while the store takes none. */
  readonly spillBytes: number
  /** An attempt to write that takes longer is one that fails. */
  readonly stuckAfterMs: number
  /** So long nothing is tried once rows could not be written to disk. */
  readonly spillRetryMs: number
}

type BatchLimits = { readonly batchRows: number; readonly batchBytes: number }

type Waiting<Row> = { readonly table: Table<Row>; readonly waiting: RowBuffer<Row> }

/** What it asks and tells the writer. */
type Calls = {
  /** Whether the store takes no rows. */
  readonly isStuck: () => boolean
  /** There is more room in memory. */
  readonly spilled: () => void
}

/**
 * Writes waiting rows to disk while the store takes none. Until they are synced they wait in memory as before, so nothing
 * that goes wrong on the way loses one; and where one is sent meanwhile, it is sent twice.
 */
export class RowSpiller {
  readonly #spill: Spill
  readonly #lanes: readonly Waiting<Rows[SpilledKind]>[]
  readonly #limits: SpillLimits & BatchLimits
  readonly #calls: Calls
  #underWay: Promise<void> | undefined
  #notBefore = 0

  constructor(
    spill: Spill,
    lanes: readonly Waiting<Rows[SpilledKind]>[],
    limits: SpillLimits & BatchLimits,
    calls: Calls,
  ) {
    this.#spill = spill
    this.#lanes = lanes
    this.#limits = limits
    this.#calls = calls
  }

  /** To be called when rows have come, or an attempt to write them has failed. */
  look(): void {
    if (this.#underWay !== undefined || performance.now() < this.#notBefore || !this.#isDue()) return
    this.#underWay = this.#spillAll().finally(() => {
      this.#underWay = undefined
      this.#calls.spilled()
    })
  }

  /** Resolves when nothing is being written. */
  async done(): Promise<void> {
    await this.#underWay
  }

  #isDue(): boolean {
    const bytes = this.#lanes.reduce((sum, { waiting }) => sum + waiting.bytes, 0)
    return bytes >= this.#limits.spillBytes && this.#calls.isStuck()
  }

  /** What waits at the beginning; more of it may have come by the end. */
  async #spillAll(): Promise<void> {
    for (const { table, waiting } of this.#lanes) {
      let left = waiting.size
      while (left > 0 && this.#calls.isStuck()) {
        const rows = waiting.oldest(Math.min(left, this.#limits.batchRows), this.#limits.batchBytes)
        if (rows.length === 0) break
        if (!(await this.#spill.append(table, rows.length, await linesOf(table, rows)))) {
          this.#notBefore = performance.now() + this.#limits.spillRetryMs
          return
        }
        waiting.remove(rows)
        left -= rows.length
      }
    }
  }
}
