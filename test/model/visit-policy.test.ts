import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keptVisit, type VisitPolicy } from '../../src/shard/visit-policy.ts'
import { processesWithHistories } from './histories.ts'
import { replayed } from './replayed.ts'
import { FedShard } from './shard-state.ts'

const policies: readonly VisitPolicy[] = [
  { keep: 'notable', sample: 0.3, slowMs: undefined },
  { keep: 'notable', sample: 0.3, slowMs: 30_000 },
]

test.each(policies)(
  'a shard puts out of its visits what $keep ones, a sample of $sample and those of $slowMs ms leave',
  policy => {
    const tally = { all: 0, kept: 0, weights: new Set<number>() }
    fc.assert(
      fc.property(processesWithHistories(), fc.integer({ min: 1, max: 9 }), ({ process, arrivals }, drainEvery) => {
        const everything = new FedShard(process)
        const some = new FedShard(process, undefined, policy)
        for (const [index, arrival] of arrivals.entries()) {
          for (const shard of [everything, some]) shard.take(arrival)
          if (index % drainEvery !== 0 && index !== arrivals.length - 1) continue
          const all = everything.drain()
          const kept = all.map(row => keptVisit(policy, row)).filter(row => row !== undefined)
          expect(some.drain(), `after record ${index + 1}`).toEqual(kept)
          tally.all += all.length
          tally.kept += kept.length
          for (const { weight = 1 } of kept) tally.weights.add(weight)
        }
      }),
      { numRuns: 300, ...replayed },
    )
    expect(tally.kept).toBeGreaterThan(1_000)
    expect(tally.kept).toBeLessThan(tally.all)
    expect([...tally.weights].sort()).toEqual([0, 1, 1 / 0.3])
  },
)
