import { expect, test } from 'vitest'
import { Evaluator } from '../../src/engine/evaluator.ts'
import type { AttributeValue, CaseId } from '../../src/event/event.ts'
import { instant } from '../../src/event/instant.ts'
import { Shard } from '../../src/shard/shard.ts'
import { makeProcess, makeRule } from '../model/process.ts'

const sketch = makeProcess({
  activities: ['paid', 'picked'],
  attributes: ['wh', 'carrier', 'amount:value'],
  stages: { picking: { from: ['paid'], to: ['picked'] } },
  measures: { revenue: { of: 'amount', on: ['paid'], by: ['wh', 'carrier'], decimals: 2 } },
  settle: 60_000,
  pane: 10_000,
  timeout: 86_400_000,
})
const low = makeRule({
  name: 'revenue_low',
  measure: 0,
  by: [0],
  window: 60_000,
  when: 'sum < 10 && avg > 1',
  minSamples: 2,
  summary: { en: '{{ wh }}: {{ sum }} of {{ count }}' },
})
const process = { ...sketch, rules: [low] }

function shardWith(partition: number, events: readonly (readonly [at: number, ...AttributeValue[]])[]): Shard {
  const shard = new Shard({ process, partition, topics: ['events'], epoch: 0 })
  const record = shard.newRecord()
  events.forEach(([at, ...attributes], offset) => {
    const event = { case: `${offset}` as CaseId, activity: 0, at: instant(at), id: undefined, attributes }
    record.fill({ kind: 'events', events: [event] })
    shard.fold(0, { offset, key: null, value: null, timestamp: undefined, notAfter: instant(Infinity) }, record)
  })
  return shard
}

test('a rule over a measure is judged by segment, merged over shards and finer dimensions, and names the measure', () => {
  const shards = [
    shardWith(0, [
      [1_000, 'A', 'x', 250],
      [2_000, 'A', 'y', 130],
      [3_000, 'B', 'x', 5_000],
    ]),
    shardWith(1, [
      [1_000, 'A', 'x', 300],
      [2_000, 'C', null, 500],
    ]),
  ]
  const evaluator = new Evaluator(process)
  const transitions = evaluator.evaluate(instant(10_000), shards, { watermark: instant(3_000) }, 'all')
  expect(transitions.map(({ state, segment }) => [state, segment])).toEqual([['firing', { wh: 'A' }]])
  expect(transitions[0]).toMatchObject({
    measure: 'revenue',
    value: 6.8,
    summary: { en: 'A: 6.8 of 3' },
    explanation: {
      samples: 3,
      terms: [
        { text: 'sum < 10', values: { sum: 6.8 }, result: true },
        { text: 'avg > 1', result: true },
        { text: 'count >= 2', values: { count: 3 }, result: true },
      ],
      window: { start: -50_000, end: 10_000 },
    },
  })
  expect(transitions[0]?.stage).toBeUndefined()
  // Nothing has changed, so nothing is judged between two instants.
  expect(evaluator.evaluate(instant(11_000), shards, { watermark: instant(3_000) }, 'touched')).toEqual([])
  // The window has moved on: no events, so no average, and of an unknown condition nothing follows.
  expect(evaluator.evaluate(instant(100_000), shards, { watermark: instant(3_000) }, 'all')).toMatchObject([
    { state: 'resolved' },
  ])
})
