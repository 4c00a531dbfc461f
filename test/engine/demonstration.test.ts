import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { AlertTransition } from '../../src/alerts/transition.ts'
import { loadRules } from '../../src/app/rules-folder.ts'
import { ProcessEngine } from '../../src/engine/process-engine.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { warehouseCount } from '../../src/source/simulated-order.ts'
import { SimulatedStream } from '../../src/source/simulation.ts'
import { newPlan, OFFSETS_PER_MS, pickingPhases, type SimulationPlan } from '../../src/source/simulation-plan.ts'

/*
 * The demo's course with a clock set by hand: the simulated company, its rules, the engine as it runs live. That a
 * browser hears of it, and how long reading the history takes, is the matter of `test/integration/demo.test.ts`.
 */

const SECOND = 1_000
const MINUTE = 60 * SECOND
const BATCH_RECORDS = 2_000

/** What README and `npm start` promise for the first alert. */
const FIRES_WITHIN_MS = 60 * SECOND
/** `for` and `keep_firing_for` of the rule. */
const HELD_MS = 2 * SECOND
const KEPT_MS = 10 * SECOND

const startedAt = Date.UTC(2026, 10, 23, 12, 0, 3)
const id = { topic: 'orders.events', partition: 0 }
const [demo] = loadRules(fileURLToPath(new URL('../../rules/demo/', import.meta.url))).definitions.processes

/** The demo's engine, fed by its simulator from twenty minutes before the start: longer than its windows and orders last. */
class ClockedDemo {
  readonly transitions: AlertTransition[] = []
  readonly #stream: SimulatedStream
  readonly #engine: ProcessEngine
  #now: number

  constructor(process: ProcessDefinition, plan: SimulationPlan, now: number) {
    this.#now = now
    this.#stream = new SimulatedStream(plan, (startedAt - 20 * MINUTE) * OFFSETS_PER_MS)
    this.#engine = new ProcessEngine({ process, mode: 'live', epoch: 0, now: () => this.#now })
    this.#engine.assign(id, undefined)
    this.#read()
  }

  /** Lets time pass, second by second. */
  runUntil(end: number): void {
    while (this.#now < end) {
      this.#now += SECOND
      this.#read()
    }
  }

  /** As `simulator.ts` hands over what has been emitted by now. */
  #read(): void {
    const present = this.#now * OFFSETS_PER_MS
    for (let isWhole = true; isWhole; ) {
      const records = this.#stream.take(this.#now, BATCH_RECORDS)
      const last = records.at(-1)
      isWhole = last !== undefined && records.length === BATCH_RECORDS
      if (last !== undefined) void this.#engine.add({ ...id, records })
      this.#engine.tellEnd(id, present, isWhole ? last!.offset + 1 : present)
      this.#work()
    }
    // Rows for the store: nobody is there to take them.
    this.#engine.takeOutput()
  }

  #work(): void {
    for (let hasMore = true; hasMore; ) {
      const step = this.#engine.step(20)
      for (const { transitions } of step.evaluations) this.transitions.push(...transitions)
      hasMore = step.hasMore
    }
  }
}

const stalls = (plan: SimulationPlan, until: number) =>
  pickingPhases(plan, startedAt, until, warehouseCount).filter(({ speed }) => speed < 1)

test.each([1, 5])(
  'with seed %i each warehouse that stops picking has one alert, which fires soon and is resolved when it has recovered',
  seed => {
    const plan = newPlan(startedAt, { seed })
    const end = startedAt + 25 * MINUTE
    const clocked = new ClockedDemo(demo!, plan, startedAt)
    // Nothing is the matter in the time before.
    expect(clocked.transitions).toEqual([])
    clocked.runUntil(end)

    const incidents = stalls(plan, end)
    expect(incidents).toHaveLength(2)
    const courses = incidents.map(({ warehouse }) =>
      clocked.transitions.filter(({ segment }) => segment.warehouse === `WH-${warehouse + 1}`),
    )
    // No other warehouse or carrier has anything to say.
    expect(courses.flat()).toEqual(clocked.transitions)
    for (const [index, { start, end: over }] of incidents.entries()) {
      const course = courses[index]!
      expect(course.map(({ rule, from, state }) => `${rule}: ${from} → ${state}`)).toEqual([
        'picking_stalled: inactive → pending',
        'picking_stalled: pending → firing',
        'picking_stalled: firing → recovering',
        'picking_stalled: recovering → resolved',
      ])
      expect(new Set(course.map(({ id }) => id)).size).toBe(1)
      const [pending, firing, recovering, resolved] = course.map(({ at }) => at as number) as [
        number,
        number,
        number,
        number,
      ]
      expect(pending).toBeGreaterThan(start)
      expect(firing).toBe(pending + HELD_MS)
      expect(firing - start).toBeLessThan(30 * SECOND)
      // The pickers are back, and work off the backlog in two minutes.
      expect(recovering).toBeGreaterThan(over)
      expect(resolved).toBe(recovering + KEPT_MS)
      expect(resolved - over).toBeLessThan(2 * MINUTE)
    }
    expect(courses[0]![1]!.at - startedAt).toBeLessThanOrEqual(FIRES_WITHIN_MS)
  },
)

test('where reading the history takes until after the stop has begun, the alert is told with the last of it', () => {
  const early = new ClockedDemo(demo!, newPlan(startedAt), startedAt)
  early.runUntil(startedAt + FIRES_WITHIN_MS)
  const late = new ClockedDemo(demo!, newPlan(startedAt), startedAt + FIRES_WITHIN_MS - 5 * SECOND)
  const course = ({ transitions }: ClockedDemo) =>
    transitions.map(({ state, at }) => [state, (at - startedAt) / SECOND])
  expect(course(late)).toEqual(course(early))
  expect(late.transitions.at(-1)).toMatchObject({ rule: 'picking_stalled', state: 'firing' })
})
