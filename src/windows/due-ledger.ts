import type { DueSink } from '../cases/due-positions.ts'
import type { SegmentKey } from '../event/segment.ts'
import type { DueLine } from './lateness-count.ts'
import { DueCounts } from './lateness-due-counts.ts'
import { OpenVisits } from './open-visits.ts'
import { paneIndexOf } from './span.ts'

/** Where open cases stand: at one position, of one segment of the deadline's stage and one of the position's. */
export type DuePlace = {
  readonly deadline: number
  /** Segment of the deadline's stage. */
  readonly ownSlot: number
  /** Stage, or rest of one. */
  readonly position: number
  /** Segment of the visit there. */
  readonly slot: number
}

/** The open cases at a place. */
export type DueStand = DuePlace & { readonly counts: DueCounts }

/** The same place by the segments' own names, which outlive their slots; undefined: the stage is not cut. */
export type NamedPlace = {
  readonly deadline: number
  readonly ownSegment: SegmentKey | undefined
  readonly position: number
  readonly segment: SegmentKey | undefined
}

/** A line of a stand that changed. */
type ChangedLine = { readonly place: NamedPlace; readonly counts: DueCounts; readonly entryPane: number }

export type DueLedgerOptions = {
  readonly paneMs: number
  readonly deadlines: number
  readonly fallbackDue: DueSink['fallbackDue']
  /** Names the places of which somebody takes the lines that changed; undefined: nobody does. */
  readonly nameOf?: ((place: DuePlace) => NamedPlace) | undefined
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
  readonly #nameOf: DueLedgerOptions['nameOf']
  #changed: ChangedLine[] = []

  constructor({ paneMs, deadlines, fallbackDue, nameOf }: DueLedgerOptions) {
    this.#paneMs = paneMs
    this.fallbackDue = fallbackDue
    this.#nameOf = nameOf
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
    const paneMs = this.#paneMs
    this.#count(deadline, ownSlot, position, slot, paneIndexOf(entry, paneMs), paneIndexOf(due, paneMs), sign)
  }

  /** Takes over a line as it is elsewhere. */
  put({ deadline, ownSlot, position, slot }: DuePlace, { entryPane, duePanes, counts }: DueLine): void {
    const stand = this.#deadlines[deadline]?.get(ownSlot)?.stands.get(placeOf(position, slot))
    const former = [...(stand?.counts.lineAt(entryPane) ?? [])]
    // First what comes, then what goes: so a stand that stays is not made anew.
    duePanes.forEach((duePane, at) => {
      this.#count(deadline, ownSlot, position, slot, entryPane, duePane, counts[at] as number)
    })
    for (const [duePane, count] of former) this.#count(deadline, ownSlot, position, slot, entryPane, duePane, -count)
  }

  /** Calls for the lines that changed since the last time, in the order of their changes; an empty one has gone. */
  takeChanged(call: (place: NamedPlace, line: DueLine) => void): void {
    const changed = this.#changed
    this.#changed = []
    for (const { place, counts, entryPane } of changed) call(place, counts.lineTaken(entryPane))
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

  #count(
    deadline: number,
    ownSlot: number,
    position: number,
    slot: number,
    entryPane: number,
    duePane: number,
    by: number,
  ): void {
    const segments = this.#deadlines[deadline] as Map<number, OfSegment>
    let segment = segments.get(ownSlot)
    if (segment === undefined) {
      segment = { dues: new OpenVisits(), stands: new Map() }
      segments.set(ownSlot, segment)
    }
    const name = placeOf(position, slot)
    let stand = segment.stands.get(name)
    if (stand === undefined) {
      stand = this.#newStand({ deadline, ownSlot, position, slot })
      segment.stands.set(name, stand)
    }
    segment.dues.add(duePane, by)
    stand.counts.add(entryPane, duePane, by)
    // What nothing is counted of leaves: its slot may be given to another segment.
    if (stand.counts.isEmpty) segment.stands.delete(name)
    if (segment.stands.size === 0) segments.delete(ownSlot)
  }

  #newStand(place: DuePlace): DueStand {
    if (this.#nameOf === undefined) return { ...place, counts: new DueCounts() }
    const named = this.#nameOf(place)
    const counts: DueCounts = new DueCounts(entryPane => this.#changed.push({ place: named, counts, entryPane }))
    return { ...place, counts }
  }
}

type OfSegment = {
  /** Open visits of the deadline's stage by the pane in which they are due. */
  readonly dues: OpenVisits
  readonly stands: Map<number, DueStand>
}

/** More than a stage may have. */
const SLOTS = 2 ** 21

const placeOf = (position: number, slot: number): number => position * SLOTS + slot + 1
