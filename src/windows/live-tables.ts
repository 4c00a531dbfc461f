import type { ProcessDefinition } from '../model/definitions.ts'
import { DayOfEntries, entryRate, type SeriesOfStage } from './entry-rate.ts'
import type { LifeTable } from './life-table.ts'
import { type BusinessTime, LifeTableCounts } from './life-table-counts.ts'
import { liveWindowMs } from './life-table-width.ts'
import { paneIndexOf } from './span.ts'
import { calendarOf } from './stage-calendar.ts'
import type { SeriesView } from './views.ts'

export type LiveTablesOptions = {
  /** W as the reader asks for it. */
  readonly windowMs: number
  readonly paneMs: number
  /** How far T moves from one evaluation of everything to the next, in ms. */
  readonly tickMs: number
  /** Of the stage: ages and the window are business time. undefined: the wall clock. */
  readonly calendar: BusinessTime | undefined
}

/**
 * The life tables of the segments of one stage, cut and windowed as one reader wants them.
 *
 * A table is made when it is asked for and remembered until T enters another pane. A thousand of them take longer than a
 * tick may: where T moves by less than a pane, those of the pane before are renewed in turn, an even share of them a
 * tick, and answer until then.
 *
 *     pane     │           7           │           8           │
 *     ticks    ╵   ╵   ╵   ╵   ╵   ╵   ╵   ╵   ╵   ╵   ╵   ╵   ╵
 *     tables       ▲a  ▲b  ▲c              ▲a  ▲b  ▲c               a, b, c: a third of the segments each
 *
 * Where T moves by panes, as it does over history, every table is that of T.
 */
export class LiveTables {
  readonly #options: LiveTablesOptions
  readonly #known = new Map<string, Known>()
  /** Of series that are given away nothing is kept. */
  readonly #days = new WeakMap<SeriesView, DayOfEntries>()
  #counts: LifeTableCounts | undefined
  #at = -Infinity
  #pane = -Infinity
  #tick = -Infinity
  #mayAnswerLater = false
  /** Tables of panes before, and how many of them are to be renewed in this tick. */
  #old = 0
  #turns = 0

  constructor(options: LiveTablesOptions) {
    this.#options = options
  }

  /** How many are remembered: those of the segments that were asked for in this pane or the one before. */
  get size(): number {
    return this.#known.size
  }

  /** Moves to T; never back. */
  moveTo(at: number): void {
    if (at === this.#at) return
    const { paneMs, tickMs } = this.#options
    const pane = paneIndexOf(at, paneMs)
    this.#mayAnswerLater = at - this.#at < paneMs
    this.#at = at
    if (pane !== this.#pane) {
      for (const [segment, { askedIn }] of this.#known) if (askedIn < pane - 1) this.#known.delete(segment)
      this.#pane = pane
      this.#old = this.#known.size
    }
    const tick = Math.floor(at / tickMs)
    if (tick === this.#tick) return
    this.#tick = tick
    const ticksLeft = Math.ceil(((pane + 1) * paneMs - at) / tickMs)
    this.#turns = Math.ceil(this.#old / ticksLeft)
  }

  /** @param parts the series of the segment: of several shards, or of several segments that are one to the reader. */
  of(segment: string, parts: readonly SeriesOfStage[]): LifeTable {
    const known = this.#known.get(segment)
    if (known !== undefined) {
      known.askedIn = this.#pane
      if (known.pane === this.#pane) return known.table
      if (this.#mayAnswerLater && this.#turns === 0 && known.pane === this.#pane - 1) return known.table
      this.#old--
      if (this.#turns > 0) this.#turns--
    }
    const table = this.#make(parts)
    this.#known.set(segment, { table, pane: this.#pane, askedIn: this.#pane })
    return table
  }

  #make(parts: readonly SeriesOfStage[]): LifeTable {
    const { windowMs, paneMs, calendar } = this.#options
    const wide = liveWindowMs(windowMs, entryRate(parts.map(part => this.#dayOf(part))))
    const window = { at: this.#at, windowMs: wide, paneMs, calendar }
    if (this.#counts === undefined) this.#counts = new LifeTableCounts(window)
    else this.#counts.restart(window)
    const counts = this.#counts
    const { first, last } = counts.range
    for (const { series } of parts) {
      series.open.forEachUntil(last, (pane, visits) => counts.open(pane, visits))
      series.forEachPane(first, last, pane => counts.addPane(pane))
    }
    return counts.table()
  }

  #dayOf(part: SeriesOfStage): DayOfEntries {
    let day = this.#days.get(part.series)
    if (day === undefined) {
      day = new DayOfEntries(this.#options.paneMs)
      this.#days.set(part.series, day)
    }
    day.moveTo(part)
    return day
  }
}

type Known = {
  readonly table: LifeTable
  /** Of the T that it was made at. */
  readonly pane: number
  askedIn: number
}

/** Those of a stage, over a window. */
export function liveTablesOf(process: ProcessDefinition, stage: number, windowMs: number): LiveTables {
  const { paneMs, evaluateEveryMs: tickMs, stages } = process
  const definition = stages[stage]
  const calendar = definition === undefined ? undefined : calendarOf(definition)
  return new LiveTables({ windowMs, paneMs, tickMs, calendar })
}
