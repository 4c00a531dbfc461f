import fc from 'fast-check'
import { expect, test } from 'vitest'
import { oracleFinalOnly } from './final-only.ts'
import { histories, processesWithHistories, shuffledWithinSettle } from './histories.ts'
import { type OracleState, oracle } from './oracle.ts'
import { orders } from './orders.ts'
import { makeProcess } from './process.ts'

test('any order and repetition within settle gives the same visits, panes and open visits', () => {
  const twoOrders = processesWithHistories().chain(({ process, arrivals }) => {
    const order = shuffledWithinSettle(process, arrivals)
    return fc.tuple(fc.constant(process), order, order)
  })
  fc.assert(
    fc.property(twoOrders, ([process, one, other]) => {
      const [left, right] = [oracle(process, one), oracle(process, other)]
      expect(Object.values(left.counts).map(({ late, lateApplied }) => late + lateApplied)).toEqual(
        Object.values(left.counts).map(() => 0),
      )
      const facts = ({ visits, panes, open, watermark }: OracleState) => ({ visits, panes, open, watermark })
      expect(facts(right)).toEqual(facts(left))
    }),
    { numRuns: 60 },
  )
})

test('without late events one computation at the end gives what a computation after each event gives', () => {
  const inTime = processesWithHistories().chain(({ process, arrivals }) =>
    fc.tuple(fc.constant(process), shuffledWithinSettle(process, arrivals)),
  )
  const { marks: _, ...nothing } = oracleFinalOnly(makeProcess(orders), [])
  expect(nothing.visits).toEqual([])
  fc.assert(
    fc.property(inTime, ([process, arrivals]) => {
      const { marks: one, ...stepwise } = oracle(process, arrivals)
      const { marks: other, ...atOnce } = oracleFinalOnly(process, arrivals)
      expect(atOnce).toEqual(stepwise)
      expect(one.length).toBe(other.length)
    }),
    { numRuns: 60 },
  )
})

test('histories reach every kind of count and outcome', () => {
  const reached: Record<string, number> = {}
  const lengths: number[] = []
  for (const { process, arrivals } of fc.sample(processesWithHistories(), { numRuns: 150, seed: 7 })) {
    lengths.push(arrivals.reduce((total, { events }) => total + events.length, 0))
    const state = oracle(process, arrivals)
    for (const count of Object.values(state.counts)) {
      expect(count.events).toBe(count.ignored + count.duplicate + count.late + count.counted)
      for (const [name, value] of Object.entries(count)) reached[name] = (reached[name] ?? 0) + value
    }
    for (const visit of state.visits) {
      const facts = [
        visit.outcome,
        visit.visit > 1 && 'rework',
        visit.ordinal > 0 && 'ordinal',
        visit.start < 0 && 'negative',
      ]
      for (const fact of [...facts, visit.end === visit.start && 'zero length'])
        if (fact) reached[fact] = (reached[fact] ?? 0) + 1
    }
    const fromVisits = state.visits.filter(({ outcome }) => outcome === 'completed').length
    const fromPanes = state.panes
      .filter(({ segment }) => segment === 'total')
      .reduce((sum, { exited }) => sum + exited, 0)
    if (fromVisits !== fromPanes) reached['settled panes that differ'] = (reached['settled panes that differ'] ?? 0) + 1
  }
  lengths.sort((left, right) => left - right)
  expect(lengths[75]).toBeGreaterThanOrEqual(30)
  const kinds = [
    'ignored',
    'duplicate',
    'conflicting',
    'late',
    'lateApplied',
    'beforeStart',
    'afterEnd',
    'unmatchedEnd',
  ]
  const outcomes = ['open', 'completed', 'abandoned', 'expired', 'rework', 'ordinal', 'negative', 'zero length']
  for (const kind of [...kinds, ...outcomes, 'settled panes that differ'])
    expect([kind, reached[kind] ?? 0]).not.toEqual([kind, 0])
})

test('a history can be replayed from its seed', () => {
  const process = makeProcess({ ...orders, attributes: ['region', 'lane', 'amount:value', 'phase:field'], stages: {} })
  const sample = () => fc.sample(histories(process), { numRuns: 3, seed: 11 })
  expect(sample()).toEqual(sample())
})
