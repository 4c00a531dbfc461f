import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noLateRiskCompared } from './late-risk-comparison.ts'
import { noMeasuresCompared } from './measure-comparison.ts'
import { noOpenCasesCompared } from './open-cases-comparison.ts'
import { prove, questions, type Tally } from './proof.ts'
import { replayed } from './replayed.ts'
import { nothingCompared } from './window-comparison.ts'

/** `npm run test:long` takes four times as many as every run of the tests. */
const times = process.env.TESTS === 'long' ? 4 : 1

/** Registers the tests of so many generated histories each. They print how much they compared. */
export function proveHistories({ atTheEnd, afterEveryRecord }: { atTheEnd: number; afterEveryRecord: number }): void {
  const proofOf = (runs: number, everyRecord: boolean) => () => {
    const tally: Tally = {
      lengths: [],
      states: 0,
      windows: nothingCompared(),
      measures: noMeasuresCompared(),
      lateRisk: noLateRiskCompared(),
      openCases: noOpenCasesCompared(),
      short: 0,
      certain: 0,
    }
    const from = performance.now()
    const cpuFrom = process.cpuUsage()
    fc.assert(
      fc.property(questions(), question => prove(question, everyRecord, tally)),
      { numRuns: runs, ...replayed },
    )
    const seconds = (performance.now() - from) / 1_000
    const { user, system } = process.cpuUsage(cpuFrom)
    const lengths = tally.lengths.sort((left, right) => left - right)
    const median = lengths[lengths.length >> 1]!
    const { lateRisk, openCases } = tally
    const { segments, coarse, quantiles, aged, tables } = tally.windows
    console.log(
      `${lengths.length} histories, ${median} events at the median, ${tally.states} states, ` +
        `${segments} windows of segments, ${coarse} coarse ones, ${tables} life tables, late risk of ${JSON.stringify(lateRisk)}, open cases ${JSON.stringify(openCases)}, ${tally.measures.panes} panes and ${tally.measures.windows} windows of measures, ${tally.short} stages short of slots with ${tally.certain} segments certain to have one, ` +
        `${seconds.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of CPU`,
    )
    if (replayed.path !== undefined) return
    expect(lengths.length).toBeGreaterThanOrEqual(runs)
    expect(median).toBeGreaterThanOrEqual(30)
    // A comparison of nothing with nothing would pass just as well.
    for (const count of [segments, coarse, quantiles, aged, tables, ...Object.values(tally.measures)])
      expect(count).toBeGreaterThan(runs / 4)
    for (const count of [...Object.values(lateRisk), ...Object.values(openCases)])
      expect(count).toBeGreaterThan(runs / 50)
  }
  const minutes = { timeout: 600_000 }
  test(
    'a shard has the visits, panes, open visits, counts and windows of the model',
    minutes,
    proofOf(times * atTheEnd, false),
  )
  test('a shard equals the model after every single record', minutes, proofOf(times * afterEveryRecord, true))
}
