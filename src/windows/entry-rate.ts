import type { SeriesView } from './views.ts'

/** How far before the horizon the panes lie that a rate is counted from, in ms: 24 hours and the one that is not whole. */
export const ENTRY_RATE_REACH_MS = 90_000_000

/** A series, and its stage in its shard. */
export type SeriesOfStage = {
  readonly series: SeriesView
  /** `settledUntil`: the newest pane that has settled; −Infinity: none has. */
  readonly stage: { readonly settledUntil: number }
}

/**
 * Visits that entered a series in 24 whole hours, the last one being the last that has settled.
 *
 *     ├──┼──┼── 24 hours ──┼──┼──┤    ┊        ┊
 *                                ↑    horizon  T        a pane counts in the hour in which it begins
 *
 * Settled panes stay as they are, so an hour is counted once and remembered, and still the count follows from the state
 * of the fold alone: after a restart it is the same. It costs no event anything.
 */
export class DayOfEntries {
  readonly #paneMs: number
  /** By hour, modulo 24. */
  readonly #byHour = new Float64Array(HOURS)
  entries = 0
  /** From the oldest of the hours in which anyone entered to the last of them; 0: nobody did. */
  hours = 0
  /** The hour after the last one that is counted. */
  #until = -Infinity

  constructor(paneMs: number) {
    this.#paneMs = paneMs
  }

  /** Counts the hours that have settled since the last call, of a series that is always the same. */
  moveTo({ series, stage }: SeriesOfStage): void {
    const paneMs = this.#paneMs
    const until = Math.floor(((stage.settledUntil + 1) * paneMs) / hourMs)
    if (!(until > this.#until)) return
    const from = Math.max(this.#until, until - HOURS)
    for (let hour = from; hour < until; hour++) this.#byHour[placeOf(hour)] = 0
    series.forEachPane(Math.ceil((from * hourMs) / paneMs), Math.ceil((until * hourMs) / paneMs) - 1, pane => {
      const place = placeOf(Math.floor((pane.index * paneMs) / hourMs))
      this.#byHour[place] = (this.#byHour[place] as number) + pane.entered
    })
    this.#until = until
    this.entries = 0
    this.hours = 0
    for (let hour = until - 1; hour >= until - HOURS; hour--) {
      const entries = this.#byHour[placeOf(hour)] as number
      this.entries += entries
      if (entries > 0) this.hours = until - hour
    }
  }
}

/**
 * Entries per ms, of series together.
 *
 * Where the oldest entry is younger than a day the time since then counts: a stream that has just begun, or a segment
 * that is new, is as busy as it is.
 */
export function entryRate(days: readonly DayOfEntries[]): number {
  let entries = 0
  let hours = 0
  for (const day of days) {
    entries += day.entries
    if (day.hours > hours) hours = day.hours
  }
  return entries === 0 ? 0 : entries / (hours * hourMs)
}

const hourMs = 3_600_000
const HOURS = 24

const placeOf = (hour: number): number => ((hour % HOURS) + HOURS) % HOURS
