import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SegmentKey } from '../../src/event/segment.ts'
import type { ShardView } from '../../src/shard/view.ts'
import type { OracleArrival } from './oracle.ts'
import { makeProcess, makeRule } from './process.ts'
import { replayed } from './replayed.ts'
import { FedShard } from './shard-state.ts'

/*
 * Many open cases at once, which generated histories of whole processes do not have: the oldest of each segment as the
 * rows of all visits have them, in any order of events, over restarts and in a replica.
 */
const sketch = makeProcess({
  activities: ['open', 'next', 'note', 'close'],
  attributes: ['region', 'amount:value'],
  ends: { done: ['close'] },
  stages: {
    whole: { from: ['open'], to: ['close'], by: ['region'] },
    // Comes again with each `next`, so that a case has left entries behind.
    part: { from: ['open', 'next'], to: ['next', 'close'], by: ['region'] },
    uncut: { from: ['next'], to: ['note'] },
  },
  settle: 3_600_000,
  pane: 10_000,
  timeout: 86_400_000,
})
const process = { ...sketch, rules: [0, 1, 2].map(stage => makeRule({ name: `r${stage}`, stage, window: 60_000 })) }

type Step = {
  readonly case: number
  readonly activity: number
  readonly backMs: number
  readonly region: string | null
  readonly amount: number | null
}

const steps = fc.array(
  fc.record({
    case: fc.nat(60),
    activity: fc.constantFrom(0, 0, 1, 1, 1, 2, 3),
    // Half of the events are in order.
    backMs: fc.oneof(fc.constant(0), fc.nat(600_000)),
    region: fc.constantFrom('N', 'S', null),
    amount: fc.constantFrom(null, 1, 250, 2 ** 52, -(2 ** 52)),
  }),
  { minLength: 200, maxLength: 500 },
)

const arrivalsOf = (given: readonly Step[]): OracleArrival[] =>
  given.map(({ case: number, activity, backMs, region, amount }, index) => ({
    topic: 'events',
    partition: 0,
    // Several visits begin at the very same instant.
    events: [
      {
        case: `c${number}`,
        activity,
        at: 1_700_000_000_000 + Math.floor(index / 3) * 4_000 - backMs,
        id: undefined,
        attributes: [region, amount],
      },
    ],
  }))

type OpenRow = {
  stage: number
  case: string
  start: number
  segment: (string | null)[]
  attributes: { amount?: number }
}

function fromRows(fed: FedShard, stage: number, segment: string | undefined) {
  const open = fed
    .facts()
    .visits.map(line => JSON.parse(line) as OpenRow & { outcome: string })
    .filter(row => row.outcome === 'open' && row.stage === stage)
    .filter(row => segment === undefined || JSON.stringify(row.segment) === segment)
    .sort((left, right) => left.start - right.start || (left.case < right.case ? -1 : 1))
  const amounts = open.map(({ attributes: { amount } }) => amount).filter(amount => typeof amount === 'number')
  return {
    oldest: open.slice(0, 5).map(({ case: id, start }) => ({ case: id, start, due: undefined })),
    atStake: { sum: amounts.reduce((sum, amount) => sum + BigInt(amount), 0n), cases: amounts.length },
    left: Math.max(0, open.length - 5),
  }
}

test('the oldest open cases and what is at stake are those of the rows of all visits', () => {
  let left = 0
  const compare = (fed: FedShard, shards: readonly ShardView[]) => {
    for (const stage of process.stages.keys()) {
      for (const segment of [undefined, ...(stage === 2 ? [] : ['["N"]', '["S"]', '[null]'])]) {
        const { left: others, ...wanted } = fromRows(fed, stage, segment)
        left += others
        for (const { openCases } of shards) {
          const key = segment as SegmentKey | undefined
          expect({ oldest: openCases.oldest(stage, key), atStake: openCases.atStake(stage, key) }).toEqual(wanted)
        }
      }
    }
  }
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 60 }), fc.nat(400), (given, every, restart) => {
      let fed = new FedShard(process)
      for (const [index, arrival] of arrivalsOf(given).entries()) {
        fed.take(arrival)
        if (index === restart) {
          fed.drain()
          fed = new FedShard(process, fed)
          fed.publish()
        }
        // Published without being asked, and asked without being published.
        if (index % 3 === 0) fed.publish()
        if (index % every !== 0) continue
        if (index % 2 === 0) compare(fed, [fed.shard])
        if (index % 5 === 0) fed.shard.snapshot()
        fed.publish()
        compare(fed, [fed.replica])
      }
      fed.publish()
      compare(fed, [fed.shard, fed.replica])
    }),
    { numRuns: 25, ...replayed },
  )
  expect(left).toBeGreaterThan(1_000)
})
