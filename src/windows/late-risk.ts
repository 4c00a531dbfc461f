import type { ProcessDefinition } from '../model/definitions.ts'
import { foldStagesOf } from '../model/fold-stages.ts'
import { tellsLateRisk } from './config.ts'
import { DeadlineLateness } from './deadline-lateness.ts'
import type { DueLedger } from './due-ledger.ts'
import { type CountRange, countLateRisk } from './lateness-count.ts'
import { TOTAL_SLOT } from './pane-records.ts'
import { lastPaneBefore, paneIndexOf } from './span.ts'
import type { SeriesView, StageView } from './views.ts'

/** What late risk reads of a shard. */
export type ShardOfDeadlines = {
  /** Rests included. */
  readonly allStages: readonly StageView[]
  readonly due: DueLedger
}

/** A series of the stage that is asked about, in its shard. */
export type LateRiskPart = {
  readonly series: SeriesView
  readonly shard: ShardOfDeadlines
}

/**
 * How many open visits of one stage will probably be late, and how many are.
 *
 * The counts of a segment are remembered until T enters another pane: readers that cut the stage differently add up the
 * same ones, and what a tick costs does not depend on how often it comes.
 */
export class LateRisk {
  readonly lateness: DeadlineLateness
  readonly #stage: number
  readonly #paneMs: number
  /** Which of the process's deadlines; -1: the stage only has a target. */
  readonly #deadline: number
  #at = -Infinity
  #pane = Number.NaN
  #shards: readonly ShardOfDeadlines[] = []
  /** By shard and slot. */
  #known = new Map<ShardOfDeadlines, Map<number, CountRange>>()

  /** As `DeadlineLateness`. */
  constructor(process: ProcessDefinition, stage: number, wantedEntries?: number) {
    this.lateness = new DeadlineLateness(process, stage, wantedEntries)
    this.#stage = stage
    this.#paneMs = process.paneMs
    this.#deadline = foldStagesOf(process).deadlines.findIndex(one => one.stage === stage)
  }

  /** Moves to T; never back. */
  moveTo(at: number, shards: readonly ShardOfDeadlines[]): void {
    if (at === this.#at && isSame(shards, this.#shards)) return
    const pane = paneIndexOf(at, this.#paneMs)
    if (pane !== this.#pane || !isSame(shards, this.#shards)) this.#known = new Map()
    this.#pane = pane
    this.#shards = shards
    this.#at = at
    this.lateness.moveTo(
      at,
      shards.map(({ allStages }) => allStages),
    )
  }

  /** `late_risk` of some series together. */
  countOf(parts: readonly LateRiskPart[]): CountRange {
    let low = 0
    let high = 0
    for (const part of parts) {
      for (const slot of this.#slotsOf(part)) {
        const count = this.#countOf(part.shard, slot)
        low += count.low
        high += count.high
      }
    }
    return { low, high }
  }

  /**
   * Open visits of some series whose due instant has passed: those that are due in a pane that is over.
   *
   * @returns undefined where only the target says when a visit is due.
   */
  overdueOf(parts: readonly LateRiskPart[]): number | undefined {
    if (this.#deadline < 0) return undefined
    const last = paneIndexOf(this.#at, this.#paneMs) - 1
    let overdue = 0
    for (const part of parts) {
      for (const slot of this.#slotsOf(part)) overdue += part.shard.due.dueUntil(this.#deadline, slot, last)
    }
    return overdue
  }

  /** A total is made of its segments, whose life tables differ. */
  #slotsOf({ series, shard }: LateRiskPart): readonly number[] {
    if (series.slot !== TOTAL_SLOT) return [series.slot]
    if (this.#deadline >= 0) return shard.due.slotsOf(this.#deadline)
    const segments = [...(shard.allStages[this.#stage] as StageView).segments.values()]
    return segments.length === 0 ? [TOTAL_SLOT] : segments.map(({ slot }) => slot)
  }

  #countOf(shard: ShardOfDeadlines, slot: number): CountRange {
    let known = this.#known.get(shard)
    if (known === undefined) {
      known = new Map()
      this.#known.set(shard, known)
    }
    let count = known.get(slot)
    if (count === undefined) {
      count = this.#deadline < 0 ? this.#countByTarget(shard, slot) : this.#countStands(shard, slot)
      known.set(slot, count)
    }
    return count
  }

  /** Visits that entered in one pane are due together. */
  #countByTarget({ allStages }: ShardOfDeadlines, slot: number): CountRange {
    const stage = allStages[this.#stage] as StageView
    const segment = stage.segmentAt(slot)
    const { open, targetMs } = segment === undefined ? stage.total : (stage.segments.get(segment) as SeriesView)
    if (targetMs === undefined) return { low: 0, high: 0 }
    const { level } = this.lateness.deadline
    const chanceOf = this.lateness.byTarget(segment)
    let low = 0
    let high = 0
    open.forEachUntil(lastPaneBefore(this.#at, this.#paneMs), (pane, count) => {
      const chance = chanceOf(Math.min((pane + 0.5) * this.#paneMs, this.#at), targetMs)
      if (chance.low >= level) low += count
      if (chance.high >= level) high += count
    })
    return { low, high }
  }

  #countStands(shard: ShardOfDeadlines, slot: number): CountRange {
    let low = 0
    let high = 0
    for (const { position, slot: place, counts } of shard.due.standsOf(this.#deadline, slot)) {
      const { level } = this.lateness.deadline
      const chance = this.lateness.at(position, shard.allStages[position]?.segmentAt(place))
      const chanceOf = (entry: number, due: number) => chance(entry, due, level)
      const count = countLateRisk(counts.lines(), { at: this.#at, paneMs: this.#paneMs, level, chanceOf })
      low += count.low
      high += count.high
    }
    return { low, high }
  }
}

/** undefined: nobody is told the stage's late risk. */
export const lateRiskReader = (process: ProcessDefinition, stage: number): LateRisk | undefined =>
  tellsLateRisk(process, stage) ? new LateRisk(process, stage) : undefined

const isSame = (left: readonly unknown[], right: readonly unknown[]): boolean =>
  left.length === right.length && left.every((one, index) => one === right[index])
