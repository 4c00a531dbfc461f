import type { RandomDraws } from '../../src/source/random-draws.ts'
import { bucketOf } from '../../src/windows/histogram.ts'
import type { LifeTable } from '../../src/windows/life-table.ts'
import { type BusinessTime, LifeTableCounts } from '../../src/windows/life-table-counts.ts'
import type { LifeTableVisit } from './life-table.ts'

export const MINUTE = 60_000
export const HOUR = 3_600_000

/** How long visits of a generated stage last; all smooth, of shapes that stages have. */
export const sojourns = {
  lognormal: (draws: RandomDraws, medianMs: number) => medianMs * Math.exp(0.6 * normal(draws)),
  exponential: (draws: RandomDraws, medianMs: number) => (-Math.log(1 - draws.fraction()) * medianMs) / Math.LN2,
  weibull: (draws: RandomDraws, medianMs: number) =>
    medianMs * (-Math.log(1 - draws.fraction()) / Math.LN2) ** (1 / 1.8),
} as const

/** A draw of the standard normal distribution, with its tails. */
const normal = (draws: RandomDraws): number =>
  Math.sqrt(-2 * Math.log(1 - draws.fraction())) * Math.cos(2 * Math.PI * draws.fraction())

/** Instants of Poisson arrivals in [from, until), in whole ms. */
export function arrivals(draws: RandomDraws, perHour: number, from: number, until: number): number[] {
  const found: number[] = []
  for (let at = from; ; ) {
    at += (-Math.log(1 - draws.fraction()) / perHour) * HOUR
    if (at >= until) return found
    found.push(Math.floor(at))
  }
}

type Pane = { entered: number; exited: Map<number, number>; left: Map<number, number> }

/**
 * A stage as the windows see it: panes, and open visits by the pane of their entry. Time goes forward only.
 *
 * Plain maps, so that it is plain what a life table is told.
 */
export class StagePanes {
  readonly #paneMs: number
  readonly #calendar: BusinessTime | undefined
  readonly #changes: { readonly at: number; readonly visit: LifeTableVisit; readonly enters: boolean }[]
  readonly #panes = new Map<number, Pane>()
  readonly #open = new Map<number, number>()
  #next = 0

  /** @param calendar where the stage counts business time. */
  constructor(visits: readonly LifeTableVisit[], paneMs: number, calendar?: BusinessTime) {
    this.#paneMs = paneMs
    this.#calendar = calendar
    this.#changes = visits
      .flatMap(visit => [
        { at: visit.entry, visit, enters: true },
        ...(visit.leave === undefined ? [] : [{ at: visit.leave.at, visit, enters: false }]),
      ])
      .sort((left, right) => left.at - right.at)
  }

  /** Everything before an instant has happened. */
  advance(at: number): void {
    for (;;) {
      const change = this.#changes[this.#next]
      if (change === undefined || change.at >= at) return
      this.#next++
      const entryPane = this.#indexOf(change.visit.entry)
      addTo(this.#open, entryPane, change.enters ? 1 : -1)
      if (change.enters) this.#paneAt(change.at).entered++
      else {
        const pane = this.#paneAt(change.at)
        const counts = change.visit.leave?.completed === true ? pane.exited : pane.left
        const { entry } = change.visit
        addTo(counts, bucketOf(this.#calendar?.businessMs(entry, change.at) ?? change.at - entry), 1)
      }
    }
  }

  tell(counts: LifeTableCounts): void {
    for (const [pane, count] of this.#open) counts.open(pane, count)
    for (let index = counts.range.first; index <= counts.range.last; index++) {
      const pane = this.#panes.get(index)
      if (pane === undefined) continue
      counts.pane(index)
      counts.entered(pane.entered)
      for (const [bucket, count] of pane.exited) counts.exited(bucket, count)
      for (const [bucket, count] of pane.left) counts.left(bucket, count)
    }
  }

  /** The life table at an instant, and where its window begins. */
  lifeTable(at: number, windowMs: number): { readonly table: LifeTable; readonly start: number } {
    this.advance(at)
    const counts = new LifeTableCounts({ at, windowMs, paneMs: this.#paneMs, calendar: this.#calendar })
    this.tell(counts)
    return { table: counts.table(), start: counts.range.first * this.#paneMs }
  }

  /** Visits that entered in the panes of [from, until). */
  entered(from: number, until: number): number {
    let sum = 0
    for (let index = this.#indexOf(from); index < this.#indexOf(until); index++) {
      sum += this.#panes.get(index)?.entered ?? 0
    }
    return sum
  }

  #indexOf(at: number): number {
    return Math.floor(at / this.#paneMs)
  }

  #paneAt(at: number): Pane {
    const index = this.#indexOf(at)
    let pane = this.#panes.get(index)
    if (pane === undefined) {
      pane = { entered: 0, exited: new Map(), left: new Map() }
      this.#panes.set(index, pane)
    }
    return pane
  }
}

function addTo(counts: Map<number, number>, key: number, by: number): void {
  const count = (counts.get(key) ?? 0) + by
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}
