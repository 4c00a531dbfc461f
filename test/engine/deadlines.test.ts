import { expect, test } from 'vitest'
import { LiveView } from '../../src/engine/live-view.ts'
import { instant } from '../../src/event/instant.ts'
import type { ProcessDefinition, RuleDefinition } from '../../src/model/definitions.ts'
import { RandomDraws } from '../../src/source/random-draws.ts'
import { makeProcess, makeRule } from '../model/process.ts'
import { atOnce, replay, replayEngine } from './delivery.ts'
import type { Log } from './logs.ts'

const MINUTE = 60_000
const HOUR = 3_600_000

/** Orders are paid, picked, delivered, and promised for 45 minutes after they were paid. */
const promised = (rules: readonly RuleDefinition[]): ProcessDefinition => ({
  ...makeProcess({
    activities: ['paid', 'picked', 'delivered'],
    attributes: ['wh', 'due:instant'],
    ends: { completed: ['delivered'] },
    stages: {
      picking: { from: ['paid'], to: ['picked'], by: ['wh'], target: { default: 30 * MINUTE } },
      transit: { from: ['picked'], to: ['delivered'], by: ['wh'] },
      lead: {
        from: ['paid'],
        to: ['delivered'],
        by: ['wh'],
        deadline: { at: 'due', through: ['picking', 'transit'], window: 6 * HOUR, level: 0.5 },
      },
    },
    settle: MINUTE,
    pane: 10_000,
    timeout: 86_400_000,
  }),
  rules,
})

const atRisk = makeRule({ name: 'at_risk', stage: 2, by: [0], window: 30 * MINUTE, when: 'late_risk - overdue >= 20' })
const overdue = makeRule({ name: 'overdue', stage: 2, by: [0], window: 30 * MINUTE, when: 'overdue >= 20' })

/** 120 orders an hour for each of two warehouses; in `a` nothing is picked in the time of the stop. */
function logsOf(hours: number, stop: { from: number; to: number }, partitions = 1): Log[] {
  const draws = new RandomDraws(11, 0)
  const logs = Array.from({ length: partitions }, (): { at: number; value: string }[] => [])
  let number = 0
  for (const wh of ['a', 'b']) {
    for (let from = 0; from < hours * HOUR; from += 30_000) {
      const name = `${wh}${number++}`
      const usual = from + draws.lognormal(10 * MINUTE, 0.3)
      const isHeld = wh === 'a' && usual >= stop.from && from < stop.to
      const picked = Math.round(isHeld ? Math.max(usual, stop.to + (usual % (5 * MINUTE))) : usual)
      const delivered = Math.round(picked + draws.lognormal(15 * MINUTE, 0.3))
      const due = from + 45 * MINUTE
      const tell = (at: number, activity: string, more = {}) =>
        logs[number % partitions]!.push({ at, value: JSON.stringify({ case: name, activity, at, ...more }) })
      tell(from, 'paid', { wh, due })
      tell(picked, 'picked')
      tell(delivered, 'delivered')
    }
  }
  return logs.map((events, partition) => ({
    topic: 'events',
    partition,
    values: events
      .filter(({ at }) => at < hours * HOUR)
      .sort((left, right) => left.at - right.at)
      .map(({ value }) => value),
  }))
}

const stop = { from: 3 * HOUR, to: 5 * HOUR }

test('orders that will probably be late are told while they can still be helped, and only where nothing moves', () => {
  const { transitions } = replay(replayEngine(promised([atRisk, overdue])), logsOf(8, stop), atOnce)
  const told = transitions.map(({ rule, state, segment }) => [rule, state, segment])
  expect(told.slice(0, 2)).toEqual([
    ['at_risk', 'firing', { wh: 'a' }],
    ['overdue', 'firing', { wh: 'a' }],
  ])
  expect(transitions.every(({ segment }) => segment.wh === 'a')).toBe(true)
  const [first, second] = transitions
  expect(first!.at).toBeGreaterThan(stop.from)
  expect(second!.at - first!.at).toBeGreaterThan(5 * MINUTE)
  expect(transitions.slice(-2).map(({ state }) => state)).toEqual(['resolved', 'resolved'])
})

test('partitions add up: what three of them hold is at risk as if one held it', () => {
  const firings = (partitions: number) =>
    replay(replayEngine(promised([atRisk, overdue])), logsOf(5, stop, partitions), atOnce).transitions.map(
      ({ rule, state, at, value }) => ({ rule, state, at, value }),
    )
  const [one, three] = [firings(1), firings(3)]
  expect(three.map(({ rule, state }) => [rule, state])).toEqual(one.map(({ rule, state }) => [rule, state]))
  for (const [index, { rule, at }] of one.entries()) {
    // Due instants are counted alike; when a pane settles differs a little, and life tables see it.
    if (rule === 'overdue') expect(three[index]).toEqual(one[index])
    expect(Math.abs(three[index]!.at - at)).toBeLessThanOrEqual(MINUTE)
  }
})

test('a case that is looked up tells when it is due, where it is, its state and how probably it is late', async () => {
  const engine = replayEngine(promised([atRisk]))
  replay(engine, logsOf(4, stop), atOnce)
  const view = new LiveView([engine], instant(0))
  const at = engine.evaluatedAt!
  // `a` has picked nothing for an hour: b is as it always was.
  const caseAt = (wh: 'a' | 'b', age: number) => `${wh}${(wh === 'a' ? 0 : 480) + Math.round((at - age) / 30_000)}`
  const leadOf = async (name: string) =>
    (await view.deadlinesOf(engine.process.name, name)).find(({ stage }) => stage === 'lead')!
  expect(await leadOf(caseAt('a', 50 * MINUTE))).toMatchObject({
    state: 'overdue',
    chance: { low: 1, high: 1 },
    level: 0.5,
  })
  expect(await leadOf(caseAt('a', 40 * MINUTE))).toMatchObject({
    state: 'due_soon',
    within: { stage: 'picking', isLeft: false },
  })
  const young = await leadOf(caseAt('b', 2 * MINUTE))
  expect(young).toMatchObject({ state: 'on_time', within: { stage: 'picking', isLeft: false } })
  expect(young.chance.high).toBeLessThan(0.1)
  const [picking] = await view.deadlinesOf(engine.process.name, caseAt('b', 2 * MINUTE))
  expect(picking).toMatchObject({ stage: 'picking', within: undefined, state: 'on_time' })
  expect(picking!.due - picking!.start).toBe(30 * MINUTE)
  expect(await view.deadlinesOf(engine.process.name, 'nobody')).toEqual([])
  expect(await view.deadlinesOf(engine.process.name, 'b480')).toEqual([])
})

test('the page is told late risk of stages with a deadline, and of those whose target somebody asks about', () => {
  const statistics = (rules: readonly RuleDefinition[]) => {
    const engine = replayEngine(promised(rules))
    replay(engine, logsOf(4, stop), atOnce)
    return new LiveView([engine], instant(0)).statistics(engine.process.name).map(({ segments }) => segments[0]!.values)
  }
  const [picking, transit, lead] = statistics([])
  expect([picking!.late_risk, transit!.late_risk]).toEqual([undefined, undefined])
  expect(lead!.overdue).toBeGreaterThan(20)
  expect(lead!.late_risk).toBeGreaterThan(lead!.overdue! + 20)
  const asked = makeRule({ name: 'slow', stage: 0, window: HOUR, when: 'late_risk >= 50' })
  expect(statistics([asked])[0]!.late_risk).toBeGreaterThan(50)
})
