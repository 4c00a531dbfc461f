import { expect, test } from 'vitest'
import { LiveView } from '../../src/engine/live-view.ts'
import { instant } from '../../src/event/instant.ts'
import { makeProcess, makeRule } from '../model/process.ts'
import { atOnce, replay, replayEngine } from './delivery.ts'

const MINUTE = 60_000

const process = {
  ...makeProcess({
    activities: ['paid', 'picked'],
    attributes: ['wh', 'zone'],
    stages: { picking: { from: ['paid'], to: ['picked'], by: ['wh', 'zone'], target: { default: 30 * MINUTE } } },
    settle: MINUTE,
    pane: 10_000,
    timeout: 86_400_000,
  }),
  rules: [makeRule({ name: 'slow', stage: 0, by: [0], window: 30 * MINUTE, when: 'live_p90 > duration("1h")' })],
}

/** An order a minute to each of two warehouses, by turns in two zones: picked after ten minutes, in `b` no more after two hours. */
function events() {
  const all: { at: number; value: string }[] = []
  for (const wh of ['a', 'b']) {
    for (let number = 0; number < 180; number++) {
      const from = number * MINUTE
      const tell = (at: number, activity: string, more = {}) =>
        all.push({ at, value: JSON.stringify({ case: `${wh}${number}`, activity, at, ...more }) })
      tell(from, 'paid', { wh, zone: number % 2 === 0 ? 'even' : 'odd' })
      if (wh === 'a' || from < 120 * MINUTE) tell(from + 10 * MINUTE, 'picked')
    }
  }
  return all.filter(({ at }) => at < 180 * MINUTE).sort((left, right) => left.at - right.at)
}

test('what is open is told by age, for the whole and any part of it, as the statistics count it', () => {
  const engine = replayEngine(process)
  replay(engine, [{ topic: 'events', partition: 0, values: events().map(({ value }) => value) }], atOnce)
  const view = new LiveView([engine], instant(0))
  const { name } = engine.process
  const statistics = view.statistics(name)[0]!
  const sumOf = (bars: readonly { readonly count: number }[]) => bars.reduce((sum, { count }) => sum + count, 0)
  const open = (segment: Record<string, string>) => view.openStage(name, 'picking', segment)!

  for (const { segment, total, values } of statistics.segments) {
    const found = open(segment as Record<string, string>)
    expect(found).toMatchObject({ at: engine.evaluatedAt, windowMs: statistics.windowMs })
    for (const statistic of ['wip', 'overdue', 'p90', 'age_p90', 'live_p90'] as const) {
      expect(found.values[statistic], `${statistic} ${total}`).toBe(values[statistic])
    }
    expect(sumOf(found.ages)).toBe(values.wip)
    expect(sumOf(found.ages.filter(({ fromMs }) => fromMs > 30 * MINUTE))).toBe(values.overdue)
  }
  // Cut by fewer dimensions than the stage is: its segments together.
  const [b, odd] = [open({ wh: 'b' }), open({ wh: 'b', zone: 'odd' })]
  expect(b.values.wip).toBe(60)
  expect(odd.values.wip).toBe(30)
  expect(b.values.live_p90).toBeGreaterThan(open({ wh: 'a' }).values.live_p90!)
  expect(open({ wh: 'nowhere' })).toMatchObject({ values: { wip: 0, exited: 0 }, ages: [] })
  expect(view.openStage(name, 'nothing', {})).toBeUndefined()
})

test('before the first evaluation nothing is told', () => {
  const engine = replayEngine(process)
  expect(new LiveView([engine], instant(0)).openStage(engine.process.name, 'picking', {})).toBeUndefined()
})
