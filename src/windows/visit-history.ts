import type { SegmentKey } from '../event/segment.ts'
import type { BusinessCalendar } from '../model/business-calendar.ts'
import { type PaneOfVisits, slicePanes } from './life-table-counts.ts'
import type { Pane } from './pane.ts'
import { paneIndexOf } from './span.ts'

export type VisitHistoryOptions = {
  readonly paneMs: number
  /** Lengths of the life tables that are made of it, in the stage's own time; at least one. */
  readonly windowsMs: readonly number[]
  readonly calendar: BusinessCalendar | undefined
  /** Segments that it holds at most; what further ones do is kept in the total only. */
  readonly maxSegments: number
  /** Whether somebody takes the coarse panes that changed. Default: no. */
  readonly isPublished?: boolean
}

/** A coarse pane of one segment as it is now. */
export type CoarsePane = {
  /** undefined: the total. */
  readonly key: SegmentKey | undefined
  readonly index: number
  readonly entered: number
  readonly exits: ReadonlyMap<number, number>
  readonly unfinished: ReadonlyMap<number, number>
}

/**
 * What the visits of one stage came to over weeks, in coarse panes: how many entered, at which age they completed, and at
 * which they left otherwise.
 *
 *     panes         ┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊│ │ │ │ │
 *     coarse panes  │       │       │       │         settled panes are added, one by one as they settle
 *
 * A window has at most 200 of them, as many as its life table looks at; they are 2^k panes long and aligned to the epoch.
 * A settled pane never changes again, so nothing is ever taken back. Segments are known by their keys: they stay here for
 * longer than they have a slot.
 */
export class VisitHistory {
  /** Panes of a coarse one. */
  readonly panes: number
  /** How far back it reaches, in the stage's own time. */
  readonly reachMs: number
  readonly #options: VisitHistoryOptions
  readonly #coarseMs: number
  /** undefined: the total. */
  readonly #series = new Map<SegmentKey | undefined, Coarse[]>()
  /** Coarse panes that changed since they were taken, with their series; undefined: nobody takes them. */
  readonly #changed: Map<Coarse, SegmentKey | undefined> | undefined
  #since = -Infinity
  #oldestCoarse = -Infinity
  #keptSince = -Infinity

  constructor(options: VisitHistoryOptions) {
    const { paneMs, windowsMs } = options
    this.#options = options
    this.panes = slicePanes(Math.min(...windowsMs), paneMs)
    this.reachMs = Math.max(...windowsMs)
    this.#coarseMs = this.panes * paneMs
    this.#changed = options.isPublished === true ? new Map() : undefined
  }

  /** The first pane of which it knows; −Infinity: of all. */
  get since(): number {
    return this.#since
  }

  /** The oldest coarse pane that is kept; −Infinity: nothing has been let go of. */
  get keptSince(): number {
    return this.#keptSince
  }

  /** The segments that it knows of. */
  get segments(): SegmentKey[] {
    return [...this.#series.keys()].filter(key => key !== undefined)
  }

  /** The first pane of the oldest coarse one of the total; Infinity: there is none. */
  get oldest(): number {
    const first = this.#series.get(undefined)?.[0]
    return first === undefined ? Infinity : first.index * this.panes
  }

  /** Nothing before that pane will be told. */
  beginAt(pane: number): void {
    this.#since = pane
  }

  /** A pane has settled; those of a series come in the order of time. */
  add(key: SegmentKey | undefined, pane: Pane): void {
    let series = this.#series.get(key)
    if (series === undefined) {
      if (key !== undefined && this.#series.size > this.#options.maxSegments) return
      series = []
      this.#series.set(key, series)
    }
    const index = Math.floor(pane.index / this.panes)
    let coarse = series.at(-1)
    if (coarse?.index !== index) {
      coarse = { index, entered: 0, exits: new Map(), unfinished: new Map() }
      series.push(coarse)
    }
    this.#changed?.set(coarse, key)
    coarse.entered += pane.entered
    const { exits, unfinished } = coarse
    pane.forEachExitWhileOpen((bucket, count) => addTo(exits, bucket, count))
    pane.forEachUnfinished((bucket, count) => addTo(unfinished, bucket, count))
  }

  /** The coarse panes that changed since they were taken. */
  takeChanged(): CoarsePane[] {
    const changed = [...(this.#changed ?? [])].map(([coarse, key]) => ({ key, ...coarse }))
    this.#changed?.clear()
    return changed
  }

  /** All of them count as changed. */
  markAll(): void {
    for (const [key, series] of this.#series) for (const coarse of series) this.#changed?.set(coarse, key)
  }

  /** Takes over a coarse pane as it is elsewhere. */
  put({ key, index, entered, exits, unfinished }: CoarsePane): void {
    const coarse = { index, entered, exits: new Map(exits), unfinished: new Map(unfinished) }
    const series = this.#series.get(key)
    if (series === undefined) {
      this.#series.set(key, [coarse])
      return
    }
    // What changes is mostly the newest.
    let at = series.length
    while (at > 0 && (series[at - 1] as Coarse).index >= index) at--
    series.splice(at, series[at]?.index === index ? 1 : 0, coarse)
  }

  /** Lets go of what no window reaches from the horizon on. */
  advance(horizon: number): void {
    const { calendar, paneMs } = this.#options
    const coarse = paneIndexOf(horizon, this.#coarseMs)
    if (coarse === this.#oldestCoarse) return
    this.#oldestCoarse = coarse
    const start = calendar === undefined ? horizon - this.reachMs : calendar.addBusinessMs(horizon, -this.reachMs)
    if (start === undefined) return
    // One more than the window: T may lie a little before the horizon.
    const oldest = paneIndexOf(start, this.panes * paneMs) - 1
    this.#keptSince = oldest
    for (const [key, series] of this.#series) {
      const kept = series.findIndex(({ index }) => index >= oldest)
      if (kept === 0) continue
      if (kept < 0) this.#series.delete(key)
      else series.splice(0, kept)
    }
  }

  /**
   * Calls for the coarse panes of a segment that hold any pane of a range, oldest first.
   *
   * @param first of the range: the first pane of a coarse one, or `since`.
   */
  forEach(key: SegmentKey | undefined, first: number, last: number, call: (pane: PaneOfVisits) => void): void {
    for (const { index, entered, exits, unfinished } of this.#series.get(key) ?? []) {
      const from = Math.max(first, index * this.panes)
      const until = Math.min(last + 1, (index + 1) * this.panes)
      if (from >= until) continue
      call({
        index: from,
        entered,
        forEachExitWhileOpen: each => tell(exits, each),
        forEachUnfinished: each => tell(unfinished, each),
      })
    }
  }

  snapshot(): VisitHistoryState {
    const counts: number[] = []
    const series = [...this.#series].map(([key, panes]) => {
      for (const { index, entered, exits, unfinished } of panes)
        counts.push(index, entered, ...listed(exits), ...listed(unfinished))
      return { key, panes: panes.length }
    })
    return { panes: this.panes, since: this.#since, series, counts: Float64Array.from(counts) }
  }

  /** @returns false where there is nothing to take over, or it has other panes: then it is as empty as before. */
  restore(state: VisitHistoryState | undefined): boolean {
    if (state?.panes !== this.panes) return false
    this.#since = state.since
    let at = 0
    const next = () => state.counts[at++] as number
    const read = () => {
      const counts = new Map<number, number>()
      for (let left = next(); left > 0; left--) counts.set(next(), next())
      return counts
    }
    for (const { key, panes } of state.series) {
      const series = Array.from({ length: panes }, () => ({
        index: next(),
        entered: next(),
        exits: read(),
        unfinished: read(),
      }))
      this.#series.set(key, series)
    }
    return true
  }
}

type Coarse = {
  /** Of the coarse pane. */
  readonly index: number
  entered: number
  readonly exits: Map<number, number>
  readonly unfinished: Map<number, number>
}

export type VisitHistoryState = {
  readonly panes: number
  readonly since: number
  readonly series: readonly { readonly key: SegmentKey | undefined; readonly panes: number }[]
  /** Of each pane of each series: index, entered, and two lists of pairs of bucket and count, their lengths before them. */
  readonly counts: Float64Array
}

function addTo(counts: Map<number, number>, bucket: number, count: number): void {
  counts.set(bucket, (counts.get(bucket) ?? 0) + count)
}

function tell(counts: ReadonlyMap<number, number>, each: (bucket: number, count: number) => void): void {
  for (const [bucket, count] of counts) each(bucket, count)
}

function listed(counts: ReadonlyMap<number, number>): number[] {
  const rising = [...counts].sort(([left], [right]) => left - right)
  return [rising.length, ...rising.flat()]
}
