import { expect, test } from 'vitest'
import { Evaluator } from '../../src/engine/evaluator.ts'
import type { DurationMs } from '../../src/event/duration.ts'
import type { AttributeValue, CaseId } from '../../src/event/event.ts'
import { type Instant, instant } from '../../src/event/instant.ts'
import type { CalendarDefinition, StageDefinition } from '../../src/model/definitions.ts'
import { ShardReplica } from '../../src/shard/replica.ts'
import { Shard } from '../../src/shard/shard.ts'
import type { ShardView } from '../../src/shard/view.ts'
import { makeProcess, makeRule } from '../model/process.ts'

const hour = 3_600_000
const hours = [{ fromMinute: 540, toMinute: 1_020 }]
/** 09:00 to 17:00 from Monday to Friday. */
const office: CalendarDefinition = {
  name: 'office',
  title: { en: 'Office' },
  timezone: 'UTC',
  week: [hours, hours, hours, hours, hours, [], []],
  days: [],
  position: { file: 'calendars.yaml', line: 1, column: 1 },
}
const friday = Date.UTC(2026, 10, 20)
const activities = ['created', 'paid', 'picked', 'noted']
const sketch = makeProcess({
  activities,
  attributes: ['warehouse', 'carrier', 'amount:value', 'promised:instant'],
  stages: {
    lead: {
      from: ['created'],
      to: ['picked'],
      by: ['warehouse', 'carrier'],
      deadline: { at: 'promised', window: 90 * 24 * hour, level: 0.5 },
    },
    picking: { from: ['paid'], to: ['picked'], by: ['warehouse'], calendar: office, target: { default: 2 * hour } },
    unwatched: { from: ['paid'], to: ['picked'] },
  },
  settle: hour,
  pane: 60_000,
  timeout: 30 * 24 * hour,
})
const process = {
  ...sketch,
  value: { currency: 'CNY' },
  attributes: sketch.attributes.map(one => (one.kind === 'value' ? { ...one, decimals: 2 } : one)),
  rules: [
    makeRule({ name: 'lead_long', stage: 0, by: [0], window: hour }),
    makeRule({ name: 'picking_long', stage: 1, window: hour }),
  ],
}

type Told = readonly [name: string, activity: string, at: number, ...attributes: AttributeValue[]]

function fold(shard: Shard, events: readonly Told[]): Shard {
  const record = shard.newRecord()
  events.forEach(([name, activity, at, ...attributes], offset) => {
    const given = [...attributes, ...Array(4 - attributes.length).fill(null)]
    const event = { case: name as CaseId, activity: activities.indexOf(activity), at: instant(at) }
    record.fill({ kind: 'events', events: [{ ...event, id: undefined, attributes: given }] })
    shard.fold(0, { offset, key: null, value: null, timestamp: undefined, notAfter: instant(Infinity) }, record)
  })
  return shard
}

const shardOf = (partition: number, events: readonly Told[]) =>
  fold(new Shard({ process, partition, topics: ['events'], epoch: 0, isPublished: true }), events)

function replicaOf(shard: Shard): ShardReplica {
  const replica = new ShardReplica(process, shard.partition)
  replica.apply(structuredClone(shard.publish()))
  return replica
}

function explained(at: Instant, shards: readonly ShardView[], rule: string, labels: Record<string, string>) {
  const found = new Evaluator(process).explain(rule, labels, at, shards, { watermark: at })
  return found?.explanation.openCases
}

const at = instant(friday + 16 * hour)
const logs: readonly (readonly Told[])[] = [
  [
    ['c', 'created', friday + 9 * hour, 'W1', 'fast', 1_050, friday + 15 * hour],
    ['b', 'created', friday + 9 * hour, 'W1', 'slow', null, friday + 40 * hour],
    ['left', 'created', friday + 9 * hour, 'W1', 'slow', 99_999_999],
    ['left', 'picked', friday + 10 * hour],
    ['other', 'created', friday + 9 * hour, 'W2', 'slow', 7],
    ['c', 'paid', friday + 10 * hour],
    // What is not known at entry counts as soon as it is; so does what becomes another.
    ['moved', 'created', friday + 8 * hour, 'W2', 'slow', 2 ** 52],
    ['moved', 'noted', friday + 11 * hour, 'W1', null, 2 ** 52 + 1, friday + 40 * hour],
    ['d', 'created', friday + 12 * hour, 'W1', 'fast', 1, friday + 40 * hour],
  ],
  [
    ['a', 'created', friday + 9 * hour, 'W1', 'fast', 2 ** 52, friday + 40 * hour],
    ['e', 'created', friday + 13 * hour, 'W1', 'fast', 1, friday + 40 * hour],
    ['f', 'created', friday + 14 * hour, 'W1', 'fast', -1, friday + 40 * hour],
  ],
]

test('an explanation names the five oldest open cases over all shards, how many are late, and what is at stake', () => {
  const shards = logs.map((events, partition) => shardOf(partition, events))
  const found = explained(at, shards, 'lead_long', { warehouse: 'W1' })
  expect(found?.oldest.map(({ case: id, enteredAt, ageMs }) => [id, enteredAt, ageMs])).toEqual([
    ['moved', friday + 8 * hour, 8 * hour],
    ['a', friday + 9 * hour, 7 * hour],
    ['b', friday + 9 * hour, 7 * hour],
    ['c', friday + 9 * hour, 7 * hour],
    ['d', friday + 12 * hour, 4 * hour],
  ])
  expect(found?.oldest[3]).toMatchObject({ due: friday + 15 * hour, late: { low: 1, high: 1 } })
  expect(found?.oldest[0]).toMatchObject({ due: friday + 40 * hour })
  expect(found).toMatchObject({ open: 7, overdue: 1 })
  expect(found?.probablyLate?.low).toBeGreaterThanOrEqual(1)
  // 2^53 + 1 + 1050 + 1: more than a double can say.
  expect(found?.atStake).toEqual({ amount: '90071992547420.44', currency: 'CNY', cases: 6 })
  expect(explained(at, shards, 'lead_long', { warehouse: 'W3' })).toBeUndefined()
})

test('it is the same where the shards are folded elsewhere, and after a restart', () => {
  const shards = logs.map((events, partition) => shardOf(partition, events))
  const here = explained(at, shards, 'lead_long', { warehouse: 'W1' })
  expect(here?.oldest).toHaveLength(5)
  expect(explained(at, shards.map(replicaOf), 'lead_long', { warehouse: 'W1' })).toEqual(here)
  const restored = shards.map(shard => {
    const again = shardOf(shard.partition, [])
    again.restore(structuredClone(shard.snapshot()))
    return again
  })
  expect(explained(at, restored, 'lead_long', { warehouse: 'W1' })).toEqual(here)
  expect(explained(at, restored.map(replicaOf), 'lead_long', { warehouse: 'W1' })).toEqual(here)
})

test('a visit that shares a segment with others is due by its own labels, also where it is told again', () => {
  const [lead, picking, unwatched] = process.stages as [StageDefinition, StageDefinition, StageDefinition]
  const target = {
    defaultMs: (5 * hour) as DurationMs,
    by: [{ attribute: 0, value: 'W9', targetMs: hour as DurationMs }],
  }
  const short = {
    ...process,
    stages: [lead, { ...picking, calendar: undefined, maxSegments: 1, target }, unwatched],
  }
  const shard = new Shard({ process: short, partition: 0, topics: ['events'], epoch: 0, isPublished: true })
  const replica = new ShardReplica(short, 0)
  fold(shard, [
    ['first', 'paid', friday + 8 * hour, 'W1'],
    ['a', 'paid', friday + 9 * hour, 'W8'],
  ])
  replica.apply(structuredClone(shard.publish()))
  expect(replica.openCases.oldest(1, undefined)[1]).toMatchObject({ case: 'a', due: { at: friday + 14 * hour } })
  fold(shard, [['a', 'noted', friday + 9 * hour + 1, 'W9']])
  replica.apply(structuredClone(shard.publish()))
  expect(replica.openCases.oldest(1, undefined)[1]).toMatchObject({ case: 'a', due: { at: friday + 10 * hour } })
})

test('ages and due instants are in the time of the stage, and what entered after T is not told', () => {
  const monday = instant(friday + 3 * 24 * hour + 10 * hour)
  const shard = shardOf(0, [
    ['a', 'paid', friday + 16 * hour, 'W1'],
    ['late', 'paid', monday + 1, 'W1'],
  ])
  const found = explained(monday, [shard], 'picking_long', {})
  expect(found?.oldest).toMatchObject([{ case: 'a', enteredAt: friday + 16 * hour, ageMs: 2 * hour, due: monday }])
  expect(found?.atStake).toBeUndefined()
})

test('where nobody reads late_risk, who will be late follows from the target and the durations within the window', () => {
  const minute = 60_000
  const visit = (name: string, from: number, to: number): Told[] => [
    [name, 'paid', from, 'W1'],
    [name, 'picked', to],
  ]
  const long = ['k', 'l', 'm', 'n'].flatMap(name => visit(name, at - 4 * hour - 30 * minute, at - 30 * minute))
  const short = Array.from({ length: 30 }, (_, index) => visit(`${index}`, at - 40 * minute, at - 30 * minute)).flat()
  const open: Told[] = [
    ['overdue', 'paid', at - 3 * hour, 'W1'],
    ['will be', 'paid', at - 110 * minute, 'W1'],
    ['young', 'paid', at - 5 * minute, 'W1'],
  ]
  const log = [...long, ...short, ...open].sort(([, , left], [, , right]) => left - right)
  const found = explained(at, [shardOf(0, log)], 'picking_long', {})
  expect(found).toMatchObject({ open: 3, overdue: 1, probablyLate: { low: 2, high: 2 } })
  expect(found?.oldest.map(({ case: id, late }) => [id, late?.low === late?.high, (late?.low ?? 0) >= 0.5])).toEqual([
    ['overdue', true, true],
    ['will be', true, true],
    ['young', true, false],
  ])
})

test('a look at the cases changes no page of a snapshot, and what no rule watches is not kept', () => {
  const shard = shardOf(0, logs[0] as readonly Told[])
  const { cases } = shard.snapshot()
  const before = cases.store.arena.pages.map(page => page.slice())
  expect(shard.openCases.oldest(0, undefined)).toHaveLength(5)
  shard.snapshot().cases.store.arena.pages.forEach((page, index) => {
    expect(page.buffer).toBe(cases.store.arena.pages[index]?.buffer)
    expect(page).toEqual(before[index])
  })
  expect(shard.openCases.oldest(2, undefined)).toEqual([])
  expect(shard.openCases.atStake(2, undefined)).toEqual({ sum: 0n, cases: 0 })
})
