import { afterAll, beforeAll, expect, test } from 'vitest'
import { embeddedScratchStore, type ScratchStore } from '../../../test/support/store/scratch-store.ts'
import { transitionRow } from '../../../test/support/store/transition-row.ts'
import type { AlertAction, AlertFeedback } from '../../alerts/alert-action.ts'
import type { AlertPhase, AlertTransition } from '../../alerts/transition.ts'
import { instant } from '../../event/instant.ts'
import type { DefinitionRow } from '../writing/tables/definitions.ts'
import type { AlertQuery } from './alerts.ts'

let store: ScratchStore

beforeAll(async () => {
  store = await embeddedScratchStore()
})

afterAll(() => store.close())

const life = (process: string, id: string, states: readonly [AlertPhase, number][], change = {}): AlertTransition[] =>
  states.map(([state, at]) => transitionRow(process, { id, state, at: instant(at), ...change }))

test('alerts are listed by their latest transition, those that moved last first, page by page', async () => {
  const process = 'listed'
  await store.write({
    transitions: [
      ...life(process, 'a', [
        ['pending', 1_000],
        ['firing', 1_000],
        ['resolved', 9_000],
      ]),
      ...life(process, 'b', [['pending', 9_000]]),
      ...life(
        process,
        'c',
        [
          ['pending', 2_000],
          ['firing', 5_000],
        ],
        { value: undefined, firedAt: undefined },
      ),
      ...life(process, 'd', [
        ['recovering', 4_000],
        ['resolved', 4_000],
      ]),
    ],
  })
  const first = await store.queries.alertPage({ process, limit: 2 })
  expect(
    first.alerts.map(({ latest, begunAt, transitions }) => [latest.id, latest.state, begunAt, transitions]),
  ).toEqual([
    ['b', 'pending', 9_000, 1],
    ['a', 'resolved', 1_000, 3],
  ])
  const second = await store.queries.alertPage({ process, limit: 2, cursor: first.next as string })
  expect(second.alerts.map(({ latest }) => latest.id)).toEqual(['c', 'd'])
  // Both of one instant, and the later of its life.
  expect(second.alerts[1]?.latest.state).toBe('resolved')
  expect(second.next).toBeUndefined()
  // An absent value is that of the latest transition, not an earlier one's.
  expect(second.alerts[0]?.latest).toEqual(
    transitionRow(process, { id: 'c', state: 'firing', at: instant(5_000), value: undefined, firedAt: undefined }),
  )
  await expect(
    store.queries.alertPage({ process, state: 'firing', limit: 2, cursor: first.next as string }),
  ).rejects.toThrow(/"cursor" belongs to another question/)
})

test('alerts are found by process, state, rule, subject, owner, severity and the time in which they lived', async () => {
  const process = 'filtered'
  await store.write({
    transitions: [
      ...life(process, 'old', [
        ['pending', 1_000],
        ['resolved', 2_000],
      ]),
      ...life(
        process,
        'gone',
        [
          ['pending', 1_000],
          ['inactive', 3_000],
        ],
        { rule: 'other' },
      ),
      ...life(process, 'on', [['firing', 1_500]], { owner: 'it', severity: 'info' }),
      transitionRow(process, { id: 'money', measure: 'amount', at: instant(8_000) }),
    ],
  })
  const ids = async (query: Partial<AlertQuery>) =>
    (await store.queries.alertPage({ process, limit: 10, ...query })).alerts.map(({ latest }) => latest.id).sort()
  expect(await ids({})).toEqual(['gone', 'money', 'old', 'on'])
  expect(await ids({ process: 'no such' })).toEqual([])
  expect(await ids({ state: 'resolved' })).toEqual(['old'])
  // It was pending once, and is no longer.
  expect(await ids({ state: 'pending' })).toEqual([])
  expect(await ids({ rule: 'other' })).toEqual(['gone'])
  expect(await ids({ stage: 'picking' })).toEqual(['gone', 'old', 'on'])
  expect(await ids({ measure: 'amount' })).toEqual(['money'])
  expect(await ids({ owner: 'it' })).toEqual(['on'])
  expect(await ids({ severity: 'info' })).toEqual(['on'])
  const lived = (from: number, to: number) => ids({ range: { from: instant(from), to: instant(to) } })
  expect(await lived(2_000, 3_000)).toEqual(['gone', 'old', 'on'])
  expect(await lived(2_001, 3_000)).toEqual(['gone', 'on'])
  expect(await lived(3_001, 8_001)).toEqual(['money', 'on'])
  expect(await lived(0, 1_000)).toEqual([])
  await expect(lived(5, 5)).rejects.toThrow(/"to" is 5, not after "from"/)
})

const definition = (since: number, change: Partial<DefinitionRow> = {}): DefinitionRow => ({
  ...{
    process: 'orders',
    kind: 'metric',
    name: 'picking_p90',
    since: instant(since),
    hash: `${since}`.padEnd(64, '0'),
  },
  ...{ version: 1, owner: 'warehouse-ops', epoch: 0, definition: '{"statistic":"p90"}' },
  ...change,
})

test('the definition that gave a number is the one that was in force at its instant', async () => {
  const rows = [
    definition(1_000),
    definition(5_000, { version: undefined, owner: "o'brien", epoch: 1 }),
    definition(2_000, { name: 'other' }),
    definition(3_000, { kind: 'rule' }),
    definition(4_000, { process: 'claims' }),
  ]
  await store.write({ definitions: rows })
  const asked = { process: 'orders', kind: 'metric', name: 'picking_p90' } as const
  const inForce = (at: number) => store.queries.definitionInForce({ ...asked, at: instant(at) })
  expect(await inForce(999)).toBeUndefined()
  expect(await inForce(1_000)).toEqual(rows[0])
  expect(await inForce(4_999)).toEqual(rows[0])
  expect(await inForce(5_000)).toEqual(rows[1])
  expect(await store.queries.definitionHistory(asked)).toEqual(rows.slice(0, 2))
})

test('of each rule it is known how often it fired in a time, and what people said last of that', async () => {
  const process = 'judged'
  const fired = (id: string, at: number, change = {}) =>
    transitionRow(process, { id, state: 'firing', at: instant(at), firedAt: instant(at), ...change })
  const said = (alert: string, at: number, verdict: AlertFeedback): AlertAction => ({
    ...{ process, alert, id: `${alert}-${at}`, by: 'ana', at: instant(at), kind: 'feedback', fields: { verdict } },
  })
  await store.write({
    transitions: [
      fired('a', 1_000),
      // It wavered: it is still the same episode.
      transitionRow(process, { id: 'a', state: 'recovering', at: instant(2_000), firedAt: instant(1_000) }),
      fired('a', 3_000, { firedAt: instant(1_000), from: 'recovering' }),
      fired('b', 5_000),
      fired('c', 6_000, { rule: 'other' }),
      fired('early', 500),
      fired('late', 9_000),
      transitionRow(process, { id: 'd', state: 'pending', at: instant(4_000), firedAt: undefined }),
      { ...fired('e', 5_000), process: 'elsewhere' },
    ],
    actions: [said('a', 7_000, 'false_alarm'), said('a', 8_000, 'useful'), said('b', 7_000, 'false_alarm')],
  })
  const range = { from: instant(1_000), to: instant(9_000) }
  expect(await store.queries.ruleRecords({ process, range })).toEqual([
    { rule: 'other', fired: 1, lastFiredAt: 6_000, useful: 0, falseAlarm: 0 },
    { rule: 'picking_slow', fired: 2, lastFiredAt: 5_000, useful: 1, falseAlarm: 1 },
  ])
})
