import type { RowBuffer } from './row-buffer.ts'
import { newBuffer, type Table } from './tables/table.ts'
import { type RowKind, type Rows, tables } from './tables/tables.ts'

/** Rows of one table: those that wait, and those of the batch under way. */
export type Lane<Row> = {
  readonly table: Table<Row>
  readonly waiting: RowBuffer<Row>
  underWay: readonly Row[]
  /** How many the store has acknowledged. */
  written: number
  /** Who waits until so many are. */
  waiters: { readonly until: number; readonly resolve: () => void }[]
}

export type Lanes = { readonly [Kind in RowKind]: Lane<Rows[Kind]> }

const newLane = <Row>(table: Table<Row>): Lane<Row> => ({
  table,
  waiting: newBuffer(table),
  underWay: [],
  written: 0,
  waiters: [],
})

export const kinds = Object.keys(tables) as readonly RowKind[]

export const newLanes = (): Lanes =>
  Object.fromEntries(kinds.map(kind => [kind, newLane(tables[kind] as Table<Rows[RowKind]>)])) as unknown as Lanes

/**
 * Resolves when all that are there now are written: keys that come first leave first, so they are gone when as many have
 * left. Not for rows that may leave for the disk.
 */
export function acknowledged(
  lane: Pick<Lane<unknown>, 'written' | 'underWay' | 'waiters'> & { waiting: { size: number } },
): Promise<void> {
  const until = lane.written + lane.underWay.length + lane.waiting.size
  if (until === lane.written) return Promise.resolve()
  return new Promise<void>(resolve => lane.waiters.push({ until, resolve }))
}

export function wakeWaiters(lane: Pick<Lane<unknown>, 'written' | 'waiters'>): void {
  const isWritten = ({ until }: { readonly until: number }) => until <= lane.written
  for (const { resolve } of lane.waiters.filter(isWritten)) resolve()
  lane.waiters = lane.waiters.filter(waiter => !isWritten(waiter))
}
