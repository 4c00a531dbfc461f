import type { SettledRow, ShardOutput } from '../../shard/output.ts'
import { isOlderVersion } from '../row-version.ts'
import { newBuffer } from './tables/table.ts'
import { tables } from './tables/tables.ts'

export type HeldLimits = {
  /** From here on a state should be saved, whatever its time … */
  readonly urgentBytes: number
  /** … and from here on no more rows should come. */
  readonly fullBytes: number
}

const mebibyte = 1_048_576

/** Of one process; a state holds them too. */
const defaultLimits: HeldLimits = { urgentBytes: 16 * mebibyte, fullBytes: 32 * mebibyte }

/** The rows that went into states that are being saved. */
export type SealedRows = {
  readonly of: (partition: number) => ShardOutput
  /**
   * The states are durable.
   *
   * @returns the rows, which may leave now; none where later states were read out meanwhile: they leave with those.
   */
  readonly release: () => readonly ShardOutput[]
}

type Shard = { open: Rows; sealed: Rows }

/**
 * Rows of one process that may not leave before a state is saved that they follow from: of each shard one for each key,
 * the newest.
 *
 *     put ──▶ open ──seal──▶ sealed ──release──▶ the store
 *                     │                  │
 *             a state is read out    it is durable
 */
export class HeldRows {
  readonly #limits: HeldLimits
  /** By partition number. */
  readonly #shards = new Map<number, Shard>()
  /** Rises with each seal. */
  #seal = 0
  #waiters: { readonly seal: number; readonly resolve: () => void }[] = []

  constructor(limits = defaultLimits) {
    this.#limits = limits
  }

  get isUrgent(): boolean {
    return this.bytes >= this.#limits.urgentBytes
  }

  get isFull(): boolean {
    return this.bytes >= this.#limits.fullBytes
  }

  /** About the memory that they take. */
  get bytes(): number {
    let bytes = 0
    for (const { open, sealed } of this.#shards.values()) bytes += open.bytes + sealed.bytes
    return bytes
  }

  put(partition: number, output: ShardOutput): void {
    const shard = this.#shards.get(partition) ?? { open: new Rows(), sealed: new Rows() }
    this.#shards.set(partition, shard)
    shard.open.put(output)
  }

  /**
   * States of these shards are read out. What is held of others is dropped: they are not ours any more, and whoever has
   * them begins without it.
   */
  seal(partitions: readonly number[]): SealedRows {
    const seal = ++this.#seal
    for (const [partition, shard] of this.#shards) {
      if (!partitions.includes(partition)) {
        this.#shards.delete(partition)
        continue
      }
      shard.sealed.put(shard.open.all())
      shard.open = new Rows()
    }
    return {
      of: partition => (this.#shards.get(partition)?.sealed ?? new Rows()).all(),
      release: () => (seal === this.#seal ? this.#release() : []),
    }
  }

  /** The shard begins with what was saved of it. */
  drop(partition: number): void {
    this.#shards.delete(partition)
  }

  /** Resolves when all that is held now has been released; never, where the program ends before. */
  left(): Promise<void> {
    if (this.#shards.size === 0) return Promise.resolve()
    return new Promise(resolve => this.#waiters.push({ seal: this.#seal + 1, resolve }))
  }

  #release(): ShardOutput[] {
    const released: ShardOutput[] = []
    for (const [partition, shard] of this.#shards) {
      released.push(shard.sealed.all())
      shard.sealed = new Rows()
      if (shard.open.bytes === 0) this.#shards.delete(partition)
    }
    const isThrough = ({ seal }: { readonly seal: number }) => seal <= this.#seal
    for (const { resolve } of this.#waiters.filter(isThrough)) resolve()
    this.#waiters = this.#waiters.filter(waiter => !isThrough(waiter))
    return released
  }
}

const SETTLED_BYTES = 200

/** Rows of one shard. */
class Rows {
  readonly #visits = newBuffer(tables.visits)
  readonly #panes = newBuffer(tables.panes)
  readonly #measurePanes = newBuffer(tables.measurePanes)
  readonly #deadLetters = newBuffer(tables.deadLetters)
  #settled: SettledRow | undefined

  get bytes(): number {
    const buffers = [this.#visits, this.#panes, this.#measurePanes, this.#deadLetters]
    const settledBytes = this.#settled === undefined ? 0 : SETTLED_BYTES
    return buffers.reduce((sum, { bytes }) => sum + bytes, settledBytes)
  }

  put({ visits, panes, measurePanes, deadLetters, settled }: ShardOutput): void {
    for (const row of visits) this.#visits.put(row)
    for (const row of panes) this.#panes.put(row)
    for (const row of measurePanes) this.#measurePanes.put(row)
    for (const row of deadLetters) this.#deadLetters.put(row)
    for (const row of settled) {
      if (this.#settled === undefined || isOlderVersion(this.#settled, row)) this.#settled = row
    }
  }

  all(): ShardOutput {
    return {
      visits: [...this.#visits.values()],
      panes: [...this.#panes.values()],
      measurePanes: [...this.#measurePanes.values()],
      deadLetters: [...this.#deadLetters.values()],
      records: [],
      settled: this.#settled === undefined ? [] : [this.#settled],
    }
  }
}
