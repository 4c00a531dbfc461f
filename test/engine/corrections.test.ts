import { expect, test } from 'vitest'
import type { EvaluatorState } from '../../src/engine/evaluator-state.ts'
import { instant } from '../../src/event/instant.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { makeProcess, makeRule } from '../model/process.ts'
import { ClockedEngine, order, ordersWith } from './orders.ts'

const noon = Date.UTC(2026, 4, 5, 12)
const id = { topic: 'events', partition: 0 }
const at = (seconds: number) => noon + seconds * 1_000

type Changes = { readonly when?: string; readonly keepFiringFor?: number }

/** Orders whose visits take too long on average; settled after 60 s. @see ordersWith */
function watched({ when = 'avg > duration("30s")', keepFiringFor = 0 }: Changes = {}) {
  return sceneOf(ordersWith([makeRule({ name: 'slow', by: [0], window: 60_000, when, keepFiringFor })]))
}

function sceneOf(process: ProcessDefinition) {
  const clocked = new ClockedEngine(process, noon)
  clocked.assign(id)
  return {
    clocked,
    /** What is told of alerts until so many seconds after noon; the records are there when it begins. */
    until(seconds: number, ...records: readonly string[]) {
      clocked.append(id, records)
      const transitions = []
      while (clocked.nowMs < at(seconds)) {
        clocked.nowMs += 1_000
        clocked.append(id, [])
        transitions.push(...clocked.settle().transitions)
      }
      return transitions.map(({ at: told, state, from, because, value }) => [
        (told - noon) / 1_000,
        `${from} → ${state}`,
        because,
        value,
      ])
    },
  }
}

const visit = (name: string, from: number, to: number) => [order(at(from), name), order(at(to), name, 'picked')]
/** Visits of a second each, which bring the average of one of 60 s down to 15.75 s. */
const quick = (from: number) => ['B', 'C', 'D'].flatMap(name => visit(name, from, from + 1))
/** What moves the time of the log on. */
const later = (seconds: number) => order(at(seconds), `later${seconds}`)

const firedAt70 = [70, 'inactive → firing', 'breach-held', 60_000]

/** One slow visit ends at 65 s, which is known at 70 s, where a pane ends. */
function fired(changes: Changes = {}) {
  const scene = watched(changes)
  expect(scene.until(69, order(at(5), 'A'))).toEqual([])
  expect(scene.until(70, order(at(65), 'A', 'picked'))).toEqual([firedAt70])
  return scene
}

test('an alert that was already over is withdrawn when its numbers are settled and would not have let it fire', () => {
  const scene = fired()
  expect(scene.until(80, ...quick(62))).toEqual([[71, 'firing → resolved', 'recovery-held', 15_750]])
  expect(scene.until(129, later(80))).toEqual([])
  expect(scene.until(300, later(129))).toEqual([[130, 'resolved → resolved', 'withdrawn', 15_750]])
  expect(scene.clocked.engine.openAlerts()).toEqual([])
})

test('an alert that is still open is over when it is withdrawn, and may fire anew', () => {
  const scene = fired({ keepFiringFor: 600_000 })
  expect(scene.until(80, ...quick(62))).toEqual([[71, 'firing → recovering', 'recovery-too-young', 15_750]])
  expect(scene.until(131, later(129))).toEqual([[130, 'recovering → resolved', 'withdrawn', 15_750]])
  expect(scene.until(140, ...visit('E', 75, 135))).toEqual([[132, 'inactive → firing', 'breach-held', 60_000]])
})

test('an alert that would have fired all the same, or that holds now, is revised and goes on', () => {
  const revised = fired()
  expect(revised.until(80, ...visit('B', 32, 63))).toEqual([])
  expect(revised.until(131, later(80), ...visit('C', 60, 125))).toEqual([[130, 'firing → firing', 'revised', 45_500]])
  const again = fired({ keepFiringFor: 600_000 })
  again.until(120, ...quick(62))
  expect(again.until(132, ...visit('E', 60, 125))).toEqual([
    [130, 'recovering → firing', 'breached-again', 65_000],
    // An alert enters one state at a time.
    [131, 'firing → firing', 'revised', 15_750],
  ])
  expect(again.clocked.engine.openAlerts().map(({ because }) => because)).toEqual(['revised'])
})

test('what comes in time corrects nothing, not even in the pane that was filling', () => {
  const scene = watched()
  expect(scene.until(71, order(at(5), 'A'))).toEqual([])
  expect(scene.until(72, order(at(71), 'A', 'picked'))).toEqual([[72, 'inactive → firing', 'breach-held', 66_000]])
  expect(scene.until(80, ...quick(72))).toEqual([[73, 'firing → resolved', 'recovery-held', 17_250]])
  expect(scene.until(300, later(80), later(150))).toEqual([])
})

test('what came too late to count corrects nothing', () => {
  const scene = fired()
  expect(scene.until(129, later(128))).toEqual([])
  expect(scene.until(300, later(190), ...quick(62))).toEqual([])
})

test('a condition on what is open now is of its instant alone', () => {
  const scene = fired({ when: 'avg > duration("30s") && wip < 100' })
  scene.until(80, ...quick(62))
  expect(scene.until(300, later(129))).toEqual([])
})

test('an alert on a measure is withdrawn or revised as one on a stage is', () => {
  const orders = ordersWith([
    makeRule({ name: 'dear', measure: 0, by: [0], window: 60_000, when: 'avg > 100', keepFiringFor: 600_000 }),
  ])
  const sketch = makeProcess({
    activities: ['paid'],
    attributes: ['wh', 'amount:value'],
    stages: {},
    measures: { revenue: { of: 'amount', on: ['paid'], by: ['wh'] } },
    settle: 60_000,
    pane: 10_000,
    timeout: 86_400_000,
  })
  const paid = (seconds: number, amount: number) =>
    JSON.stringify({ case: `${seconds}/${amount}`, activity: 'paid', at: at(seconds), wh: 'a', amount })
  const dear = () => {
    const scene = sceneOf({ ...sketch, rules: orders.rules, evaluateEveryMs: orders.evaluateEveryMs })
    expect(scene.until(69, paid(5, 10))).toEqual([])
    expect(scene.until(70, paid(65, 400))).toEqual([[70, 'inactive → firing', 'breach-held', 400]])
    return scene
  }
  const withdrawn = dear()
  expect(withdrawn.until(80, ...[61, 62, 63, 64].map(seconds => paid(seconds, 10)))).toEqual([
    [71, 'firing → recovering', 'recovery-too-young', 88],
  ])
  expect(withdrawn.until(131, paid(129, 10))).toEqual([[130, 'recovering → resolved', 'withdrawn', 88]])
  const revised = dear()
  expect(revised.until(80, paid(64, 300))).toEqual([])
  expect(revised.until(131, paid(129, 300))).toEqual([[130, 'firing → firing', 'revised', 350]])
  const unchanged = dear()
  expect(unchanged.until(300, paid(71, 200), paid(129, 200))).toEqual([])
})

test('a restart, also of the whole log, changes nothing; an edited condition is not held against the alert', () => {
  const before = fired()
  before.until(80, ...quick(62))
  const state: EvaluatorState = JSON.parse(JSON.stringify(before.clocked.engine.snapshot()))
  const go = (changes: Changes = {}) => {
    const after = watched(changes)
    after.clocked.nowMs = at(80)
    expect(after.clocked.engine.restore(state, instant(at(80)))).toEqual([])
    const log = [order(at(5), 'A'), order(at(65), 'A', 'picked'), ...quick(62)]
    return after.until(300, ...log, later(129))
  }
  expect(go()).toEqual([[130, 'resolved → resolved', 'withdrawn', 15_750]])
  expect(go({ when: 'avg > duration("31s")' })).toEqual([])
})
