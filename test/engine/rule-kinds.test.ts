import { expect, test } from 'vitest'
import type { AlertTransition } from '../../src/alerts/transition.ts'
import { loadDefinitions } from '../../src/model/load.ts'
import { ClockedEngine, order } from './orders.ts'

const minute = 60_000
const noon = Date.UTC(2026, 4, 5, 12)
const id = { topic: 'events', partition: 0 }

const processWith = (rule: string) => {
  const text = `process: orders
owner: ops
sources:
  - topics: [events]
    format: json
    case: case
    activity: activity
    time: {from: at, unit: ms}
    dimensions: {wh: wh}
activities: [paid, picked]
settle: 1m
pane: 1m
stages:
  picking: {from: paid, to: picked, by: [wh], target: 30s}
rules:
  watched: {stage: picking, by: [wh], ${rule}}
`
  const { definitions, problems } = loadDefinitions([
    { name: 'p.yaml', text },
    { name: 'owners.yaml', text: 'ops: {title: Operations}' },
  ])
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
  const [process] = definitions?.processes ?? []
  if (process === undefined) throw new Error('no process')
  return process
}

/** An order a minute for three hours, each picked after 10 s; those paid from `from` to `until` (in minutes) after 50 s, or never. */
function transitionsOf(rule: string, from: number, until: number, how: 'late' | 'never'): readonly AlertTransition[] {
  const clocked = new ClockedEngine(processWith(rule), noon)
  clocked.assign(id)
  const transitions: AlertTransition[] = []
  for (let at = 0; at < 180; at++) {
    const paid = noon + at * minute
    const isSlow = at >= from && at < until
    const picked = isSlow ? (how === 'late' ? paid + 50_000 : undefined) : paid + 10_000
    clocked.nowMs = paid + 59_000
    clocked.append(id, [order(paid, `c${at}`), ...(picked === undefined ? [] : [order(picked, `c${at}`, 'picked')])])
    transitions.push(...clocked.settle().transitions)
  }
  return transitions
}

const minutesOf = (transitions: readonly AlertTransition[]) =>
  transitions.map(({ state, at }) => [state, Math.floor((at - noon) / minute)])

test('a budget that burns 14 times as fast as it may fires once an hour has lost 14 % and the last minutes still do, and ends with them', () => {
  // 14.4 % of an hour and the pane that fills are 8.8: the ninth breach is the one.
  const slo = 'slo: {objective: 0.99, windows: [1h]}'
  expect(minutesOf(transitionsOf(slo, 90, 120, 'late'))).toEqual([
    ['firing', 98],
    ['resolved', 125],
  ])
  const [fired] = transitionsOf(slo, 90, 120, 'late')
  expect(fired?.explanation.terms.map(({ text, values }) => [text, values])).toEqual([
    ['exited.over("1h") >= 20', { 'exited.over("1h")': 61 }],
    ['breached.over("1h") > 0.144 * exited.over("1h")', { 'breached.over("1h")': 9, 'exited.over("1h")': 61 }],
    ['breached.over("5m") > 0.144 * exited.over("5m")', { 'breached.over("5m")': 6, 'exited.over("5m")': 6 }],
  ])
})

test('a budget does not burn before so many visits have completed as are asked for', () => {
  expect(minutesOf(transitionsOf('slo: {objective: 0.99, min_events: 20, windows: [1h]}', 0, 30, 'late'))[0]).toEqual([
    'firing',
    19,
  ])
})

test('a case that is open for longer than it may fires by segment, once for all of them', () => {
  const transitions = transitionsOf('stuck: 30m', 60, 70, 'never')
  expect(minutesOf(transitions)).toEqual([['firing', 90]])
  expect(transitions[0]).toMatchObject({ segment: { wh: 'a' } })
})

test('a rule says how it stands at a segment whether it fires or not, and nothing changes by asking', () => {
  const rule = "window: 10m, when: entered > 5, min_samples: 8, for: 5m, summary: '{{ entered }} came'"
  const clocked = new ClockedEngine(processWith(rule), noon)
  clocked.assign(id)
  const { engine } = clocked
  const asked = (wh: string | null = 'a') => engine.explain('watched', { wh })
  expect(asked()).toBeUndefined()
  const said: unknown[] = []
  for (let at = 0; at < 15; at++) {
    clocked.nowMs = noon + at * minute + 30_000
    clocked.append(id, [order(noon + at * minute, `c${at}`)])
    clocked.settle()
    const before = JSON.stringify(engine.snapshot())
    const { phase, alert, quiet } = asked() ?? {}
    said.push([at, phase, alert === undefined ? 'no alert' : 'alert', ...(quiet ?? []).map(({ kind }) => kind)])
    expect(JSON.stringify(engine.snapshot())).toBe(before)
  }
  const early = [0, 1, 2, 3, 4].map(at => [at, 'inactive', 'no alert', 'too-few-samples', 'term-false'])
  expect(said).toEqual([
    ...early,
    [5, 'inactive', 'no alert', 'too-few-samples'],
    [6, 'inactive', 'no alert', 'too-few-samples'],
    ...[7, 8, 9, 10, 11].map(at => [at, 'pending', 'alert', 'pending']),
    ...[12, 13, 14].map(at => [at, 'firing', 'alert']),
  ])
  expect(asked()?.alert).toBe(engine.openAlerts()[0]?.id)
  // Of a condition that does not hold the summary would say what is not so.
  expect([asked()?.summary, asked('nowhere')?.summary]).toEqual([{ en: '11 came' }, undefined])
  expect(asked()?.explanation.terms.map(({ text }) => text)).toEqual(['entered > 5', 'at_risk >= 8'])
  expect(asked('nowhere')).toMatchObject({
    phase: 'inactive',
    quiet: [{ kind: 'no-segment' }, { kind: 'too-few-samples' }, { kind: 'term-false' }],
  })
  expect(engine.explain('watched', {})).toBeUndefined()
  expect(engine.explain('watched', { wh: 'a', other: 'b' })).toBeUndefined()
  expect(engine.explain('unknown', { wh: 'a' })).toBeUndefined()
})

test('a deadline fires when so many are overdue', () => {
  // Ages are known to the width of a pane, so the fifth is over its 30 s a minute later.
  expect(minutesOf(transitionsOf('deadline: {overdue: 5}', 60, 70, 'never'))).toEqual([['firing', 65]])
})
