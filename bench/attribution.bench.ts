import { test } from 'vitest'
import { Evaluator } from '../src/engine/evaluator.ts'
import type { CaseId } from '../src/event/event.ts'
import { instant } from '../src/event/instant.ts'
import { Shard } from '../src/shard/shard.ts'
import { makeProcess, makeRule } from '../test/model/process.ts'
import { machine, median, print } from './machine.ts'

/*
 * What does it cost to explain an alert over a thousand segments?
 *
 * One stage cut by warehouse, panes of 10 s, a window of 15 minutes, each warehouse with a visit every ten seconds. A
 * minute passes second by second, and after each evaluation the rule is explained: live, so the tallies are kept moving.
 * `first` is the one explanation of somebody who comes after a quiet time, over all panes; times are of the wall clock.
 */
const SEGMENTS = 1_000
const PANE = 10_000
const MINUTES = 40

test('an explanation over a thousand segments', () => {
  const process = {
    ...makeProcess({
      activities: ['paid', 'picked'],
      attributes: ['wh'],
      stages: { picking: { from: ['paid'], to: ['picked'], by: ['wh'] } },
      settle: 600_000,
      pane: PANE,
      timeout: 86_400_000,
    }),
    rules: [makeRule({ name: 'slow', stage: 0, window: 900_000, when: 'avg > duration("1ms")' })],
  }
  const shard = new Shard({ process, partition: 0, topics: ['events'], epoch: 0 })
  const record = shard.newRecord()
  let offset = 0
  const fold = (name: string, activity: number, at: number, wh: string) => {
    record.fill({
      kind: 'events',
      events: [{ case: name as CaseId, activity, at: instant(at), id: undefined, attributes: [wh] }],
    })
    const position = { offset: offset++, key: null, value: null, timestamp: undefined, notAfter: instant(Infinity) }
    shard.fold(0, position, record)
  }
  const pass = (at: number) => {
    for (let wh = 0; wh < SEGMENTS; wh++) {
      fold(`${at} ${wh}`, 0, at + wh, `WH-${wh}`)
      if (at > 0) fold(`${at - PANE} ${wh}`, 1, at + 1_000 + wh, `WH-${wh}`)
    }
  }
  for (let at = 0; at < MINUTES * 60_000; at += PANE) pass(at)
  const evaluator = new Evaluator(process)
  const explain = (at: number): number => {
    const begun = performance.now()
    const found = evaluator.explain('slow', {}, instant(at), [shard], { watermark: instant(at) })
    if (found?.explanation.attribution === undefined) throw new Error('nothing was attributed')
    return performance.now() - begun
  }
  const from = MINUTES * 60_000
  const first = explain(from)
  const explained: number[] = []
  const ticks: number[] = []
  for (let at = from; at < from + 60_000; at += 1_000) {
    if (at % PANE === 0) pass(at)
    const begun = performance.now()
    evaluator.evaluate(instant(at), [shard], { watermark: instant(at) }, 'all')
    ticks.push(performance.now() - begun)
    explained.push(explain(at))
  }
  print(
    machine(),
    `first ${first.toFixed(1)} ms; then ${median(explained).toFixed(2)} ms (median), ${Math.max(...explained).toFixed(2)} ms at most; evaluation ${Math.max(...ticks).toFixed(2)} ms at most`,
  )
})
