import { expect, test } from 'vitest'
import { Evaluator } from '../../src/engine/evaluator.ts'
import type { CaseId } from '../../src/event/event.ts'
import { instant } from '../../src/event/instant.ts'
import { Shard } from '../../src/shard/shard.ts'
import { makeProcess, makeRule } from '../model/process.ts'

const stages = {
  payment: { from: ['created'], to: ['paid'] },
  picking: { from: ['paid'], to: ['picked'] },
  packing: { from: ['picked'], to: ['packed'] },
}
const sketch = makeProcess({
  activities: ['created', 'paid', 'picked', 'packed'],
  stages,
  settle: 60_000,
  pane: 10_000,
  timeout: 86_400_000,
})
const process = {
  ...sketch,
  rules: [
    makeRule({ name: 'unpaid', stage: 0, window: 60_000, when: 'wip >= 2' }),
    makeRule({ name: 'starved', stage: 1, window: 30_000, when: 'entered < 3' }),
  ],
}

/** @param events case, position of the activity, second. */
function shardWith(partition: number, events: readonly (readonly [string, number, number])[]): Shard {
  const shard = new Shard({ process, partition, topics: ['events'], epoch: 0 })
  const record = shard.newRecord()
  events.forEach(([name, activity, second], offset) => {
    const at = instant(second * 1_000)
    record.fill({ kind: 'events', events: [{ case: name as CaseId, activity, at, id: undefined, attributes: [] }] })
    shard.fold(0, { offset, key: null, value: null, timestamp: undefined, notAfter: instant(Infinity) }, record)
  })
  return shard
}

test('an alert says how the stages before and behind stand over all shards, and which alerts of theirs are open', () => {
  const shards = [
    shardWith(0, [
      ['a', 0, 1],
      ['b', 0, 2],
      ['a', 1, 3],
      ['a', 2, 4],
    ]),
    shardWith(1, [
      ['c', 0, 1],
      ['d', 0, 2],
      ['d', 1, 3],
      ['d', 2, 4],
      ['d', 3, 5],
    ]),
  ]
  const transitions = new Evaluator(process).evaluate(instant(10_000), shards, { watermark: instant(4_000) }, 'all')
  const [unpaid, starved] = transitions
  expect(transitions.map(({ rule }) => rule)).toEqual(['unpaid', 'starved'])
  expect(starved?.explanation.flow).toEqual({ entered: 2, exited: 2, left: 0, wip: 0 })
  expect(starved?.explanation.neighbours).toEqual([
    {
      stage: 'payment',
      relation: 'upstream',
      windowMs: 60_000,
      entered: 4,
      exited: 2,
      left: 0,
      wip: 2,
      alerts: [{ id: unpaid?.id, rule: 'unpaid' }],
    },
    { stage: 'packing', relation: 'downstream', windowMs: 900_000, entered: 2, exited: 1, left: 0, wip: 1, alerts: [] },
  ])
})
