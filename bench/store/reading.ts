import { type Instant, instant } from '../../src/event/instant.ts'
import type { SegmentLabels } from '../../src/event/segment.ts'
import { RandomDraws } from '../../src/source/random-draws.ts'
import type { Store } from '../../src/store/store.ts'
import { caseIdOf, company, historyDays, historyFromMs, historyToMs } from './company.ts'
import { historyCases } from './history.ts'

/*
 * How long do the product's questions take over a month of history?
 *
 * Each is asked again and again with other cases, stages, segments and days, so none is quick because it was asked
 * before. An answer has to have the rows that the history gives it: speed cannot come from doing less.
 */
export type Question = {
  readonly name: string
  /** Rows of a right answer. */
  readonly rows: number
  /** @returns the rows of the answer. */
  readonly ask: (store: Store, draws: RandomDraws) => Promise<{ readonly length: number }>
}

const { process } = company
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const oneOf = <Value>(values: readonly Value[], draws: RandomDraws): Value => values[draws.next() % values.length]!
const anyStage = (draws: RandomDraws): string => oneOf(company.stages, draws)
const anySegment = (draws: RandomDraws): SegmentLabels => ({ warehouse: oneOf(company.warehouses, draws) })
const anyCase = (draws: RandomDraws): string => caseIdOf(draws.next() % historyCases, 'order')
const anyDay = (draws: RandomDraws): number => historyFromMs + (draws.next() % historyDays) * day
const month = { from: instant(historyFromMs), to: instant(historyToMs) }
const spanOf = (ms: number, lengthMs: number): { from: Instant; to: Instant } => ({
  from: instant(ms),
  to: instant(ms + lengthMs),
})

/** One line each. */
export const questions: readonly Question[] = [
  {
    name: 'visits of a case',
    rows: 5,
    ask: (store, draws) => store.visitsOfCase(process, anyCase(draws)),
  },
  {
    name: 'series of 30 days by hour, total',
    rows: historyDays * 24,
    ask: (store, draws) =>
      store.paneSeries({ process, stage: anyStage(draws), segment: undefined, ...month, stepMs: hour }),
  },
  {
    name: 'series of 30 days by hour, one segment',
    rows: historyDays * 24,
    ask: (store, draws) =>
      store.paneSeries({ process, stage: anyStage(draws), segment: anySegment(draws), ...month, stepMs: hour }),
  },
  {
    name: 'series of 30 days by day, total',
    rows: historyDays,
    ask: (store, draws) =>
      store.paneSeries({ process, stage: anyStage(draws), segment: undefined, ...month, stepMs: day }),
  },
  {
    name: 'series of 30 days by day, one segment',
    rows: historyDays,
    ask: (store, draws) =>
      store.paneSeries({ process, stage: anyStage(draws), segment: anySegment(draws), ...month, stepMs: day }),
  },
  {
    name: 'series of a day by minute, total',
    rows: 1_440,
    ask: (store, draws) =>
      store.paneSeries({
        process,
        stage: anyStage(draws),
        segment: undefined,
        ...spanOf(anyDay(draws), day),
        stepMs: minute,
      }),
  },
  {
    name: 'series of a day by minute, one segment',
    rows: 1_440,
    ask: (store, draws) =>
      store.paneSeries({
        process,
        stage: anyStage(draws),
        segment: anySegment(draws),
        ...spanOf(anyDay(draws), day),
        stepMs: minute,
      }),
  },
  {
    name: 'the newest 100 transitions of a day',
    rows: 100,
    ask: (store, draws) => store.transitions(process, instant(anyDay(draws)), 100),
  },
]

export type Times = { readonly p50Ms: number; readonly p95Ms: number; readonly mostMs: number }

/** @throws where an answer has not the rows that it should have. */
export async function askOnce(store: Store, { name, rows, ask }: Question, draws: RandomDraws): Promise<number> {
  const from = performance.now()
  const answer = await ask(store, draws)
  const ms = performance.now() - from
  if (answer.length !== rows) throw new Error(`"${name}" gave ${answer.length} rows instead of ${rows}`)
  return ms
}

export async function timesOf(store: Store, question: Question, times: number): Promise<Times> {
  const draws = new RandomDraws(3, 0)
  const took: number[] = []
  for (let time = 0; time < times; time++) took.push(await askOnce(store, question, draws))
  return timesIn(took)
}

export function timesIn(took: readonly number[]): Times {
  const sorted = took.toSorted((left, right) => left - right)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  return { p50Ms: at(0.5), p95Ms: at(0.95), mostMs: at(1) }
}
