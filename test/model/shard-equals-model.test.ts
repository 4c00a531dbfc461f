import fc from 'fast-check'
import { expect, test } from 'vitest'
import { processesWithHistories, shuffledWithinSettle } from './histories.ts'
import { makeOracle, oracle } from './oracle.ts'
import { comparableOf, FedShard, topicsOf } from './shard-state.ts'

/** A failure prints its seed; `FC_SEED=… npx vitest run test/model/shard-equals-model.test.ts` replays it. */
const seed = process.env.FC_SEED === undefined ? {} : { seed: Number(process.env.FC_SEED) }

test('a shard ends with the visits, panes, open visits and counts of the model', () => {
  fc.assert(
    fc.property(processesWithHistories(), ({ process, arrivals }) => {
      const shard = new FedShard(process)
      for (const arrival of arrivals) shard.take(arrival)
      const model = oracle(process, arrivals, { topics: topicsOf(process) })
      expect(shard.state()).toEqual(comparableOf(model))
    }),
    { numRuns: 1_500, ...seed },
  )
})

test('a shard equals the model after every single record', () => {
  fc.assert(
    fc.property(processesWithHistories(), ({ process, arrivals }) => {
      const shard = new FedShard(process)
      const model = makeOracle(process, topicsOf(process), 0)
      for (const arrival of arrivals) {
        shard.take(arrival)
        model.take(arrival)
        expect(shard.state()).toEqual(comparableOf(model.state()))
      }
    }),
    { numRuns: 150, ...seed },
  )
})

test('a shard restored from a snapshot at any record ends as one that was never interrupted', () => {
  const cut = fc.nat(1_000)
  fc.assert(
    fc.property(processesWithHistories(), cut, ({ process, arrivals }, at) => {
      const whole = new FedShard(process)
      const first = new FedShard(process)
      const half = at % (arrivals.length + 1)
      for (const arrival of arrivals) whole.take(arrival)
      for (const arrival of arrivals.slice(0, half)) first.take(arrival)
      first.drain()
      const second = new FedShard(process, first)
      for (const arrival of arrivals.slice(half)) second.take(arrival)
      expect(second.state()).toEqual(whole.state())
    }),
    { numRuns: 500, ...seed },
  )
})

test('any order, duplication and batching of the same events within settle gives the same visits and panes', () => {
  const twoOrders = processesWithHistories().chain(({ process, arrivals }) =>
    fc.record({
      process: fc.constant(process),
      one: shuffledWithinSettle(process, arrivals),
      other: shuffledWithinSettle(process, arrivals),
    }),
  )
  fc.assert(
    fc.property(twoOrders, ({ process, one, other }) => {
      const [left, right] = [one, other].map(arrivals => {
        const shard = new FedShard(process)
        for (const [index, arrival] of arrivals.entries()) {
          shard.take(arrival)
          if (index % 7 === 0) shard.drain()
        }
        const { visits, panes, open } = shard.state()
        return { visits, panes, open }
      })
      expect(left).toEqual(right)
    }),
    { numRuns: 1_500, ...seed },
  )
})
