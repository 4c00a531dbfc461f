import fc from 'fast-check'
import { test } from 'vitest'
import { expectSameLines, type Facts, linesOf } from './comparable.ts'
import { processesWithHistories, shuffledWithinSettle } from './histories.ts'
import { replayed } from './replayed.ts'
import { FedShard } from './shard-state.ts'

/* What no model is needed for: two shards that must end the same. generated-histories-*.test.ts compare with the model. */

/** Everything that a shard has put out, panes of measures too. */
const allOf = (shard: FedShard, instead: Partial<Facts>): string[] =>
  [...linesOf({ ...shard.facts(), ...instead }), ...shard.measureFacts().map(fact => JSON.stringify(fact))].sort()

/** Other suites run beside this one. */
const minutes = { timeout: 240_000 }

test('a shard restored from a snapshot at any record ends as one that was never interrupted', minutes, () => {
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
      expectSameLines(allOf(second, {}), allOf(whole, {}), `cut after record ${half}`)
    }),
    { numRuns: 500, ...replayed },
  )
})

test(
  'any order, duplication and batching of the same events within settle gives the same visits and panes',
  minutes,
  () => {
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
          return allOf(shard, { counts: {} })
        })
        expectSameLines(left!, right!, 'one order and another')
      }),
      { numRuns: 1_500, ...replayed },
    )
  },
)
