import { expect } from 'vitest'
import { MeasureGroups } from '../../src/engine/measure-groups.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { measureStatisticNames } from '../../src/model/statistics.ts'
import type { ShardView } from '../../src/shard/view.ts'
import { measureStatisticsOf } from '../../src/windows/measure-statistics.ts'
import { expectSameLines } from './comparable.ts'
import { type MeasuredEvents, type MeasureFact, measuredSegments, measureFacts, measureStatistics } from './measures.ts'
import type { FedShard } from './shard-state.ts'

/*
 * Panes and window statistics of a shard's measures against those of the model: all but quantiles exactly.
 *
 * A measure that may keep fewer segments than come (`isShort`) agrees in its total and in the sum of its segments, and
 * no segment has more than the model gives it.
 */
export type MeasuresCompared = { panes: number; windows: number; negative: number; short: number; distinct: number }

export const noMeasuresCompared = (): MeasuresCompared => ({ panes: 0, windows: 0, negative: 0, short: 0, distinct: 0 })

export class MeasureComparison {
  readonly #process: ProcessDefinition
  readonly #readers: readonly {
    readonly measure: number
    readonly by: readonly number[]
    readonly groups: MeasureGroups
  }[]

  constructor(process: ProcessDefinition) {
    this.#process = process
    this.#readers = process.measures.flatMap((definition, measure) => {
      const { by } = definition
      const cuts = [[], ...(by.length > 0 ? [by] : []), ...(by.length > 1 ? [by.slice(0, 1), by.slice(1)] : [])]
      return cuts.map(cut => ({ measure, by: cut, groups: new MeasureGroups(measure, definition, cut) }))
    })
  }

  /** @param measured the model's. */
  comparePanes(fed: FedShard, measured: MeasuredEvents, context: string, compared: MeasuresCompared): void {
    if (this.#readers.length === 0) return
    const wanted = measureFacts(this.#process, measured.now)
    const found = fed.measureFacts()
    const isShort = this.#process.measures.map((_, measure) => this.#isShort(measure, measured))
    const lines = (facts: readonly MeasureFact[]) => [
      ...facts
        .filter(({ measure, segment }) => segment === 'total' || !isShort[measure])
        .map(fact => JSON.stringify(fact)),
      ...summed(facts.filter(({ measure, segment }) => segment !== 'total' && isShort[measure])),
    ]
    expectSameLines(lines(found).sort(), lines(wanted).sort(), `measures ${context}`)
    const whole = new Map(wanted.map(fact => [keyOf(fact), fact]))
    for (const fact of found) {
      if (!isShort[fact.measure] || fact.segment.includes('__other__')) continue
      compared.short++
      const { count = 0 } = whole.get(keyOf(fact)) ?? {}
      if (fact.count > count) throw new Error(`${context}: ${JSON.stringify(fact)} is more than ${count}`)
    }
    for (const [measure, short] of isShort.entries()) {
      if (!short) expect(fed.shard.isMeasurePartial(measure)).toBe(false)
    }
    compared.panes += found.length
    compared.negative += found.filter(({ min }) => min < 0).length
    compared.distinct += found.filter(({ distinct, count }) => distinct !== null && distinct < count).length
  }

  /** @param at later than all events so far. */
  compareWindows(
    shard: ShardView,
    measured: MeasuredEvents,
    windowMs: number,
    at: number,
    compared: MeasuresCompared,
  ): void {
    for (const { measure, by, groups } of this.#readers) {
      if (by.length > 0 && this.#isShort(measure, measured)) continue
      const { decimals, distinct: keepsDistinct } = this.#process.measures[measure]!
      const wanted = measureStatistics(this.#process, measure, measured.now, by, windowMs, at)
      const missing = new Set(wanted.keys())
      for (const { segment, parts } of groups.of([shard]).values()) {
        const found = measureStatisticsOf({ parts, windowMs, at, decimals, keepsDistinct })
        const exact = wanted.get(segment) ?? { count: 0, sum: 0, ...(keepsDistinct ? { distinct: 0 } : {}) }
        missing.delete(segment)
        compared.windows++
        for (const name of measureStatisticNames) {
          const [is, should] = [found(name), exact[name]]
          if (isSame(name, is, should)) continue
          const context = `measure ${measure} by ${by} segment ${segment}, ${windowMs} ms at ${at}`
          expect({ context, [name]: is }).toEqual({ context, [name]: should })
        }
      }
      expect([...missing]).toEqual([])
    }
  }

  #isShort(measure: number, measured: MeasuredEvents): boolean {
    const { by, maxSegments } = this.#process.measures[measure]!
    return by.length > 0 && measuredSegments(this.#process, measure, measured.ever).size > maxSegments
  }
}

const keyOf = ({ measure, segment, start }: MeasureFact) => `${measure} ${segment} ${start}`

function isSame(name: string, found: number | undefined, exact: number | undefined): boolean {
  if (found === undefined || exact === undefined) return found === exact
  return Math.abs(found - exact) <= (/^p\d\d$/.test(name) ? 0.011 * Math.abs(exact) : 0)
}

/** All segments of a measure together, pane by pane. */
function summed(facts: readonly MeasureFact[]): string[] {
  const panes = new Map<
    string,
    { count: number; sum: bigint; min: number; max: number; buckets: Map<string, number> }
  >()
  for (const { measure, start, count, sum, min, max, buckets } of facts) {
    const key = `all segments of ${measure} in ${start}`
    const pane = panes.get(key) ?? { count: 0, sum: 0n, min: Infinity, max: -Infinity, buckets: new Map() }
    panes.set(key, pane)
    pane.count += count
    pane.sum += BigInt(sum)
    pane.min = Math.min(pane.min, min)
    pane.max = Math.max(pane.max, max)
    for (const [name, times] of buckets) pane.buckets.set(name, (pane.buckets.get(name) ?? 0) + times)
  }
  return [...panes].map(([key, { count, sum, min, max, buckets }]) =>
    JSON.stringify([key, count, String(sum), min, max, [...buckets].sort(([a], [b]) => (a < b ? -1 : 1))]),
  )
}
