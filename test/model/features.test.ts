import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clockBorders } from './drawn-history.ts'
import { featuresOf } from './features.ts'
import { questions } from './proof.ts'

/**
 * Each of these has to be met by so many of 100 histories: a third of what was counted, at most. The seed is fixed, so
 * the test fails when histories have become others and never by chance; being shares, the figures hold for any number.
 */
const shares: Readonly<Record<string, number>> = {
  'counted as ignored': 15,
  'counted as duplicate': 30,
  'counted as conflicting': 15,
  'counted as late': 25,
  'counted as lateApplied': 15,
  'counted as beforeStart': 15,
  'counted as afterEnd': 15,
  'counted as unmatchedEnd': 30,
  'visit open': 15,
  'visit completed': 20,
  'visit abandoned': 15,
  'visit expired': 14,
  'visit of no length': 15,
  'visit across the epoch': 4,
  'two visits from one instant': 2.5,
  rework: 15,
  'several runs of a case': 15,
  'a case comes again after it left memory': 14,
  'target breached': 11,
  'segment changes during a visit': 18,
  'more segments than slots': 2.3,
  'settled panes that no longer are what the visits say': 0.4,
  'out of order': 25,
  'equal stamps': 25,
  'several events in a record': 30,
  'wide row of several columns': 9,
  '20 events of a case within settle': 1.9,
  'out of order among 20 events of its case within settle': 1.8,
  'visits without any business time': 1,
  'visits of which a part is business time': 1,
  'target breached in business time': 0.3,
  'a deadline by instants': 16,
  'a target judged by a level of its own': 3,
  'a due instant that changes': 30,
  'no due instant is known': 2,
  'due by its target for want of an instant': 0.9,
  'due before its entry': 1.1,
  'due a second time': 4,
  'not due yet': 4.9,
  overdue: 3.2,
  met: 7,
  'met late': 2.7,
  'expired with a due instant': 5,
  'stands at itself': 4.9,
  'stands at inside': 2.5,
  'stands at rest': 1.3,
  'several topics': 17,
  'a topic without an event': 1.7,
  'topics a day apart': 1,
  'instants before the epoch': 13,
  'clocks change among milliseconds': 4,
  'clocks change among days': 2,
  'a day begins among milliseconds': 2,
  'a day begins among days': 1.1,
  'event with id': 18,
  'long id': 10,
  'id with letters of several bytes': 18,
  'long case': 13,
  'case with letters of several bytes': 17,
}

test('generated histories are examples of everything that the meaning speaks of', { timeout: 240_000 }, () => {
  const made = fc.sample(questions(), { numRuns: 1_500, seed: 7 })
  const met = new Map<string, number>()
  for (const history of made) for (const feature of featuresOf(history)) met.set(feature, (met.get(feature) ?? 0) + 1)
  const shareOf = (feature: string) => (100 * (met.get(feature) ?? 0)) / made.length
  const rare = Object.keys(shares).filter(feature => shareOf(feature) < shares[feature]!)
  expect(rare.map(feature => `${feature}: ${shareOf(feature).toFixed(1)} of 100`)).toEqual([])
  const missing = clockBorders.map(({ kind, what }) => `${kind}: ${what}`).filter(feature => !met.has(feature))
  expect(missing).toEqual([])
})

test('half of the histories have 30 events or more, whatever their number', () => {
  const lengthsOf = (numRuns: number) =>
    fc
      .sample(questions(), { numRuns, seed: 11 })
      .map(({ arrivals }) => arrivals.reduce((total, { events }) => total + events.length, 0))
      .sort((left, right) => left - right)
  for (const numRuns of [151, 2_001]) expect(lengthsOf(numRuns)[numRuns >> 1]).toBeGreaterThanOrEqual(30)
})
