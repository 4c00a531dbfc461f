import fc from 'fast-check'
import { expect, test } from 'vitest'
import { oracleFinalOnly } from './final-only.ts'
import { type History, histories, processesWithHistories, shuffledWithinSettle } from './histories.ts'
import { type OracleState, oracle } from './oracle.ts'
import { orders } from './orders.ts'
import { makeProcess } from './process.ts'
import { replayed } from './replayed.ts'

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
    { numRuns: 60, ...replayed },
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
    { numRuns: 60, ...replayed },
  )
})

test('every event is counted once: ignored, duplicate, late or counted', () => {
  fc.assert(
    fc.property(processesWithHistories(), ({ process, arrivals }) => {
      for (const count of Object.values(oracle(process, arrivals).counts)) {
        expect(count.events).toBe(count.ignored + count.duplicate + count.late + count.counted)
      }
    }),
    { numRuns: 100, ...replayed },
  )
})

test('a history can be replayed from its seed', () => {
  const process = makeProcess({ ...orders, attributes: ['region', 'lane', 'amount:value', 'phase:field'], stages: {} })
  const sample = () => fc.sample(histories(process), { numRuns: 3, seed: 11 })
  expect(sample()).toEqual(sample())
})

test('a history that fails becomes small: nothing is left but what makes it fail', () => {
  const isOfCancelAndShip = ({ arrivals }: History) => {
    const found = arrivals.flatMap(({ events }) => events.map(event => ('activity' in event ? event.activity : -1)))
    return found.indexOf(4) >= 0 && found.indexOf(3) > found.indexOf(4)
  }
  const { failed, counterexample } = fc.check(
    fc.property(processesWithHistories(), history => !isOfCancelAndShip(history)),
    { numRuns: 100, seed: 3 },
  )
  expect(failed).toBe(true)
  const [{ process, arrivals }] = counterexample!
  expect(arrivals.flatMap(({ events }) => events.map(event => 'activity' in event && event.activity))).toEqual([4, 3])
  expect(
    arrivals.flatMap(({ events }) => events.flatMap(event => ('activity' in event ? event.attributes : []))),
  ).toEqual(Array(12).fill(null))
  expect([process.stages.length, process.starts, process.ends]).toEqual([1, [], []])
  expect(fc.stringify(counterexample![0])).toMatch(/:cancel@[\s\S]*:ship@/)
})
