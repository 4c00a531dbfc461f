import { expect, test } from 'vitest'
import { END_UNKNOWN_AFTER_MS } from '../../src/engine/partition.ts'
import { CATCHING_UP_MS } from '../../src/engine/process-engine.ts'
import { instant } from '../../src/event/instant.ts'
import { makeRule } from '../model/process.ts'
import { ClockedEngine, order, ordersWith } from './orders.ts'

const minute = 60_000
const noon = Date.UTC(2026, 4, 5, 12)

const perWarehouse = makeRule({ name: 'busy', window: minute, when: 'wip >= 2.0', by: [0] })
const old = makeRule({ name: 'old', window: minute, when: 'age_max > duration("30s")', by: [0] })

const id = { topic: 'events', partition: 0 }

/** At noon, with an open order in each of two warehouses for twenty seconds. */
function atNoon(): ClockedEngine {
  const clocked = new ClockedEngine(ordersWith([perWarehouse, old]), noon)
  clocked.assign(id)
  clocked.append(id, [order(noon - 20_000, 'a1'), order(noon - 20_000, 'b1', 'paid', 'b')])
  clocked.settle()
  expect(clocked.engine.evaluatedAt).toBe(noon)
  return clocked
}

test('live, T follows the wall clock in steps of evaluate_every, with or without records', () => {
  const clocked = atNoon()
  clocked.nowMs = noon + 3_400
  expect(clocked.settle().at).toEqual([noon + 1_000, noon + 2_000, noon + 3_000])
  expect(clocked.settle().at).toEqual([])
})

test('a batch that touches a segment is judged without waiting for the next T', () => {
  const clocked = atNoon()
  clocked.nowMs = noon + 300
  clocked.append(id, [order(noon + 200, 'a2')])
  const { transitions } = clocked.settle()
  expect(transitions.map(({ rule, segment, state, at }) => [rule, segment, state, at])).toEqual([
    ['busy', { wh: 'a' }, 'firing', noon + 300],
  ])
})

test('a segment that no batch touched waits for the next T', () => {
  const clocked = atNoon()
  // Both warehouses have an order of over thirty seconds by then; of one of them something is heard before.
  clocked.nowMs = noon + 15_000
  clocked.settle()
  clocked.nowMs = noon + 15_700
  clocked.append(id, [order(noon + 15_600, 'a2')])
  clocked.settle()
  clocked.nowMs = noon + 15_900
  clocked.append(id, [order(noon + 15_800, 'a1', 'picked')])
  const touched = clocked.settle().transitions
  expect(new Set(touched.map(({ segment }) => segment.wh))).toEqual(new Set(['a']))
  clocked.nowMs = noon + 17_000
  expect(clocked.settle().at).toEqual([noon + 16_000, noon + 17_000])
})

test('nothing is evaluated twice, backwards or in the future when batches come between the T', () => {
  const clocked = atNoon()
  for (let batch = 0; batch < 60; batch++) {
    clocked.nowMs += 170
    clocked.append(id, [order(clocked.nowMs - 50, `n${batch}`, 'paid', batch % 2 === 0 ? 'a' : 'b')])
    clocked.settle()
    expect(clocked.engine.evaluatedAt).toBeLessThanOrEqual(clocked.nowMs)
  }
  const all = clocked.evaluatedAt
  expect(all.every((at, index) => index === 0 || at > all[index - 1]!)).toBe(true)
  const grid = all.filter(at => at % 1_000 === 0)
  expect(grid.at(-1)).toBe(Math.floor(clocked.nowMs / 1_000) * 1_000)
  expect(grid.slice(1).every((at, index) => at - grid[index]! === 1_000)).toBe(true)
})

test('a process catches up in steps of the pane, and goes on in steps of evaluate_every', () => {
  const clocked = new ClockedEngine(ordersWith([perWarehouse]), noon)
  clocked.assign(id)
  const begin = noon - 10 * minute
  clocked.append(id, [order(begin + 5_000, 'a1'), order(begin + 7_000, 'a2')])
  expect(clocked.engine.isCatchingUp).toBe(true)
  const { at, transitions } = clocked.settle()
  expect(clocked.engine.isCatchingUp).toBe(false)
  expect(transitions.map(transition => transition.at)).toEqual([begin + 10_000])
  const history = at.filter(each => each <= noon - CATCHING_UP_MS)
  expect(history).toEqual(Array.from({ length: 54 }, (_, index) => begin + 10_000 * (index + 1)))
  expect(at.slice(history.length)).toEqual(
    Array.from({ length: 60 }, (_, index) => noon - CATCHING_UP_MS + 1_000 * (index + 1)),
  )
})

test('a process that fell behind catches up again without a gap', () => {
  const clocked = atNoon()
  clocked.nowMs = noon + 5 * minute
  clocked.append(id, [order(noon + 2 * minute, 'a2'), order(noon + 4 * minute, 'a1', 'picked')])
  const { transitions } = clocked.settle()
  expect(clocked.engine.evaluatedAt).toBe(noon + 5 * minute)
  expect(transitions.filter(({ rule }) => rule === 'busy').map(({ state, at }) => [state, at - noon])).toEqual([
    ['firing', 2 * minute + 10_000],
    ['resolved', 4 * minute + 1_000],
  ])
})

test('a partition that is given up and taken back is judged by what it holds then', () => {
  const clocked = new ClockedEngine(ordersWith([perWarehouse]), noon)
  clocked.assign(id)
  clocked.append(id, [order(noon - 5_500, 'a1')])
  expect(clocked.settle().transitions).toEqual([])
  const { engine } = clocked
  const saved = structuredClone(engine.local.all[0]!.snapshot())
  engine.revoke(id)
  engine.assign(id, saved)
  clocked.nowMs = noon + 1_000
  clocked.append(id, [order(noon + 500, 'a2')])
  expect(clocked.settle().transitions.map(({ state, value }) => [state, value])).toEqual([['firing', 2]])
})

test('nothing is concluded from a partition that has been taken away, for as long as it may come back', () => {
  const other = { topic: 'events', partition: 1 }
  const clocked = new ClockedEngine(ordersWith([perWarehouse]), noon)
  clocked.assign(id)
  clocked.assign(other)
  clocked.append(id, [order(noon - 5_500, 'a1')])
  clocked.append(other, [order(noon - 5_400, 'a2')])
  expect(clocked.settle().transitions.map(({ state }) => state)).toEqual(['firing'])
  const { engine } = clocked
  const saved = structuredClone(engine.local.all[1]!.snapshot())
  engine.revoke(other)
  clocked.nowMs = noon + 3_000
  clocked.append(id, [])
  expect(clocked.settle()).toEqual({ at: [], transitions: [] })
  expect(engine.snapshot().offsets).toEqual({ 'events:0': 1, 'events:1': 1 })
  engine.assign(other, saved)
  clocked.append(other, [])
  expect(clocked.settle()).toEqual({ at: [noon + 1_000, noon + 2_000, noon + 3_000], transitions: [] })
  engine.revoke(other)
  clocked.nowMs = noon + 40_000
  clocked.append(id, [])
  expect(clocked.settle().transitions.map(({ state }) => state)).toEqual(['resolved'])
})

test.each([
  ['live', 1_000],
  ['catching up', 5 * minute],
])('%s, a partition that is assigned later is waited for up to what the evaluator has seen of it', (_gait, away) => {
  const other = { topic: 'events', partition: 1 }
  const first = new ClockedEngine(ordersWith([perWarehouse]), noon)
  first.assign(id)
  first.assign(other)
  first.append(id, [order(noon - 5_500, 'a1')])
  first.append(other, [order(noon - 5_400, 'a2')])
  expect(first.settle().transitions.map(({ state }) => state)).toEqual(['firing'])
  const { evaluatedAt } = first.engine
  const state = structuredClone(first.engine.snapshot())

  const second = new ClockedEngine(ordersWith([perWarehouse]), noon + away)
  second.engine.restore(state, evaluatedAt!)
  second.assign(id)
  second.append(id, [order(noon - 5_500, 'a1')])
  // Alone it has one open order: judged now the alert would end, though both orders are open.
  expect(second.settle().at).toEqual([])
  second.assign(other)
  second.append(other, [], 1)
  expect(second.settle().transitions).toEqual([])
  second.append(other, [order(noon - 5_400, 'a2')])
  expect(second.settle().transitions).toEqual([])
  expect(second.engine.evaluatedAt).toBe(noon + away)
})

test('a restart over an older shard folds what the evaluator has seen, also where that lies beyond the next T', () => {
  const other = { topic: 'events', partition: 1 }
  const process = ordersWith([perWarehouse])
  const first = new ClockedEngine(process, noon)
  first.assign(id)
  first.assign(other)
  const values = [order(noon - 50_000, 'a1'), order(noon - 3_000, 'a2'), order(noon - 2_000, 'a3')]
  first.append(id, values)
  // The other one is behind, so T stays there, while the first is folded to its end.
  first.append(other, [order(noon - 49_500, 'b1', 'paid', 'b'), order(noon - 45_000, 'b2', 'paid', 'c')], 9)
  first.settle()
  expect(first.engine.evaluatedAt).toBe(noon - 45_000)
  const state = structuredClone(first.engine.snapshot())
  expect(state.offsets).toEqual({ 'events:0': 3, 'events:1': 2 })

  const second = new ClockedEngine(process, noon + 5 * minute)
  second.engine.restore(state, first.engine.evaluatedAt!)
  second.assign(id)
  second.assign(other)
  second.append(id, values)
  second.append(other, [order(noon - 49_500, 'b1', 'paid', 'b'), order(noon - 45_000, 'b2', 'paid', 'c')])
  second.settle()
  expect(second.engine.evaluatedAt).toBe(noon + 5 * minute)
})

test('a partition that does not come back does not hold time for ever', () => {
  const second = new ClockedEngine(ordersWith([perWarehouse]), noon)
  const { book } = second.engine.snapshot()
  second.engine.restore({ book, offsets: { 'events:0': 1, 'events:1': 7, 'gone:0': 3 } }, instant(noon))
  second.assign(id)
  second.append(id, [order(noon - 5_500, 'a1')])
  second.nowMs = noon + END_UNKNOWN_AFTER_MS - 1
  expect(second.settle().at).toEqual([])
  second.nowMs = noon + END_UNKNOWN_AFTER_MS
  second.append(id, [])
  second.settle()
  expect(second.engine.evaluatedAt).toBe(noon + END_UNKNOWN_AFTER_MS)
})
