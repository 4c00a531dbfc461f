import { expect } from 'vitest'
import { SegmentGroups } from '../../src/engine/segment-groups.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { statisticNames } from '../../src/model/statistics.ts'
import type { ShardView } from '../../src/shard/view.ts'
import { LateRisk } from '../../src/windows/late-risk.ts'
import { statisticsOf } from '../../src/windows/statistics.ts'
import { compareLifeTables } from './live-comparison.ts'
import type { OracleState } from './oracle.ts'
import { makeRule } from './process.ts'
import { type OracleStatistics, windowStatistics } from './statistics.ts'

/*
 * Window statistics of a shard against those of the model, of every stage by every cut of its dimensions: counts, sums
 * and extremes exactly, quantiles within 1.1 %.
 */

/** In panes; the longest two have a coarse old end, of 2 and of 8 panes. */
export const windowLengths = [1, 3, 40, 1_003, 4_100] as const
export const longest = 4_100

/** The process with rules that want these windows kept. */
export function withWindows(definition: ProcessDefinition, lengths: readonly number[]): ProcessDefinition {
  const rules = definition.stages.flatMap(({ target }, stage) =>
    lengths.map(panes =>
      makeRule({
        name: `r${stage}_${panes}`,
        stage,
        window: panes * definition.paneMs,
        // Of every other stage with a target somebody asks for late risk.
        when: target !== undefined && stage % 2 === 0 ? 'late_risk > 0' : 'wip > 0',
      }),
    ),
  )
  const ofMeasures = definition.measures.flatMap((_, measure) =>
    lengths.map(panes => makeRule({ name: `m${measure}_${panes}`, measure, window: panes * definition.paneMs })),
  )
  return { ...definition, rules: [...rules, ...ofMeasures] }
}

/** What was compared, so that a test can tell that it was not nothing. */
export type Compared = { segments: number; coarse: number; quantiles: number; aged: number; tables: number }

export const nothingCompared = (): Compared => ({ segments: 0, coarse: 0, quantiles: 0, aged: 0, tables: 0 })

export class WindowComparison {
  readonly #definition: ProcessDefinition
  readonly #readers: readonly {
    readonly stage: number
    readonly by: readonly number[]
    readonly groups: SegmentGroups
  }[]

  constructor(definition: ProcessDefinition) {
    this.#definition = definition
    // Of each stage: its total, its full `by`, and each of its dimensions alone where there are two.
    this.#readers = definition.stages.flatMap(({ by }, stage) => {
      const cuts = [[], ...(by.length > 0 ? [by] : []), ...(by.length > 1 ? [by.slice(0, 1), by.slice(1)] : [])]
      return cuts.map(cut => ({ stage, by: cut, groups: new SegmentGroups(definition, stage, cut) }))
    })
  }

  /**
   * @param panes the window's length; one of those that the process was given.
   * @param at later than all events so far.
   * @param isShort whether the stage has more segments than slots: then its total alone is compared, and that without
   *   `overdue` where targets differ by segment, since visits under `__other__` are open under one target.
   */
  compare(
    shard: ShardView,
    state: OracleState,
    panes: number,
    at: number,
    compared: Compared,
    isShort: (stage: number) => boolean = () => false,
  ): void {
    const { paneMs } = this.#definition
    const windowMs = panes * paneMs
    for (const [stage, { total }] of shard.stages.entries()) {
      if (compareLifeTables(this.#definition, stage, total, state, windowMs, at)) compared.tables++
    }
    for (const { stage, by, groups } of this.#readers) {
      if (by.length > 0 && isShort(stage)) continue
      const wanted = windowStatistics(state, stage, by, windowMs, at)
      const { target, deadline } = this.#definition.stages[stage]!
      const hasTarget = target !== undefined || deadline?.at !== undefined
      const risk = deadline?.at === undefined ? undefined : new LateRisk(this.#definition, stage)
      risk?.moveTo(at, [shard])
      const except = isShort(stage) && (target?.by.length ?? 0) > 0 ? 'overdue' : undefined
      const missing = new Set(wanted.keys())
      for (const { segment, parts, overdueParts } of groups.of([shard]).values()) {
        const overdueByInstant = () => risk?.overdueOf(parts)
        const found = statisticsOf({ parts, overdueParts, windowMs, paneMs, at, hasTarget, overdueByInstant })
        const exact = wanted.get(segment) ?? nothing(hasTarget)
        expectSame(`stage ${stage} by ${by} segment ${segment}, ${panes} panes at ${at}`, found, exact, except)
        missing.delete(segment)
        compared.segments += segment === '[]' ? 0 : 1
        compared.coarse += panes > 1_000 && (exact.exited ?? 0) > 0 ? 1 : 0
        compared.quantiles += (exact.p50 ?? 0) > 0 ? 1 : 0
        compared.aged += (exact.age_max ?? 0) > 0 ? 1 : 0
      }
      if (missing.size > 0) expect({ stage, by, panes, at, missing: [...missing] }).toEqual({ missing: [] })
    }
  }
}

/** Of a segment that has only been heard of before the window. */
const nothing = (hasTarget: boolean): OracleStatistics => ({
  entered: 0,
  exited: 0,
  abandoned: 0,
  expired: 0,
  reworked: 0,
  throughput: 0,
  sum: 0,
  wip: 0,
  at_risk: 0,
  ...(hasTarget ? { breached: 0, overdue: 0 } : {}),
})

/** Those that are one number wherever they have a value. */
type PlainStatistic = (typeof statisticNames)[number]

const quantile = /^p\d\d$/

function isSame(name: PlainStatistic, found: number | undefined, exact: number | undefined): boolean {
  if (found === undefined || exact === undefined) return found === exact
  const bound = quantile.test(name) ? 0.011 * exact : name === 'throughput' ? 1e-12 * exact : 0
  return Math.abs(found - exact) <= bound
}

function expectSame(
  context: string,
  found: (name: PlainStatistic) => number | undefined,
  exact: OracleStatistics,
  except: PlainStatistic | undefined,
): void {
  const differ = statisticNames.filter(name => name !== except && !isSame(name, found(name), exact[name]))
  if (differ.length === 0) return
  const valuesOf = (lookup: (name: PlainStatistic) => number | undefined) =>
    Object.fromEntries(differ.map(name => [name, lookup(name)]))
  expect({ context, ...valuesOf(found) }).toEqual({ context, ...valuesOf(name => exact[name]) })
  throw new Error(`${context}: ${differ} differ`)
}
