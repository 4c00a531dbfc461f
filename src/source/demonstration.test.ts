import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { formatProblem, loadDefinitions } from '../model/load.ts'
import { activities, warehouseCount } from './simulated-order.ts'
import { SimulatedStream } from './simulation.ts'
import { FIRST_INCIDENT_AFTER_MS, newPlan, OFFSETS_PER_MS, pickingPhases } from './simulation-plan.ts'

const SECOND = 1_000

/** `rules/demo`, which says what the simulated events mean. */
const demo = loadDefinitions(
  ['owners.yaml', 'quick-commerce.yaml'].map(name => ({
    name: `rules/demo/${name}`,
    text: readFileSync(new URL(`../../rules/demo/${name}`, import.meta.url), 'utf8'),
  })),
)

test('the rules of the demonstration load and name the activities that the simulator emits', () => {
  expect(demo.problems.map(problem => formatProblem(problem, 'en'))).toEqual([])
  const [process] = demo.definitions!.processes
  expect(process!.activities).toEqual([...activities])
  expect(process!.sources[0]!.topics).toEqual(['orders.events'])
})

test.each([1, 5])(
  'with seed %i the ages in picking pass the threshold of the rule in the incident, and only then',
  seed => {
    const process = demo.definitions!.processes[0]!
    const rule = process.rules.find(({ name }) => name === 'picking_stalled')!
    const thresholdMs = Number(/duration\("(\d+)s"\)/.exec(rule.when)![1]) * SECOND
    const startedAt = Date.UTC(2026, 10, 23, 12, 0, 3)
    const plan = newPlan(startedAt, { seed })
    const incident = pickingPhases(plan, startedAt, startedAt + 60 * SECOND, warehouseCount)[0]!
    const stream = new SimulatedStream(plan, (startedAt - 15 * 60 * SECOND) * OFFSETS_PER_MS)
    const open = new Map<string, { start: number; warehouse: string }>()
    const passed: { warehouse: string; afterSeconds: number }[] = []
    const gone = new Set<string>()
    for (let now = startedAt - 15 * 60 * SECOND; now < startedAt + 60 * SECOND; now += SECOND) {
      for (const { value } of stream.take(now, Number.POSITIVE_INFINITY)) {
        const { order_id, activity, ts, warehouse } = JSON.parse(Buffer.from(value!).toString())
        if (activity === 'paid' && !gone.has(order_id)) open.set(order_id, { start: Date.parse(ts), warehouse })
        if (['picked', 'cancelled', 'delivered'].includes(activity)) {
          open.delete(order_id)
          gone.add(order_id)
        }
      }
      // Until then orders paid before the stream was joined are missing, and the ages are too low.
      if (now < startedAt - 10 * 60 * SECOND) continue
      for (const [warehouse, ages] of agesByWarehouse(open.values(), now, process.paneMs)) {
        if (ages.length < 100 || quantile90(ages) <= thresholdMs) continue
        passed.push({ warehouse, afterSeconds: (now - startedAt - FIRST_INCIDENT_AFTER_MS) / SECOND })
      }
    }
    expect(new Set(passed.map(({ warehouse }) => warehouse))).toEqual(new Set([`WH-${incident.warehouse + 1}`]))
    expect(passed[0]!.afterSeconds).toBeGreaterThan(5)
    expect(passed[0]!.afterSeconds).toBeLessThan(27)
  },
)

/** Ages as the statistics have them: an open visit starts in the middle of its pane. */
function agesByWarehouse(
  open: Iterable<{ start: number; warehouse: string }>,
  now: number,
  paneMs: number,
): Map<string, number[]> {
  const ages = new Map<string, number[]>()
  for (const { start, warehouse } of open) {
    const age = Math.max(0, now - (Math.floor(start / paneMs) * paneMs + paneMs / 2))
    const others = ages.get(warehouse)
    if (others === undefined) ages.set(warehouse, [age])
    else others.push(age)
  }
  return ages
}

const quantile90 = (values: number[]): number => values.sort((a, b) => a - b)[Math.ceil(0.9 * values.length) - 1]!
