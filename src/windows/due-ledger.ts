import type { DueSink } from '../cases/due-positions.ts'
import { DueCounts } from './lateness-due-counts.ts'
import { OpenVisits } from './open-visits.ts'
import { paneIndexOf } from './span.ts'

/** Open cases at one position, of one segment of the deadline's stage and one of the position's. */
export type DueStand = {
  /** Stage, or rest of one. */
  readonly position: number
  /** Segment of the visit there. */
  readonly slot: number
  readonly counts: DueCounts
}

export type DueLedgerOptions = {
  readonly paneMs: number
  readonly deadlines: number
  readonly fallbackDue: DueSink['fallbackDue']
}

/**
 * Where the open cases of one shard stand within its deadlines, counted: by segment of the deadline's stage, by which
 * statistics are asked for, and within it by position and the position's own segment, which decide on the life table.
 *
 * It is made anew from the cases when a snapshot is restored, so that targets may have changed in between.
 */
export class DueLedger implements DueSink {
  readonly fallbackDue: DueSink['fallbackDue']
  readonly #paneMs: number
  /** By deadline, by slot of its stage. */
  readonly #deadlines: readonly Map<number, OfSegment>[]

  constructor({ paneMs, deadlines, fallbackDue }: DueLedgerOptions) {
    this.#paneMs = paneMs
    this.fallbackDue = fallbackDue
    this.#deadlines = Array.from({ length: deadlines }, () => new Map())
  }

  stands(
    deadline: number,
    ownSlot: number,
    position: number,
    slot: number,
    entry: number,
    due: number,
    sign: 1 | -1,
  ): void {
    const segments = this.#deadlines[deadline] as Map<number, OfSegment>
    let segment = segments.get(ownSlot)
    if (segment === undefined) {
      segment = { dues: new OpenVisits(), stands: new Map() }
      segments.set(ownSlot, segment)
    }
    const name = position * SLOTS + slot + 1
    let stand = segment.stands.get(name)
    if (stand === undefined) {
      stand = { position, slot, counts: new DueCounts() }
      segment.stands.set(name, stand)
    }
    const duePane = paneIndexOf(due, this.#paneMs)
    segment.dues.add(duePane, sign)
    stand.counts.add(paneIndexOf(entry, this.#paneMs), duePane, sign)
    // What nothing is counted of leaves: its slot may be given to another segment.
    if (stand.counts.isEmpty) segment.stands.delete(name)
    if (segment.stands.size === 0) segments.delete(ownSlot)
  }

  /** Segments of the deadline's stage in which any case stands. */
  slotsOf(deadline: number): number[] {
    return [...(this.#deadlines[deadline]?.keys() ?? [])]
  }

  /** In no order that means anything. */
  standsOf(deadline: number, ownSlot: number): Iterable<DueStand> {
    return this.#deadlines[deadline]?.get(ownSlot)?.stands.values() ?? []
  }

  /** Open visits of the deadline's stage that are due in panes up to one. */
  dueUntil(deadline: number, ownSlot: number, pane: number): number {
    return this.#deadlines[deadline]?.get(ownSlot)?.dues.countUntil(pane) ?? 0
  }
}

type OfSegment = {
  /** Open visits of the deadline's stage by the pane in which they are due. */
  readonly dues: OpenVisits
  readonly stands: Map<number, DueStand>
}

/** More than a stage may have. */
const SLOTS = 2 ** 21
