import type { BusinessCalendar } from '../model/business-calendar.ts'
import { lastPaneBefore } from './span.ts'
import type { SeriesView } from './views.ts'

/** What the ages of open visits are asked of. */
export type AgesQuestion = {
  readonly parts: readonly { readonly series: SeriesView }[]
  readonly paneMs: number
  readonly at: number
}

/** What is asked to find visits that have been open for longer than they should. */
export type OverdueQuestion = {
  /** Each with the target in ms of its visits; undefined: they have none. */
  readonly overdueParts: readonly { readonly series: SeriesView; readonly targetMs: number | undefined }[]
  readonly paneMs: number
  readonly at: number
}

/** The ages of the visits that are open at T, several series of one stage together; in the stage's own time. */
export class OpenAges {
  /** Number of open visits that had entered by T. */
  readonly total: number
  readonly #question: AgesQuestion
  /** Visits by pane of entry, rising, of all parts together; made when it is asked for. */
  #byPane: readonly (readonly [pane: number, count: number])[] | undefined

  constructor(question: AgesQuestion) {
    const last = lastPaneBefore(question.at, question.paneMs)
    this.#question = question
    this.total = question.parts.reduce((total, { series }) => total + series.open.countUntil(last), 0)
  }

  /** Nearest rank; the youngest pane holds the smallest ages. */
  quantile(q: number): number | undefined {
    if (this.total === 0) return undefined
    const rank = Math.max(1, Math.ceil(q * this.total))
    const { parts, paneMs, at } = this.#question
    const [first, ...others] = parts
    const only = others.length === 0 ? first?.series.open : undefined
    const pane = only?.paneOfRank(this.total - rank + 1) ?? this.#paneOfYoungest(rank)
    return ageOf(pane, paneMs, at, first?.series.calendar)
  }

  #paneOfYoungest(rank: number): number {
    this.#byPane ??= entriesOf(this.#question)
    let left = rank
    for (let index = this.#byPane.length - 1; index >= 0; index--) {
      const [pane, count] = this.#byPane[index] as readonly [number, number]
      left -= count
      if (left <= 0) return pane
    }
    throw new Error('open visits do not add up to their total')
  }
}

/** The number of open visits whose age exceeds their target. */
export function overdueOf({ overdueParts, paneMs, at }: OverdueQuestion): number {
  let overdue = 0
  for (const { series, targetMs } of overdueParts) {
    if (targetMs === undefined) continue
    overdue += series.open.countUntil(lastOverduePane(targetMs, paneMs, at, series.calendar))
  }
  return overdue
}

/** The age at T of visits that entered in a pane: from the middle of the pane, so right to half its width; never negative. */
export function ageOf(pane: number, paneMs: number, at: number, calendar: BusinessCalendar | undefined): number {
  const middle = (pane + 0.5) * paneMs
  if (calendar !== undefined && middle < at) return calendar.businessMs(middle, at)
  return Math.max(0, at - middle)
}

/** The youngest pane whose visits are older than the target. */
function lastOverduePane(targetMs: number, paneMs: number, at: number, calendar: BusinessCalendar | undefined): number {
  const entry = latestOverdueEntry(targetMs, at, calendar)
  if (entry === undefined) return -Infinity
  // Rounding may be off by a pane; the age itself decides.
  let pane = Math.ceil((entry + 1) / paneMs) + 1
  while (!(ageOf(pane, paneMs, at, calendar) > targetMs)) pane--
  return Math.min(pane, lastPaneBefore(at, paneMs))
}

/** The last instant, in whole ms, of which the age at T exceeds the target; undefined: none does. */
function latestOverdueEntry(targetMs: number, at: number, calendar: BusinessCalendar | undefined): number | undefined {
  // A night or a week without work makes no older, so a ms more than the target lies before all of it.
  return calendar === undefined ? at - targetMs - 1 : calendar.addBusinessMs(at, -(targetMs + 1))
}

function entriesOf({ parts, paneMs, at }: AgesQuestion): [pane: number, count: number][] {
  const last = lastPaneBefore(at, paneMs)
  const entries: [number, number][] = []
  for (const { series } of parts) series.open.forEachUntil(last, (pane, count) => entries.push([pane, count]))
  return entries.sort(([left], [right]) => left - right)
}
