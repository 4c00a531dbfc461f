import { beforeAll, describe, expect, test } from 'vitest'
import { seed } from '../support/seed.ts'
import { type DataSet, dataSet, isThere, whyNot } from './datasets.ts'
import { compareDataSet, type DataSetComparison, type Reached } from './datasets-comparison.ts'
import type { OracleCounts } from './oracle.ts'

export type DataSetExpectation = {
  /** Two windows, the shorter one first; a window of more than 1,000 panes has a coarse old end. */
  readonly windowsMs: readonly [number, number]
  /** As the README of the set says, and as looking at the data explains. Those not named are 0. */
  readonly counts: Partial<OracleCounts>
  /** Visits by outcome. */
  readonly outcomes: Readonly<Record<string, number>>
  /** What the set has, so that a comparison of nothing with nothing fails. */
  readonly reaches: readonly (keyof Reached)[]
}

/**
 * The tests of one data set. They stand in a file each, so that they run side by side: one pass over a set gives all of
 * its answers.
 */
export function describeDataSet(name: DataSet['name'], expected: DataSetExpectation): void {
  const set = dataSet(name)
  describe.skipIf(!isThere(set))(`${name} through the shard and through the model${whyNot(set)}`, () => {
    let compared: DataSetComparison

    beforeAll(() => {
      compared = compareDataSet(set, expected.windowsMs, seed)
    }, 300_000)

    test('windows at 100 drawn instants have the same statistics, of every segment', () => {
      const { seed, atInstants, reached } = compared
      expect({ seed, differences: atInstants }).toEqual({ seed, differences: [] })
      expect(reached.instants).toBe(100)
      for (const what of expected.reaches) expect([what, reached[what]]).not.toEqual([what, 0])
    })

    test('visits, panes, open visits and counts at the end are the same', () => {
      expect(compared.atTheEnd).toEqual([])
    })

    test('every event and visit is accounted for', () => {
      expect(compared.counts).toEqual(expected.counts)
      expect(compared.outcomes).toEqual(expected.outcomes)
    })
  })
}
