import { bucketOf } from '../../src/windows/histogram.ts'
import { CaseLateness, type Chance } from '../../src/windows/lateness.ts'
import { segmentDepth } from '../../src/windows/lateness-segment.ts'
import type { LifeTable } from '../../src/windows/life-table.ts'
import { type BusinessTime, LifeTableCounts } from '../../src/windows/life-table-counts.ts'
import { dataEnds, isLate, type Order, passagesOf, stageAt } from './lateness-orders.ts'

/*
 * What the engine would have said of every open order, from day to day, knowing the past only.
 *
 * The changes of all passages lie in one list by time. At an instant T those before it have been told to the counts, by
 * pane, of every segment; the life tables are made of these, and of each order that is open at T and not due yet
 * the chance to be late is asked. (Of one that is overdue everybody says 1.)
 */

const DAY = 86_400_000
/** As the process file of Olist says. */
const paneMs = 3_600_000

export type ForecastPlan = {
  readonly from: number
  readonly until: number
  readonly everyMs: number
  readonly windowMs: number
  /** The values that make segments, coarsest first. */
  readonly by: readonly ('customerState' | 'sellerState')[]
  readonly calendar?: BusinessTime
}

/** The steady part: before April 2017 orders are few, and many of those open after March 2018 are due after the data ends. */
export const steady = { from: Date.UTC(2017, 3, 1), until: Date.UTC(2018, 3, 1), windowMs: 90 * DAY } as const

export type Forecast = {
  readonly order: Order
  readonly at: number
  readonly stage: number
  /** What was asked: of the segment that speaks for the order. */
  readonly lateness: CaseLateness
  readonly chance: Chance
  readonly isLate: boolean
}

export function forecast(orders: readonly Order[], plan: ForecastPlan): Forecast[] {
  const changes = changesOf(orders)
  const known = new Known(plan)
  const forecasts: Forecast[] = []
  let next = 0
  let bought = 0
  let open: Order[] = []
  for (let at = plan.from; at < plan.until; at += plan.everyMs) {
    for (; next < changes.length && changes[next]!.at < at; next++) known.tell(changes[next]!)
    for (; bought < orders.length && orders[bought]!.purchasedAt < at; bought++) open.push(orders[bought]!)
    open = open.filter(({ deliveredAt, dueAt }) => !(deliveredAt !== undefined && deliveredAt < at) && dueAt > at)
    known.turnTo(at)
    for (const order of open) {
      // By the due instant alone, so that leaving them out favours no outcome.
      if (order.dueAt >= dataEnds) continue
      const stage = stageAt(order, at)
      forecasts.push({ order, at, stage, ...known.ask(order, stage), isLate: isLate(order) })
    }
  }
  return forecasts
}

/** What P(late) is taken for where only a range is known. */
export const middle = ({ chance }: Forecast): number => (chance.low + chance.high) / 2

type Change = {
  readonly at: number
  readonly order: Order
  readonly table: string
  readonly entry: number
  readonly enters: boolean
}

function changesOf(orders: readonly Order[]): Change[] {
  const changes: Change[] = []
  for (const order of orders) {
    for (const { of, stage, entry, end } of passagesOf(order)) {
      const table = `${of} ${stage}`
      changes.push({ at: entry, order, table, entry, enters: true })
      if (end !== Number.POSITIVE_INFINITY) changes.push({ at: end, order, table, entry, enters: false })
    }
  }
  // Stable: of a passage without length the entry stays first.
  return changes.sort((left, right) => left.at - right.at)
}

class Known {
  readonly #plan: ForecastPlan
  readonly #counts = new Map<string, SegmentCounts>()
  readonly #tables = new Map<string, LifeTable>()
  readonly #lateness = new Map<string, CaseLateness>()
  #at = 0

  constructor(plan: ForecastPlan) {
    this.#plan = plan
  }

  tell({ at, order, table, entry, enters }: Change): void {
    for (let depth = 0; depth <= this.#plan.by.length; depth++) {
      const key = this.#key(table, order, depth)
      const counts = this.#counts.get(key) ?? new SegmentCounts()
      this.#counts.set(key, counts)
      if (enters) counts.enter(at)
      else counts.leave(entry, at, this.#plan.calendar)
    }
  }

  turnTo(at: number): void {
    this.#at = at
    this.#tables.clear()
    this.#lateness.clear()
  }

  ask(order: Order, stage: number): Pick<Forecast, 'lateness' | 'chance'> {
    const entry = order.entries[stage]!
    const lateness = this.#latenessOf(this.#tableKey(`stage ${stage}`, order), this.#tableKey(`rest ${stage}`, order))
    const chance = lateness.chance(this.#elapsed(entry, this.#at), this.#elapsed(entry, order.dueAt))
    return { lateness, chance }
  }

  #latenessOf(stage: string, rest: string): CaseLateness {
    const known = this.#lateness.get(`${stage}|${rest}`)
    if (known !== undefined) return known
    const made = new CaseLateness(this.#tableOf(stage), this.#tableOf(rest))
    this.#lateness.set(`${stage}|${rest}`, made)
    return made
  }

  #elapsed(from: number, to: number): number {
    return this.#plan.calendar?.businessMs(from, to) ?? to - from
  }

  #key(table: string, order: Order, depth: number): string {
    return [table, ...this.#plan.by.slice(0, depth).map(name => order[name])].join(' ')
  }

  #tableKey(table: string, order: Order): string {
    const values = this.#plan.by.map(name => order[name])
    const oldest = this.#at - this.#plan.windowMs
    return this.#key(
      table,
      order,
      segmentDepth(values, depth => this.#counts.get(this.#key(table, order, depth))?.enteredSince(oldest) ?? 0),
    )
  }

  #tableOf(key: string): LifeTable {
    const known = this.#tables.get(key)
    if (known !== undefined) return known
    const { windowMs, calendar } = this.#plan
    const counts = new LifeTableCounts({ at: this.#at, windowMs, paneMs, calendar })
    this.#counts.get(key)?.tellTo(counts)
    const made = counts.table()
    this.#tables.set(key, made)
    return made
  }
}

/** What panes and open visits hold of one segment, kept plainly: instants of entry, and who left when and how old. */
class SegmentCounts {
  readonly #entries: number[] = []
  readonly #leftIn: number[] = []
  readonly #buckets: number[] = []
  readonly #open = new Map<number, number>()

  enter(at: number): void {
    this.#entries.push(at)
    const pane = Math.floor(at / paneMs)
    this.#open.set(pane, (this.#open.get(pane) ?? 0) + 1)
  }

  leave(entry: number, at: number, calendar: BusinessTime | undefined): void {
    this.#leftIn.push(Math.floor(at / paneMs))
    this.#buckets.push(bucketOf(calendar?.businessMs(entry, at) ?? at - entry))
    const pane = Math.floor(entry / paneMs)
    const open = this.#open.get(pane)! - 1
    if (open === 0) this.#open.delete(pane)
    else this.#open.set(pane, open)
  }

  enteredSince(at: number): number {
    return this.#entries.length - firstFrom(this.#entries, at)
  }

  tellTo(counts: LifeTableCounts): void {
    for (const [pane, visits] of this.#open) counts.open(pane, visits)
    const { first, last } = counts.range
    counts.entered(this.enteredSince(first * paneMs))
    let told = Number.NaN
    for (let index = firstFrom(this.#leftIn, first); index < this.#leftIn.length; index++) {
      const pane = this.#leftIn[index]!
      if (pane > last) break
      if (pane !== told) counts.pane(pane)
      told = pane
      counts.exited(this.#buckets[index]!, 1)
    }
  }
}

/** The index of the first that is not below a value. */
function firstFrom(rising: readonly number[], value: number): number {
  let low = 0
  let high = rising.length
  while (low < high) {
    const half = (low + high) >> 1
    if (rising[half]! < value) low = half + 1
    else high = half
  }
  return low
}
