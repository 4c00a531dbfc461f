import { expect, test } from 'vitest'
import { CATCHING_UP_MS } from '../../src/engine/process-engine.ts'
import { makeRule } from '../model/process.ts'
import { ClockedEngine, order, ordersWith } from './orders.ts'

const minute = 60_000
const noon = Date.UTC(2026, 4, 5, 12)

const perWarehouse = makeRule({ name: 'busy', window: minute, when: 'wip >= 2.0', by: [0] })
const old = makeRule({ name: 'old', window: minute, when: 'age_max > 30000.0', by: [0] })

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
