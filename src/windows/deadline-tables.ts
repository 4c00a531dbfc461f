import { OTHER, type SegmentKey, segmentKey, segmentValues } from '../event/segment.ts'
import type { BusinessCalendar } from '../model/business-calendar.ts'
import { segmentDepth } from './lateness-segment.ts'
import type { LifeTable } from './life-table.ts'
import { LifeTableCounts, type PaneOfVisits } from './life-table-counts.ts'
import { lastPaneBefore, paneIndexOf } from './span.ts'
import type { SeriesView, StageView } from './views.ts'

export type DeadlineTablesOptions = {
  readonly paneMs: number
  /** In the stage's own time. */
  readonly windowMs: number
  /** Of the stage; undefined: its own time is the wall clock. */
  readonly calendar: BusinessCalendar | undefined
  /** Entries that a segment's table should rest on; not given: `WANTED_ENTRIES`. */
  readonly wantedEntries?: number
}

/**
 * The life tables of one stage, or of the rest of one, by which its cases are judged to be late.
 *
 * Which table speaks for a segment is said by `segmentDepth`: the finest beginning of the stage's `by` with enough
 * entries. All shards are merged. Where the stage keeps a history, a table reaches back over it; else only over the panes
 * that the stage keeps anyway.
 *
 * Tables are remembered until T enters another slice, of which the window has at most 100. While there are fewer data
 * than the window is long the slices are shorter, a 100th of their age: what has just begun learns as it goes.
 */
export class DeadlineTables {
  readonly #options: DeadlineTablesOptions
  #at = -Infinity
  #shards: readonly StageView[] = []
  /** T, in slices, of the tables that are remembered. */
  #slice = Number.NaN
  #slicePanes = 1
  #first = 0
  /** By beginning of the segment. */
  #tables = new Map<SegmentKey, LifeTable>()
  #entered = new Map<SegmentKey, number>()
  /** By beginning: the segments that begin so. */
  #segments: Map<SegmentKey, SegmentKey[]> | undefined
  #depths = new Map<SegmentKey, SegmentKey>()

  constructor(options: DeadlineTablesOptions) {
    this.#options = options
  }

  /**
   * Moves to T; never back.
   *
   * @param shards the stage in each of them.
   */
  moveTo(at: number, shards: readonly StageView[]): void {
    const { paneMs } = this.#options
    if (at === this.#at && isSame(shards, this.#shards)) return
    this.#at = at
    if (isSame(shards, this.#shards) && paneIndexOf(at, this.#slicePanes * paneMs) === this.#slice) return
    this.#shards = shards
    this.#slicePanes = this.#panesOfSlice(at)
    this.#slice = paneIndexOf(at, this.#slicePanes * paneMs)
    this.#first = this.#firstPane(at)
    this.#tables = new Map()
    this.#entered = new Map()
    this.#depths = new Map()
    this.#segments = undefined
  }

  /** The table that speaks for a segment. @param segment of the stage; undefined: the stage is not cut. */
  of(segment: SegmentKey | undefined): LifeTable {
    const beginning = segment === undefined ? TOTAL_BEGINNING : this.#beginningFor(segment)
    let table = this.#tables.get(beginning)
    if (table === undefined) {
      table = this.#make(beginning)
      this.#tables.set(beginning, table)
    }
    return table
  }

  #beginningFor(segment: SegmentKey): SegmentKey {
    let beginning = this.#depths.get(segment)
    if (beginning === undefined) {
      // Nobody knows who was counted under the name of the rest.
      const values = segmentValues(segment).map(value => (value === OTHER ? null : value))
      const depth = segmentDepth(
        values,
        wanted => this.#enteredOf(segmentKey(values.slice(0, wanted))),
        this.#options.wantedEntries,
      )
      beginning = segmentKey(values.slice(0, depth))
      this.#depths.set(segment, beginning)
    }
    return beginning
  }

  #enteredOf(beginning: SegmentKey): number {
    let entered = this.#entered.get(beginning)
    if (entered === undefined) {
      entered = 0
      this.#forEachPart(beginning, (stage, segment, series) => {
        stage.history?.forEach(segment, this.#first, stage.settledUntil, pane => {
          entered = (entered as number) + pane.entered
        })
        series?.forEachPane(this.#liveFrom(stage), this.#last, pane => {
          entered = (entered as number) + pane.entered
        })
      })
      this.#entered.set(beginning, entered)
    }
    return entered
  }

  #make(beginning: SegmentKey): LifeTable {
    const { paneMs, windowMs, calendar } = this.#options
    const counts = new LifeTableCounts({ at: this.#at, windowMs, paneMs, calendar, firstPane: this.#first })
    this.#forEachPart(beginning, (stage, segment, series) => {
      series?.open.forEachUntil(this.#last, (pane, visits) => counts.open(pane, visits))
      stage.history?.forEach(segment, this.#first, stage.settledUntil, pane => {
        this.#tell(counts, pane, stage.history?.panes)
      })
      series?.forEachPane(this.#liveFrom(stage), this.#last, pane => this.#tell(counts, pane, stage.history?.panes))
    })
    return counts.table()
  }

  /**
   * A pane is told as its coarse one, whether it has settled or not: how far each partition has settled must not show, or
   * the same orders would be judged otherwise in six partitions than in one.
   */
  #tell(counts: LifeTableCounts, pane: PaneOfVisits, coarse = 1): void {
    const slice = Math.floor(pane.index / coarse) * coarse
    const from = Math.max(this.#first, slice)
    counts.pane(from, Math.min(slice + coarse, this.#last + 1) - from)
    counts.entered(pane.entered)
    pane.forEachExitWhileOpen((bucket, count) => counts.exited(bucket, count))
    pane.forEachUnfinished((bucket, count) => counts.left(bucket, count))
  }

  /** Calls for every segment of every shard that begins so; for the total, once a shard. */
  #forEachPart(
    beginning: SegmentKey,
    call: (stage: StageView, segment: SegmentKey | undefined, series: SeriesView | undefined) => void,
  ): void {
    for (const stage of this.#shards) {
      if (beginning === TOTAL_BEGINNING) call(stage, undefined, stage.total)
      else for (const segment of this.#segmentsOf(beginning)) call(stage, segment, stage.segments.get(segment))
    }
  }

  #segmentsOf(beginning: SegmentKey): readonly SegmentKey[] {
    if (this.#segments === undefined) {
      this.#segments = new Map()
      const all = new Set(
        this.#shards.flatMap(({ segments, history }) => [...segments.keys(), ...(history?.segments ?? [])]),
      )
      for (const segment of all) {
        const values = segmentValues(segment)
        for (let depth = 1; depth <= values.length; depth++) {
          const name = segmentKey(values.slice(0, depth))
          const known = this.#segments.get(name)
          if (known === undefined) this.#segments.set(name, [segment])
          else known.push(segment)
        }
      }
    }
    return this.#segments.get(beginning) ?? []
  }

  get #last(): number {
    return lastPaneBefore(this.#at, this.#options.paneMs)
  }

  /** The first pane that is not told by the history. */
  #liveFrom(stage: StageView): number {
    return stage.history === undefined ? this.#first : Math.max(this.#first, stage.settledUntil + 1)
  }

  /** Panes of the present slice: a power of two. */
  #panesOfSlice(at: number): number {
    const { paneMs, windowMs } = this.#options
    let oldest = Infinity
    for (const { history, total } of this.#shards) {
      if (history !== undefined && history.oldest < oldest) oldest = history.oldest
      total.open.forEachUntil(Math.min(oldest, lastPaneBefore(at, paneMs)), pane => {
        if (pane < oldest) oldest = pane
      })
    }
    const ageMs = oldest === Infinity ? 0 : Math.max(0, at - oldest * paneMs)
    let panes = 1
    while (Math.min(windowMs, ageMs) / (panes * paneMs) > MOST_SLICES) panes *= 2
    return panes
  }

  /** The first pane of the window: that of a coarse one, and of which every shard knows. */
  #firstPane(at: number): number {
    const { paneMs, calendar } = this.#options
    const windowMs = Math.min(
      this.#options.windowMs,
      ...this.#shards.map(({ history }) => history?.reachMs ?? Infinity),
    )
    const start = calendar === undefined ? at - windowMs : (calendar.addBusinessMs(at, -windowMs) ?? at - windowMs)
    let first = -Infinity
    for (const { history, keptSince } of this.#shards) {
      const panes = history?.panes ?? 1
      const aligned = paneIndexOf(start, panes * paneMs) * panes
      first = Math.max(first, aligned, history?.since ?? keptSince)
    }
    return first === -Infinity ? paneIndexOf(start, paneMs) : first
  }
}

/** Tables of a window, one after the other: each is at most a 50th of it old. */
const MOST_SLICES = 100

const TOTAL_BEGINNING = segmentKey([])

const isSame = (left: readonly StageView[], right: readonly StageView[]): boolean =>
  left.length === right.length && left.every((one, index) => one === right[index])
