import { beforeEach, expect, test } from 'vitest'
import { alertOf } from '../../test/browser/quick-delivery.ts'
import { instant } from '../event/instant.ts'
import { EvaluationTurns } from './evaluation-turns.ts'
import type { Evaluation } from './evaluator-state.ts'
import type { ProcessEngine } from './process-engine.ts'

/*
 * What is said of when records were read: the engine's part is played, and the clock is set.
 */

type Played = {
  evaluations: readonly Evaluation[]
  hasMore: boolean
  hasTouched: boolean
  isCatchingUp: boolean
}

let now: number
let engine: Played
let turns: EvaluationTurns
let told: [kind: 'alerts' | 'numbers', readAt: number | undefined][]

const at = instant(1_000)
const evaluated: Evaluation = { at, transitions: [] }
const fired: Evaluation = {
  at,
  transitions: [
    alertOf({
      ...{ id: 'a', rule: 'picking_slow', segment: {}, state: 'firing', from: 'pending', at, since: at, value: 1 },
    }),
  ],
}

beforeEach(() => {
  now = 5_000
  told = []
  engine = { evaluations: [], hasMore: false, hasTouched: false, isCatchingUp: false }
  const played = {
    process: { name: 'p' },
    step: () => ({ evaluations: engine.evaluations, hasMore: engine.hasMore }),
    get hasTouched() {
      return engine.hasTouched
    },
    get isCatchingUp() {
      return engine.isCatchingUp
    },
    snapshot: () => ({}),
    takeHours: () => ({ begun: [], keepFrom: 0 }),
  } as unknown as ProcessEngine
  const world = {
    async record() {},
    publish: (_process: string, _transitions: unknown, readAt?: number) => void told.push(['alerts', readAt]),
    evaluated: (_process: string, readAt?: number) => void told.push(['numbers', readAt]),
  }
  turns = new EvaluationTurns(played, world, () => now)
})

async function step(played: Partial<Played>): Promise<void> {
  engine = { evaluations: [], hasMore: false, hasTouched: false, isCatchingUp: false, ...played }
  await turns.step()
}

test('what is told names the oldest record that it has in it for the first time', async () => {
  turns.heard()
  now = 5_100
  turns.heard()
  await step({ evaluations: [fired] })
  await step({ evaluations: [evaluated] })
  expect(told).toEqual([
    ['alerts', 5_000],
    ['numbers', 5_000],
    ['numbers', undefined],
  ])
})

test('records that were judged without an alert are not what a later alert came of, but the numbers wait for being told', async () => {
  turns.heard()
  await step({})
  now = 5_700
  turns.heard()
  await step({ evaluations: [fired] })
  expect(told).toEqual([
    ['alerts', 5_700],
    ['numbers', 5_000],
  ])
})

test('while records wait to be folded nothing has been judged', async () => {
  turns.heard()
  await step({ hasMore: true, hasTouched: true })
  now = 5_050
  await step({ evaluations: [fired] })
  expect(told[0]).toEqual(['alerts', 5_000])
})

test('what is read of the past has no latency', async () => {
  turns.heard()
  await step({ evaluations: [fired], isCatchingUp: true })
  expect(told).toEqual([
    ['alerts', undefined],
    ['numbers', undefined],
  ])
  now = 9_000
  turns.heard()
  await step({ evaluations: [evaluated] })
  expect(told.at(-1)).toEqual(['numbers', 9_000])
})
