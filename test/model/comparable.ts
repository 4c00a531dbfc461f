import { expect } from 'vitest'
import type { AttributeValue } from '../../src/event/event.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { ownMs } from './business-durations.ts'
import type { OracleState, OracleVisit } from './oracle.ts'
import type { DurationValues } from './panes.ts'

/*
 * The form in which a shard and the model are compared: visits, panes, open visits and counts as lines of text, sorted.
 * Two texts that are the same are found so at once; only where they differ is it looked for what to print.
 */

/** One pane of one stage and segment; of the total where `segment` is `total`. */
export type PaneFact = {
  readonly stage: number
  readonly segment: string
  readonly start: number
  readonly entered: number
  readonly reworked: number
  readonly exited: number
  readonly abandoned: number
  readonly expired: number
  readonly breached: number
  readonly sum: number
  readonly min: number | null
  readonly max: number | null
  /** By name of the bucket, sorted. */
  readonly buckets: readonly (readonly [string, number])[]
  /** Where the stage has a calendar. */
  readonly business: Pick<PaneFact, 'sum' | 'min' | 'max' | 'buckets'> | null
}

export type OpenFact = {
  readonly stage: number
  readonly segment: string
  readonly entryPane: number
  readonly visits: number
}

export type Facts = {
  /** A line for each. */
  readonly visits: readonly string[]
  readonly panes: readonly PaneFact[]
  readonly open: readonly OpenFact[]
  /** By topic. */
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** The facts in lines, each kind sorted. */
export type Comparable = {
  readonly visits: readonly string[]
  readonly panes: readonly string[]
  readonly open: readonly string[]
  readonly counts: Facts['counts']
}

export const isAllZero = (pane: Pick<PaneFact, 'entered' | 'exited' | 'abandoned' | 'expired'>): boolean =>
  pane.entered === 0 && pane.exited === 0 && pane.abandoned === 0 && pane.expired === 0

const lines = new WeakMap<object, string>()

/** Its JSON; of what does not change it is written once. */
export function lineOf(fact: object): string {
  let line = lines.get(fact)
  if (line === undefined) {
    line = JSON.stringify(fact)
    lines.set(fact, line)
  }
  return line
}

export const linesOf = ({ visits, panes, open, counts }: Facts): string[] =>
  [...visits, ...panes.map(lineOf), ...open.map(lineOf), JSON.stringify(counts)].sort()

export const comparableFrom = ({ visits, panes, open, counts }: Facts): Comparable => ({
  visits: visits.toSorted(),
  panes: panes.map(lineOf).sort(),
  open: open.map(lineOf).sort(),
  counts,
})

export const comparableOf = (state: OracleState): Comparable => comparableFrom(factsOf(state))

/** @param context is printed where they differ. */
export function expectSameLines(shard: readonly string[], model: readonly string[], context: string): void {
  if (shard.length === model.length && shard.every((line, index) => line === model[index])) return
  const [inShard, inModel] = [new Set(shard), new Set(model)]
  expect({
    context,
    shardAlone: shard.filter(line => !inModel.has(line)),
    modelAlone: model.filter(line => !inShard.has(line)),
  }).toEqual({ context, shardAlone: [], modelAlone: [] })
  throw new Error(`${context}: the same lines, but not as often: ${shard.join('\n')}\nand\n${model.join('\n')}`)
}

export const countNames = [
  'events',
  'ignored',
  'duplicate',
  'conflicting',
  'late',
  'counted',
  'lateApplied',
  'beforeStart',
  'afterEnd',
  'unmatchedEnd',
] as const

const businessMsOf = ({ stages }: ProcessDefinition, { stage, start, end }: OracleVisit): number | null =>
  end === undefined || stages[stage]!.calendar === undefined ? null : ownMs(stages[stage]!, start, end)

/** Buckets by name. */
export const byName = ([left]: readonly [string, number], [right]: readonly [string, number]): number =>
  left < right ? -1 : 1

const durationFact = ({ sum, min, max, buckets }: DurationValues): NonNullable<PaneFact['business']> => ({
  sum,
  min: min ?? null,
  max: max ?? null,
  buckets: [...buckets].sort(byName),
})

const shown = (kind: string, value: AttributeValue): AttributeValue =>
  kind === 'instant' && typeof value === 'number' ? new Date(value).toISOString() : value

export function factsOf({ process, visits, panes, open, counts }: OracleState): Facts {
  return {
    visits: visits.map(visit =>
      JSON.stringify({
        stage: visit.stage,
        case: visit.case,
        start: visit.start,
        ordinal: visit.ordinal,
        visit: visit.visit,
        outcome: visit.outcome,
        end: visit.end ?? null,
        reason: visit.reason ?? null,
        businessMs: businessMsOf(process, visit),
        segment: JSON.parse(visit.segment),
        attributes: Object.fromEntries(
          process.attributes.flatMap(({ name, kind }, index) =>
            kind === 'field' || kind === 'number' ? [] : [[name, shown(kind, visit.attributes[index] ?? null)]],
          ),
        ),
      }),
    ),
    panes: panes
      .filter(pane => !isAllZero(pane))
      .map(pane => ({
        stage: pane.stage,
        segment: pane.segment,
        start: pane.start,
        entered: pane.entered,
        reworked: pane.reworked,
        exited: pane.exited,
        abandoned: pane.abandoned,
        expired: pane.expired,
        breached: pane.breached,
        ...durationFact(pane),
        business: pane.business === undefined ? null : durationFact(pane.business),
      })),
    open: open.map(({ stage, segment, entryPane, visits: count }) => ({ stage, segment, entryPane, visits: count })),
    counts: Object.fromEntries(
      Object.entries(counts).map(([slot, all]) => [
        slot.slice(0, slot.lastIndexOf('/')),
        Object.fromEntries(countNames.map(name => [name, all[name]])),
      ]),
    ),
  }
}
