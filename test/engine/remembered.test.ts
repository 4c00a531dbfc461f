import { describe, expect, test } from 'vitest'
import type { AlertTransition } from '../../src/alerts/transition.ts'
import { segmentKey } from '../../src/event/segment.ts'
import type { RuleDefinition } from '../../src/model/definitions.ts'
import type { HourOfValues } from '../../src/rules/hourly-values.ts'
import { makeRule } from '../model/process.ts'
import { ClockedEngine, order, ordersWith } from './orders.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
/** A Monday, 00:00 in UTC. */
const monday = Date.UTC(2026, 4, 4)
const id = { topic: 'events', partition: 0 }

/** Lives of one engine over one log: it is given the time of each step, and may be restarted in between. */
class Lives {
  readonly #rule: RuleDefinition
  #clocked: ClockedEngine
  readonly transitions: AlertTransition[] = []
  readonly #log: string[] = []
  readonly #durable: HourOfValues[] = []
  #number = 0

  constructor(rule: RuleDefinition) {
    this.#rule = rule
    this.#clocked = this.#begin()
  }

  /** Orders paid and picked ten seconds later, so many in a step of that length, each in a warehouse. */
  step(at: number, orders: Readonly<Record<string, number>>): void {
    const records = Object.entries(orders).flatMap(([wh, count]) =>
      Array.from({ length: count }, () => {
        const name = `c${this.#number++}`
        return [order(at, name, 'paid', wh), order(at + 10_000, name, 'picked', wh)]
      }).flat(),
    )
    this.#log.push(...records)
    this.#clocked.nowMs = at + 30_000
    this.#clocked.append(id, records)
    this.#evaluate()
  }

  restart(): void {
    const { engine, nowMs } = this.#clocked
    const [state, at] = [engine.snapshot(), engine.evaluatedAt]
    this.#clocked = this.#begin()
    this.#clocked.nowMs = nowMs
    if (at !== undefined) this.transitions.push(...this.#clocked.engine.restore(state, at, this.#durable))
    this.#clocked.append(id, this.#log)
    this.#evaluate()
  }

  get open(): readonly AlertTransition[] {
    return this.#clocked.engine.openAlerts()
  }

  #begin(): ClockedEngine {
    const clocked = new ClockedEngine({ ...ordersWith([this.#rule]), paneMs: minute as never }, monday)
    clocked.assign(id)
    return clocked
  }

  #evaluate(): void {
    this.transitions.push(...this.#clocked.settle().transitions)
    this.#durable.push(...this.#clocked.engine.takeHours().begun)
  }
}

/** As hours since that Monday, rounded to tenths. */
const said = (transitions: readonly AlertTransition[]) =>
  transitions.map(({ state, at, segment }) => [state, segment.wh ?? '', Math.round((at - monday) / (hour / 10)) / 10])

const absent = (expected: RuleDefinition['kind'] extends infer _ ? readonly string[] | undefined : never, by = [0]) =>
  makeRule({
    name: 'absent',
    by,
    window: 2 * hour,
    when: 'entered == 0',
    kind: {
      kind: 'absent',
      of: 'entered',
      expected: expected?.map(name => segmentKey([name])),
      expireMs: day as never,
    },
    noData: by.length === 0 ? { afterMs: 0 as never, state: 'alert' } : undefined,
  })

describe.each([
  ['without a restart', false],
  ['with a restart every few hours', true],
] as const)('%s', (_name, restarts) => {
  function run(rule: RuleDefinition, hours: number, ordersAt: (at: number) => Readonly<Record<string, number>>): Lives {
    const lives = new Lives(rule)
    for (let at = 0; at < hours; at += 0.5) {
      lives.step(monday + at * hour, ordersAt(at))
      if (restarts && at % 7 === 3) lives.restart()
    }
    return lives
  }

  test('a segment that brought something within the day is missed when it brings nothing, until it does or is forgotten', () => {
    const lives = run(absent(undefined), 60, at => ({
      a: 1,
      // One is silent for five hours, one for good.
      ...(at < 6 || at >= 11 ? { b: 1 } : {}),
      ...(at < 20 ? { c: 1 } : {}),
    }))
    expect(said(lives.transitions)).toEqual([
      ['firing', 'b', 7.5],
      ['resolved', 'b', 11],
      ['firing', 'c', 21.5],
    ])
    // What is open stays in sight though nobody expects the segment any more.
    expect(said(lives.open)).toEqual([['firing', 'c', 21.5]])
  })

  test('a segment that is said to be expected is missed though it never brought anything', () => {
    const lives = run(absent(['a', 'z']), 6, () => ({ a: 1, other: 1 }))
    expect(said(lives.transitions)).toEqual([['firing', 'z', 0]])
  })

  test('that the feed is silent is told once, by the absence that looks at all, and not for each segment', () => {
    const feed = (at: number) => (at < 6 || at >= 12 ? { a: 1, b: 1 } : {})
    expect(said(run(absent(undefined), 20, feed).transitions)).toEqual([])
    const lives = run(absent(undefined, []), 20, feed)
    expect(said(lives.transitions).map(([state, , at]) => [state, at])).toEqual([
      ['no_data', 7.5],
      ['resolved', 12],
    ])
    expect(lives.transitions[0]?.explanation.silentSince).toBe(monday + 5.5 * hour + 10_000)
  })

  test('a deviation is judged against the same hour of the weeks before, and not before there are enough of them', () => {
    const rule = makeRule({
      name: 'few',
      by: [0],
      window: hour,
      when: 'entered < lower_limit || entered > upper_limit',
      kind: { kind: 'deviation', of: 'entered', weeks: 2, limits: 3, minChange: 0.7 },
    })
    // Ten orders a step by day, one by night; on the third Tuesday ten in the night and on the Wednesday one by day.
    const usual = (at: number) => (at % 24 >= 8 && at % 24 < 20 ? 10 : 1)
    const lives = run(rule, 18 * 24, at => {
      if (at >= 15 * 24 + 2 && at < 15 * 24 + 4) return { a: 10 }
      if (at >= 16 * 24 + 12 && at < 16 * 24 + 14) return { a: 1 }
      return { a: usual(at) }
    })
    const days = said(lives.transitions).map(([state, , at]) => [
      state,
      Math.floor((at as number) / 24),
      (at as number) % 24,
    ])
    expect(days.map(([state, of, at]) => [state, of, Math.floor(at as number)])).toEqual([
      ['firing', 15, 2],
      ['resolved', 15, 4],
      ['firing', 16, 12],
      ['resolved', 16, 14],
    ])
    const [first] = lives.transitions
    expect(first?.explanation.terms.map(({ values }) => values)).toMatchObject([
      { entered: 12 },
      { entered: 12, upper_limit: 3.4 },
    ])
    expect(first?.explanation.past?.map(({ when, at, value }) => [when, (at - monday) / hour, value])).toEqual([
      ['hour_before', 15 * 24 + 1, 2],
      ['week_before', 8 * 24 + 2, 2],
    ])
  })

  test('a segment is not judged before it has been there for as long as the rule gives it', () => {
    const rule = makeRule({ name: 'graced', by: [0], window: hour, when: 'entered > 0', graceMs: (6 * hour) as never })
    const lives = run(rule, 24, at => ({ a: 1, ...(at >= 12 ? { b: 1 } : {}) }))
    expect(said(lives.transitions)).toEqual([
      ['firing', 'a', 6],
      ['firing', 'b', 19],
    ])
  })
})
