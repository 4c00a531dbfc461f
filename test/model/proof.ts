import type fc from 'fast-check'
import { expect } from 'vitest'
import { expectSameLines, factsOf, linesOf } from './comparable.ts'
import { type Draw, Drawn } from './draw.ts'
import { isWithin, timesOf } from './drawn-history.ts'
import { drawOverflowingHistory, drawPlainHistory, type History, readable, smaller } from './histories.ts'
import { compareLateRisk, type LateRiskCompared } from './late-risk-comparison.ts'
import { MeasureComparison, type MeasuresCompared } from './measure-comparison.ts'
import { compareOpenCases, type OpenCasesCompared } from './open-cases-comparison.ts'
import { makeOracle } from './oracle.ts'
import { FedShard, topicsOf } from './shard-state.ts'
import { linesWithin, SlotWatch } from './slots.ts'
import { type Compared, longest, WindowComparison, windowLengths, withWindows } from './window-comparison.ts'

/*
 * The proof by generated histories: a shard and the model are fed the same records side by side and must agree on
 * visits, panes, open visits and counts, on panes of measures, and on the statistics of windows.
 *
 *     records  ●──●──●──●──●──●──●──●──●──●     state compared after every ● or only where one looks,
 *     looks          ▲        ▲     ▲     ▲     windows at an instant after all events so far, at each ▲
 *
 * A history is drawn from fast-check's generator, so its seed replays it, and becomes smaller record by record when it
 * fails (draw.ts, shrink.ts). Every eighth is of a process that may keep fewer segments than come (slots.ts).
 */

/** A history and where one looks at it. */
export type Question = History & {
  /** Lengths of the windows that are kept, in panes. */
  readonly lengths: readonly number[]
  /** The last one comes after the last record. */
  readonly looks: readonly Look[]
  /** After how many records the shard is published, again and again. */
  readonly publishEvery: number
}

type Look = {
  /** How far into the history, 0 … 1. */
  readonly share: number
  /** Which of the lengths. */
  readonly length: number
  /** How long after the latest event so far, in ms; more than 0. */
  readonly afterMs: number
  /** On the next edge of a pane, where a window holds complete panes only. */
  readonly onEdge: boolean
  /** The shard is restored from a snapshot of itself first. */
  readonly restarts: boolean
  /** Statistics are read from the shard's replica. */
  readonly onReplica: boolean
}

export function drawQuestion(draw: Draw): Question {
  const history = draw.oneIn(8) ? drawOverflowingHistory(draw) : drawPlainHistory(draw)
  const { paneMs } = history.process
  const others = windowLengths.filter(length => length !== longest)
  // The longest is always there: what is let go of then lies before anything that the history holds.
  const lengths = [longest, draw.of(others), draw.of(others)]
  const looks = [draw.below(100), draw.below(100), draw.below(100)].sort((left, right) => left - right)
  const afterMs = () => 1 + draw.of([0, draw.below(paneMs), draw.below(10 * paneMs)])
  const publishEvery = draw.of([1, 2, 3, 7, 1_000])
  return question(history, lengths, publishEvery, [
    ...looks.map(percent => ({
      share: percent / 100,
      length: draw.below(3),
      afterMs: afterMs(),
      onEdge: draw.oneIn(2),
      restarts: draw.oneIn(4),
      onReplica: draw.oneIn(3),
    })),
    // So late, at times, that the old end of the longest windows lies among the events.
    {
      share: 1,
      length: draw.below(3),
      afterMs: afterMs() + draw.of([0, 0, 1_003, longest]) * paneMs,
      onEdge: draw.oneIn(2),
      restarts: false,
      onReplica: draw.oneIn(3),
    },
  ])
}

const question = (
  history: History,
  lengths: readonly number[],
  publishEvery: number,
  looks: readonly Look[],
): Question => ({
  ...readable(history),
  lengths,
  publishEvery,
  looks,
})

function* smallerQuestions({ process, arrivals, lengths, publishEvery, looks }: Question): Generator<Question> {
  for (const history of smaller({ process, arrivals })) yield question(history, lengths, publishEvery, looks)
}

export const questions = (): fc.Arbitrary<Question> => new Drawn(drawQuestion, smallerQuestions)

/** How much has been compared so far. */
export type Tally = {
  lengths: number[]
  states: number
  windows: Compared
  measures: MeasuresCompared
  lateRisk: LateRiskCompared
  openCases: OpenCasesCompared
  short: number
  certain: number
}

/**
 * @param everyRecord the state is compared after each record, not only at the looks.
 * @throws where the two differ, with the lines that only one of them has.
 */
export function prove(
  { process, arrivals, lengths, publishEvery, looks }: Question,
  everyRecord: boolean,
  tally: Tally,
): void {
  const definition = withWindows(process, lengths)
  let fed = new FedShard(definition)
  const model = makeOracle(definition, topicsOf(definition), 0)
  const windows = new WindowComparison(definition)
  const measures = new MeasureComparison(definition)
  const slots = definition.stages.some(({ maxSegments }) => maxSegments < 10) ? new SlotWatch(definition) : undefined
  const isShort = (stage: number) => slots?.isShort(stage) === true
  const canBeCertain = isWithin(arrivals, longest * definition.paneMs)

  const compareStates = (context: string) => {
    tally.states++
    const state = model.state()
    const [found, wanted] = [fed.facts(), factsOf(state)]
    if (slots === undefined) expectSameLines(linesOf(found), linesOf(wanted), context)
    else {
      const within = canBeCertain ? slots : slots.withoutCertain()
      expectSameLines(linesWithin(within, found, wanted), linesWithin(within, wanted, wanted), context)
    }
    measures.comparePanes(fed, model.measured, context, tally.measures)
    return state
  }

  let latest = -Infinity
  let lookedAt = -Infinity
  const look = ({ length, afterMs, onEdge, restarts, onReplica }: Look, context: string) => {
    if (restarts) {
      fed.drain()
      fed = new FedShard(definition, fed)
    }
    const { paneMs } = definition
    const at = onEdge ? (Math.floor((latest + afterMs) / paneMs) + 1) * paneMs : latest + afterMs
    lookedAt = Math.max(lookedAt, at)
    const state = compareStates(context)
    if (onReplica) fed.publish()
    const shard = onReplica ? fed.replica : fed.shard
    const isPartial = fed.shard.stages.map((_, stage) => fed.shard.isPartial(stage))
    if (onReplica) expect(fed.shard.stages.map((_, stage) => shard.isPartial(stage))).toEqual(isPartial)
    windows.compare(shard, state, lengths[length]!, lookedAt, tally.windows, isShort)
    // Under `__other__` nobody knows whose table speaks.
    if (definition.stages.every((_, stage) => !isShort(stage)))
      compareLateRisk(definition, fed, shard, state, lookedAt, tally.lateRisk)
    compareOpenCases(definition, shard, state, tally.openCases, isShort)
    measures.compareWindows(shard, model.measured, lengths[length]! * paneMs, lookedAt, tally.measures)
  }

  const places = looks.map(({ share }) => Math.max(1, Math.ceil(share * arrivals.length)))
  for (const [index, arrival] of arrivals.entries()) {
    fed.take(arrival)
    for (const event of arrival.events) {
      model.take({ ...arrival, events: [event] })
      if (!('ignored' in event)) slots?.see(model, event.case)
    }
    latest = Math.max(latest, ...timesOf(arrival))
    if ((index + 1) % publishEvery === 0) fed.publish()
    const context = `after record ${index + 1} of ${arrivals.length}`
    if (everyRecord) compareStates(context)
    if (latest === -Infinity) continue
    for (const [number, place] of places.entries()) if (place === index + 1) look(looks[number]!, context)
  }
  if (slots !== undefined) {
    for (const stage of definition.stages.keys()) {
      tally.short += isShort(stage) ? 1 : 0
      tally.certain += isShort(stage) ? slots.certainOf(stage).size : 0
      expect({ stage, isPartial: fed.isPartial(stage) && !isShort(stage) }).toEqual({ stage, isPartial: false })
    }
  }
  tally.lengths.push(arrivals.reduce((total, { events }) => total + events.length, 0))
}
