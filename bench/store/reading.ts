import { type Instant, instant } from '../../src/event/instant.ts'
import type { SegmentLabels } from '../../src/event/segment.ts'
import { RandomDraws } from '../../src/source/random-draws.ts'
import type { Store } from '../../src/store/store.ts'
import { caseIdOf, company, historyDays, historyFromMs, historyToMs } from './company.ts'
import { historyCases } from './history.ts'
import { processCpuMs } from './thread-cpu.ts'

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

const stageOf = (draws: RandomDraws) => ({ process, stage: anyStage(draws) })
const ofMonth = (stepMs: number, draws: RandomDraws) => ({ ...stageOf(draws), ...month, stepMs })
const ofDay = (draws: RandomDraws) => spanOf(anyDay(draws), day)
const page = 50

/** One line each. */
export const questions: readonly Question[] = [
  asked('visits of a case', 5, (store, draws) => store.visitsOfCase(process, anyCase(draws))),
  asked('series of 30 days by hour, total', 720, (store, draws) => store.stageSeries(ofMonth(hour, draws))),
  asked('series of 30 days by hour, one segment', 720, (store, draws) =>
    store.stageSeries({ ...ofMonth(hour, draws), segment: anySegment(draws) }),
  ),
  asked('series of 30 days by day, total', 30, (store, draws) => store.stageSeries(ofMonth(day, draws))),
  asked('series of 30 days by day, one segment', 30, (store, draws) =>
    store.stageSeries({ ...ofMonth(day, draws), segment: anySegment(draws) }),
  ),
  asked('series of a day by minute, total', 1_440, (store, draws) =>
    store.stageSeries({ ...stageOf(draws), ...ofDay(draws), stepMs: minute }),
  ),
  asked('series of a day by minute, one segment', 1_440, (store, draws) =>
    store.stageSeries({ ...stageOf(draws), ...ofDay(draws), stepMs: minute, segment: anySegment(draws) }),
  ),
  asked('series of a day by hour, beside the day and the week before', 24, (store, draws) =>
    store.stageSeries({
      ...stageOf(draws),
      ...spanOf(historyToMs - (1 + (draws.next() % 20)) * day, day),
      stepMs: hour,
      compare: ['period-before', 'week-before'],
    }),
  ),
  asked('segments by contribution, 30 days', 8, async (store, draws) => {
    const found = await store.segmentContributions({
      ...{ ...stageOf(draws), ...month },
      ...{ by: ['warehouse'], order: 'sumMs', limit: 20 },
    })
    return found.segments
  }),
  asked('segments by contribution, a day beside the day before', 8, async (store, draws) => {
    const found = await store.segmentContributions({
      ...{ ...stageOf(draws), ...spanOf(historyToMs - (1 + (draws.next() % 20)) * day, day) },
      ...{ by: ['warehouse'], order: 'breached', limit: 20, compare: true },
    })
    return found.segments
  }),
  ...(['end', 'start'] as const).map(by =>
    asked(`visits behind a number, by their ${by} in an hour, the longest`, page, async (store, draws) => {
      const time = { by, ...spanOf(historyToMs - (3 + (draws.next() % 20)) * day, hour) }
      return (await store.visitPage({ ...stageOf(draws), time, order: 'longest', limit: page })).visits
    }),
  ),
  asked(
    'visits behind a number, by their end in 30 days, of a segment and breached, the longest',
    page,
    async (store, draws) => {
      const time = { by: 'end', ...month } as const
      const filter = { segment: anySegment(draws), breached: true }
      return (await store.visitPage({ ...stageOf(draws), time, filter, order: 'longest', limit: page })).visits
    },
  ),
  asked('the oldest open visits, and those overdue', page, async (store, draws) => {
    const at = instant(historyToMs - (4 + (draws.next() % 20)) * day)
    return (await store.openVisits({ ...{ process, stage: 'delivery', at }, targetMs: day, limit: page })).visits
  }),
  asked(
    'alerts of 30 days',
    page,
    async store => (await store.alertPage({ process, range: month, limit: page })).alerts,
  ),
  asked('the newest transitions of a day', page, (store, draws) =>
    store.transitions(process, instant(anyDay(draws)), page),
  ),
  asked('what is usual at an hour of the week, four weeks', 168, (store, draws) =>
    store.stageBaseline({
      ...{ ...stageOf(draws), before: month.to, weeks: 4 },
      ...{ timezone: 'Europe/Berlin', segment: anySegment(draws) },
    }),
  ),
]

function asked(name: string, rows: number, ask: Question['ask']): Question {
  return { name, rows, ask }
}

export type Times = {
  readonly p50Ms: number
  readonly p95Ms: number
  /** Of the whole process, for an answer: it does not depend on who else uses the machine. */
  readonly cpuMs: number
}

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
  const cpu = processCpuMs()
  const took: number[] = []
  for (let time = 0; time < times; time++) took.push(await askOnce(store, question, draws))
  const sorted = took.toSorted((left, right) => left - right)
  const at = (share: number) => sorted[Math.floor(share * sorted.length)] ?? 0
  return { p50Ms: at(0.5), p95Ms: at(0.95), cpuMs: (processCpuMs() - cpu) / times }
}
