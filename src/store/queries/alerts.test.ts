import { afterAll, beforeAll, expect, test } from 'vitest'
import { embeddedScratchStore, type ScratchStore } from '../../../test/support/store/scratch-store.ts'
import { transitionRow } from '../../../test/support/store/transition-row.ts'
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
