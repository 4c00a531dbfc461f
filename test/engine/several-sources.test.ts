import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DurationMs } from '../../src/event/duration.ts'
import type { FieldPath, ProcessDefinition, SourceDefinition, TimeMapping } from '../../src/model/definitions.ts'
import type { PaneRow, VisitRow } from '../../src/shard/output.ts'
import { makeProcess } from '../model/process.ts'
import { deliveries, type Outcome, replay, replayEngine } from './delivery.ts'
import type { Log } from './logs.ts'

const settle = 500

const inMs = (path: string): TimeMapping => ({ from: [path], unit: 'ms', timezone: undefined })

/** Orders whose first steps stand in a table, one wide row each, and whose last ones come as events. */
const orders: ProcessDefinition = (() => {
  const sketch = makeProcess({
    activities: ['created', 'paid', 'picked', 'delivered'],
    attributes: ['wh'],
    ends: { completed: ['delivered'] },
    stages: {
      payment: { from: ['created'], to: ['paid'], by: ['wh'] },
      picking: { from: ['paid'], to: ['picked'], by: ['wh'], target: { default: 60 } },
      lead: { from: ['created'], to: ['delivered'] },
    },
    settle,
    pane: 50,
    timeout: 100_000,
    topics: { events: 'ids' },
  })
  const table: SourceDefinition = {
    topics: ['table'],
    format: 'json',
    case: [['order']],
    events: {
      kind: 'wide',
      columns: [
        { activity: 'created', time: inMs('created_at') },
        { activity: 'paid', time: inMs('paid_at') },
        { activity: 'archived', time: inMs('archived_at') },
      ],
    },
    id: undefined,
    where: undefined,
    attributes: [['warehouse'] as FieldPath],
  }
  return { ...sketch, caseTimeoutMs: 100_000 as DurationMs, sources: [...sketch.sources, table] }
})()

/** Some of the steps of an order, as far apart as given; an order lives no longer than `settle`. */
const orderOf = fc.record({
  start: fc.nat(6_000),
  steps: fc.tuple(fc.nat(120), fc.nat(120), fc.nat(120)),
  has: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()),
  warehouse: fc.constantFrom('a', 'b', null),
})

type Order = {
  readonly start: number
  readonly steps: readonly number[]
  readonly has: readonly boolean[]
  readonly warehouse: string | null
}

/** A record with the span of the instants in it. */
type Written = { readonly topic: string; readonly value: string; readonly first: number; readonly last: number }

function recordsOf(all: readonly Order[]): Written[] {
  return all.flatMap(({ start, steps, has, warehouse }, index) => {
    const order = `o${index}`
    const [created, paid, picked, delivered] = [0, 1, 2, 3].map(count =>
      steps.slice(0, count).reduce((sum, step) => sum + step, start),
    ) as [number, number, number, number]
    const row = (columns: Record<string, number | null>): Written => {
      const times = Object.values(columns).filter(at => at !== null)
      const value = JSON.stringify({ order, warehouse, archived_at: '', ...columns })
      return { topic: 'table', value, first: Math.min(...times), last: Math.max(...times) }
    }
    const event = (activity: string, at: number): Written => ({
      topic: 'events',
      value: JSON.stringify({ case: order, activity, at, id: `${order}-${activity}` }),
      first: at,
      last: at,
    })
    return [
      ...(has[0] ? [row({ created_at: created, paid_at: null })] : []),
      ...(has[1] ? [row({ created_at: has[0] ? created : null, paid_at: paid })] : []),
      ...(has[2] ? [event('picked', picked)] : []),
      ...(has[3] ? [event('delivered', delivered)] : []),
    ]
  })
}

/** The records in an order in which none is late, some of them repeated. */
function written(records: readonly Written[]): fc.Arbitrary<Log[]> {
  const fates = fc.array(
    fc.record({ delays: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 3 }) }),
    { minLength: records.length, maxLength: records.length },
  )
  return fates.map(all => {
    const copies = records.flatMap((record, index) =>
      all[index]!.delays.map(delay => ({
        ...record,
        due: record.last + Math.floor(delay * (record.first + settle - record.last)),
      })),
    )
    copies.sort((left, right) => left.due - right.due)
    return ['events', 'table'].map(topic => ({
      topic,
      partition: 0,
      values: copies.filter(copy => copy.topic === topic).map(({ value }) => value),
    }))
  })
}

/** Visits and panes as they are in the end; where a row comes from and how new it is does not count. */
function facts({ rows }: Outcome): string[] {
  // Whether a visit had ended before it changed tells of the order in which events came, as the position does.
  const bare = ({ source: _, position: _position, ...row }: VisitRow | PaneRow) =>
    JSON.stringify({ ...row, corrected: undefined })
  return rows
    .flatMap(({ visits, panes }) => [
      ...visits.filter(({ deleted }) => !deleted).map(bare),
      ...panes.filter(pane => pane.entered + pane.exited + pane.abandoned + pane.expired > 0).map(bare),
    ])
    .sort()
}

test('wide rows and events of one case give the same visits and panes in any order within settle', () => {
  let visits = 0
  const arrangements = fc
    .array(orderOf, { minLength: 1, maxLength: 25 })
    .map(recordsOf)
    .chain(records => fc.tuple(written(records), written(records), deliveries(), deliveries()))
  fc.assert(
    fc.property(arrangements, ([one, other, oneWay, otherWay]) => {
      const left = replay(replayEngine(orders), one, oneWay)
      const right = replay(replayEngine(orders), other, otherWay)
      expect(left.rows.flatMap(({ deadLetters }) => deadLetters)).toEqual([])
      expect(facts(right)).toEqual(facts(left))
      visits += left.rows.flatMap(row => row.visits).length
    }),
    { numRuns: 200 },
  )
  expect(visits).toBeGreaterThan(1_000)
})

test('an order in table and events is one case: its stages begin in one topic and end in the other', () => {
  const logs: Log[] = [
    {
      topic: 'events',
      partition: 0,
      values: [JSON.stringify({ case: 'o', activity: 'picked', at: 170, id: 'p' })],
    },
    {
      topic: 'table',
      partition: 0,
      values: [
        JSON.stringify({ order: 'o', warehouse: 'a', created_at: 100 }),
        JSON.stringify({ order: 'o', warehouse: 'a', created_at: 100, paid_at: 140 }),
      ],
    },
  ]
  const engine = replayEngine(orders)
  const { rows } = replay(engine, logs, {
    portions: [{ log: 0, records: 1, steps: 1, budgetMs: 20 }],
    endsTold: [],
    order: [],
  })
  const visits = rows.flatMap(row => row.visits).map(({ stage, start, end, outcome }) => [stage, start, end, outcome])
  expect(visits).toEqual(
    expect.arrayContaining([
      ['payment', 100, 140, 'completed'],
      ['picking', 140, 170, 'completed'],
      ['lead', 100, undefined, 'open'],
    ]),
  )
  expect(engine.partitions.find(({ id }) => id.topic === 'table')!.shard.countsOf(1)).toMatchObject({
    events: 3,
    counted: 2,
    duplicate: 1,
  })
})
