import { Evaluator } from '../src/engine/evaluator.ts'
import type { CaseId } from '../src/event/event.ts'
import { instant } from '../src/event/instant.ts'
import type { ProcessDefinition } from '../src/model/definitions.ts'
import { Shard } from '../src/shard/shard.ts'
import { RandomDraws } from '../src/source/random-draws.ts'
import { machine, median, print, timed } from './machine.ts'
import { ordersProcess } from './orders.ts'

/*
 * What does it cost to judge a rule of a thousand segments every second, live percentiles included?
 *
 * One stage of about 25 minutes, cut by warehouse, three hours of visits folded before; panes of 10 s, settle 1 h, a window
 * of 15 minutes, widened where a segment is quiet. Then a minute passes second by second: the events of a second are
 * folded, then everything is evaluated. Printed are the ticks (the median and the longest) and what a pane costs in all,
 * without live percentiles and with them; seed 1. Times are of the CPU.
 */
const SEGMENTS = 1_000
const HOUR = 3_600_000
const paneMs = 10_000
const warmHours = 3
const ticks = 60
const startAt = Date.UTC(2026, 0, 15)

const plain = ['p50 > 1.0', 'p90', 'p95', 'p99', 'wip', 'age_p90', 'exited', 'within_target']
const conditionOf = (names: readonly string[]): string =>
  names.map(name => comparisonOf(name.split(' ')[0] as string)).join(' || ')
const comparisonOf = (name: string): string =>
  /p\d\d$/.test(name) ? `${name} > duration("99h")` : `${name} > 1000000000`

const cases: readonly { readonly name: string; readonly when: string }[] = [
  { name: 'without live percentiles', when: conditionOf(plain) },
  { name: 'with live_p50 and live_p90', when: conditionOf([...plain, 'live_p50', 'live_p90']) },
]

function processOf(when: string): ProcessDefinition {
  const process = ordersProcess({ windowsMs: [900_000, 900_000] })
  const picking = process.stages.findIndex(({ name }) => name === 'picking')
  return {
    ...process,
    stages: process.stages.map(stage => ({ ...stage, by: [0] })),
    rules: process.rules.filter(rule => rule.stage === picking).map(rule => ({ ...rule, by: [0], when })),
  }
}

type Step = { readonly at: number; readonly case: string; readonly activity: string; readonly warehouse: string }

/** In the order of time. */
function* steps(perHour: number): Generator<Step> {
  const draws = new RandomDraws(1, 0)
  const until = startAt + warmHours * HOUR + ticks * 1_000
  const buckets = new Map<number, Step[]>()
  const meanMs = HOUR / (perHour * SEGMENTS)
  let number = 0
  let arrival = startAt
  for (let minute = startAt; minute < until; minute += 60_000) {
    const put = (step: Step) => {
      const key = Math.floor(step.at / 60_000)
      const bucket = buckets.get(key) ?? []
      bucket.push(step)
      buckets.set(key, bucket)
    }
    for (; arrival < minute + 60_000; arrival += -Math.log(1 - draws.fraction()) * meanMs) {
      const at = Math.floor(arrival)
      const warehouse = `WH-${Math.floor(draws.fraction() * SEGMENTS)}`
      const id = `o${number++}`
      put({ at, case: id, activity: 'paid', warehouse })
      put({ at: at + Math.round(draws.lognormal(1_500_000, 0.5)), case: id, activity: 'picked', warehouse })
    }
    const key = minute / 60_000
    yield* (buckets.get(key) ?? []).sort((left, right) => left.at - right.at)
    buckets.delete(key)
  }
}

function measure(perHour: number, when: string): string {
  const process = processOf(when)
  const topics = process.sources.flatMap(source => [...source.topics])
  const shard = new Shard({ process, partition: 0, topics, epoch: 0, visits: { keep: 'none' } })
  const record = shard.newRecord()
  const evaluator = new Evaluator(process)
  const none = process.attributes.map(() => null)
  const live = startAt + warmHours * HOUR
  let now = live
  let offset = 0
  const costs: number[] = []
  const tick = () => {
    const { cpuMs } = timed(() => evaluator.evaluate(instant(now), [shard], { watermark: instant(now) }, 'all'))
    costs.push(cpuMs)
    now += 1_000
    shard.takeOutput()
  }
  for (const step of steps(perHour)) {
    while (step.at >= now) tick()
    const activity = process.activities.indexOf(step.activity)
    const attributes = [step.warehouse, ...none.slice(1)]
    const event = { case: step.case as CaseId, activity, at: instant(step.at), id: undefined, attributes }
    record.fill({ kind: 'events', events: [event] })
    shard.fold(
      0,
      { offset: offset++, key: null, value: null, timestamp: undefined, notAfter: instant(Infinity) },
      record,
    )
    if (offset % 100_000 === 0) shard.takeOutput()
  }
  const [first = 0, ...others] = costs
  const warm = others.slice(paneMs / 1_000 - 1)
  const panes: number[] = []
  for (let from = 0; from + 10 <= warm.length; from += 10) {
    panes.push(warm.slice(from, from + 10).reduce((sum, ms) => sum + ms, 0))
  }
  return (
    `${warm.length} ticks, median ${median(warm).toFixed(1)} ms, longest ${Math.max(...warm).toFixed(1)} ms, ` +
    `${median(panes).toFixed(0)} ms a pane; the very first tick ${first.toFixed(0)} ms`
  )
}

print(machine())
for (const perHour of [10, 100]) {
  for (const { name, when } of cases) print(`${SEGMENTS} segments of ${perHour}/h, ${name}: ${measure(perHour, when)}`)
}
