import { deserialize, serialize } from 'node:v8'
import { expect, test } from 'vitest'
import type { AlertTransition } from '../../src/alerts/transition.ts'
import { LiveView } from '../../src/engine/live-view.ts'
import { instant } from '../../src/event/instant.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { alertView } from '../../src/protocol/alert-view.ts'
import type { HourOfValues } from '../../src/rules/hourly-values.ts'
import { RandomDraws } from '../../src/source/random-draws.ts'
import { makeRule } from '../model/process.ts'
import { atOnce, replay, replayEngine } from './delivery.ts'
import { type Log, recordsOf } from './logs.ts'
import { order, ordersWith } from './orders.ts'

const MINUTE = 60_000
const HOUR = 3_600_000

const slow = makeRule({
  name: 'picking_slow',
  by: [0],
  window: 30 * MINUTE,
  when: 'live_p90 > duration("30m") && at_risk >= 20',
  recoverWhen: 'live_p90 < duration("20m")',
  summary: { en: 'p90 {{ live_p90 }}' },
})

type Visit = { readonly warehouse: string; readonly from: number; readonly to: number }

/**
 * Orders of two warehouses, 240 an hour each, that are picked within about 10 minutes. In one of them nothing is picked
 * in the time of a stop: orders wait for its end, and a little longer.
 */
function visitsOf(hours: number, stop: { from: number; to: number } | undefined): Visit[] {
  const draws = new RandomDraws(7, 0)
  const visits: Visit[] = []
  for (const warehouse of ['a', 'b']) {
    for (let from = 0; from < hours * HOUR; from += Math.ceil(-Math.log(1 - draws.fraction()) * 15_000)) {
      const to = from + draws.lognormal(10 * MINUTE, 0.4)
      const isHeld = warehouse === 'a' && stop !== undefined && to >= stop.from && from < stop.to
      visits.push({ warehouse, from, to: Math.round(isHeld ? Math.max(to, stop.to + (to % (5 * MINUTE))) : to) })
    }
  }
  return visits
}

function logOf(visits: readonly Visit[], until: number): Log {
  const events = visits.flatMap(({ warehouse, from, to }, index) => [
    { at: from, value: order(from, `c${index}`, 'paid', warehouse) },
    { at: to, value: order(to, `c${index}`, 'picked', warehouse) },
  ])
  const values = events.filter(({ at }) => at < until).sort((left, right) => left.at - right.at)
  return { topic: 'events', partition: 0, values: values.map(({ value }) => value) }
}

const stop = { from: 3 * HOUR, to: 5 * HOUR }

test('a stage that stops altogether is found though nothing leaves it, and is over once it goes on', () => {
  const process = ordersWith([slow])
  const { transitions } = replay(replayEngine(process), [logOf(visitsOf(8, stop), 8 * HOUR)], atOnce)
  expect(transitions.map(({ state, segment }) => [state, segment])).toEqual([
    ['firing', { wh: 'a' }],
    ['resolved', { wh: 'a' }],
  ])
  const [fired, resolved] = transitions
  expect(fired!.at - stop.from).toBeLessThanOrEqual(40 * MINUTE)
  expect(resolved!.at).toBeGreaterThan(stop.to)
  expect(resolved!.at - stop.to).toBeLessThanOrEqual(HOUR)
})

test('while nothing leaves, the alert and its explanation say that the percentile is at least so much', () => {
  const process = ordersWith([slow])
  // It has stopped from the beginning: no age has ever been seen at which an order is picked.
  const { transitions } = replay(
    replayEngine(process),
    [logOf(visitsOf(2, { from: 0, to: 9 * HOUR }), 2 * HOUR)],
    atOnce,
  )
  const [fired] = transitions
  expect(transitions).toHaveLength(1)
  expect(fired!.explanation.terms[0]).toMatchObject({ atLeast: ['live_p90'], result: true })
  expect(fired!.explanation.live).toEqual({ windowMs: 16 * HOUR, exits: 0 })
  expect(fired!.summary.en).toMatch(/^p90 ≥ 30m/)
  const view = alertView(fired!, process, new Map())
  expect(view).toMatchObject({ at_least: true, threshold: { statistic: 'live_p90' }, unit: 'duration' })
  expect(view.explanation.terms[0]!.values).toEqual([
    { statistic: 'live_p90', unit: 'duration', value: view.value, at_least: true },
  ])
})

test('restarts before, within and after a stop leave the transitions as they are', () => {
  const process = ordersWith([slow])
  const log = logOf(visitsOf(7, stop), 7 * HOUR)
  const whole = replay(replayEngine(process), [log], atOnce).transitions
  expect(whole).toHaveLength(2)
  const { length } = log.values
  const cuts = [0.3, 0.47, 0.55, 0.8].map(share => Math.floor(share * length))
  expect(JSON.stringify(withRestarts(process, log, cuts))).toBe(JSON.stringify(whole))
})

/** The transitions of engines of which each goes on from what the one before left after so many records. */
function withRestarts(process: ProcessDefinition, log: Log, cuts: readonly number[]): AlertTransition[] {
  const transitions: AlertTransition[] = []
  let saved: { readonly shard: Buffer; readonly state: string; readonly at: number } | undefined
  const hours: HourOfValues[] = []
  let from = 0
  for (const until of [...cuts, log.values.length]) {
    const engine = replayEngine(process)
    if (saved !== undefined) engine.restore(JSON.parse(saved.state), instant(saved.at), hours)
    engine.assign(log, saved === undefined ? undefined : deserialize(Buffer.from(saved.shard)))
    void engine.add({ ...log, records: recordsOf(log.values.slice(from, until), from) })
    engine.tellEnd(log, log.values.length, until)
    for (let hasMore = true; hasMore; ) {
      const step = engine.step(20)
      transitions.push(...step.evaluations.flatMap(evaluation => evaluation.transitions))
      hasMore = step.hasMore
    }
    hours.push(...engine.takeHours().begun)
    saved = {
      shard: serialize(engine.local.all[0]!.snapshot()),
      state: JSON.stringify(engine.snapshot()),
      at: engine.evaluatedAt!,
    }
    from = until
  }
  return transitions
}

test('the page is told the live p90 of every stage as a whole, and of segments what rules or metrics name', () => {
  const shown = (rule: typeof slow) => {
    const engine = replayEngine(ordersWith([rule]))
    replay(engine, [logOf(visitsOf(2, { from: 0, to: 9 * HOUR }), 2 * HOUR)], atOnce)
    return new LiveView([engine], instant(0)).statistics(engine.process.name)[0]!.segments
  }
  for (const { values, atLeast } of shown(slow)) {
    const isStopped = atLeast !== undefined
    expect(Object.keys(values).filter(name => name.startsWith('live_'))).toEqual(['live_p90'])
    expect(atLeast).toEqual(isStopped ? ['live_p90'] : undefined)
  }
  expect(shown(slow).some(({ atLeast }) => atLeast?.includes('live_p90'))).toBe(true)
  for (const { total, values } of shown(makeRule({ name: 'full', window: HOUR, when: 'wip > 20' }))) {
    expect(Object.keys(values).filter(name => name.startsWith('live_'))).toEqual(total ? ['live_p90'] : [])
  }
})
