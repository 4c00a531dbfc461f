import { describe, expect, test } from 'vitest'
import type { AlertTransition } from '../../src/alerts/transition.ts'
import { makeRule } from '../model/process.ts'
import { ClockedEngine, order, ordersWith } from './orders.ts'

const noon = Date.UTC(2026, 4, 5, 12)
const id = { topic: 'events', partition: 0 }

/** Warehouses w0, w1, …, in each of which an order waits. */
const paid = (at: number, from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => order(at, `c${from + index}`, 'paid', `w${from + index}`))
const picked = (at: number, from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => order(at, `c${from + index}`, 'picked', `w${from + index}`))

const said = (transitions: readonly AlertTransition[]) =>
  transitions.map(({ state, segment }) => `${state} ${segment.wh ?? 'storm'}`)

function watched(keepFiringFor = 0) {
  const rule = makeRule({ name: 'waits', by: [0], window: 60_000, when: 'wip >= 1', maxAlerts: 5, keepFiringFor })
  const clocked = new ClockedEngine(ordersWith([rule]), noon)
  clocked.assign(id)
  let seconds = 0
  return {
    clocked,
    /** A second goes by in which these records come. */
    second(records: (at: number) => readonly string[] = () => []) {
      const at = noon + seconds * 1_000
      clocked.append(id, records(at + 100))
      clocked.nowMs = noon + ++seconds * 1_000
      return clocked.settle().transitions
    },
  }
}

describe('a rule that holds in very many segments at once', () => {
  test('tells them one by one up to the limit, and all together beyond it', () => {
    const { second } = watched()
    expect(said(second(at => paid(at, 0, 3)))).toEqual(['firing w0', 'firing w1', 'firing w2'])
    const [storm, ...others] = second(at => paid(at, 3, 300))
    expect(others.filter(({ segment }) => segment.wh === undefined)).toEqual([])
    expect(said([storm as AlertTransition])).toEqual(['firing storm'])
    expect(storm).toMatchObject({
      segment: {},
      value: 300,
      summary: { en: expect.stringMatching(/^waits holds in 300 segments at once, such as w0, w1, w10$/) },
      explanation: { expression: 'waits holds in more than 5 segments', result: true, samples: 300 },
    })
    // Alerts that were open before go on beside it.
    expect(said(second(at => picked(at, 0, 1)))).toEqual(['resolved w0'])
    expect(second()).toEqual([])
    // As many as the limit are a storm still: it does not come and go around it.
    expect(said(second(at => picked(at, 1, 295)))).toEqual(['resolved w1', 'resolved w2'])
    expect(said(second(at => picked(at, 295, 298)))).toEqual(['resolved storm', 'firing w298', 'firing w299'])
  })

  test('opens no more than the limit before all segments were looked at', () => {
    const { clocked } = watched()
    clocked.append(id, paid(noon + 100, 0, 1))
    clocked.nowMs = noon + 1_000
    clocked.settle()
    // Live, what a batch touches is judged at once; the next T is 900 ms away.
    clocked.append(id, paid(noon + 1_050, 1, 300))
    clocked.nowMs = noon + 1_100
    expect(clocked.settle().transitions).toHaveLength(4)
    clocked.nowMs = noon + 2_000
    expect(said(clocked.settle().transitions)).toEqual(['firing storm'])
    clocked.append(id, paid(noon + 2_050, 300, 400))
    clocked.nowMs = noon + 2_100
    expect(clocked.settle().transitions).toEqual([])
  })

  test('goes on as one alert after a restart, and says why a segment has none', () => {
    const before = watched()
    before.second(at => paid(at, 0, 20))
    const [storm] = before.clocked.engine.openAlerts()
    expect(storm?.segment).toEqual({})
    const state = JSON.parse(JSON.stringify(before.clocked.engine.snapshot()))
    const after = watched()
    expect(after.clocked.engine.restore(state, before.clocked.engine.evaluatedAt as never)).toEqual([])
    expect(after.second(at => paid(at - 1_000, 0, 20))).toEqual([])
    expect(said(after.second(at => paid(at, 20, 21)))).toEqual([])
    expect(after.clocked.engine.openAlerts()).toEqual([storm])
    expect(after.clocked.engine.explain('waits', { wh: 'w7' })?.quiet).toEqual([{ kind: 'in-storm', alert: storm?.id }])
    expect(said(after.second(at => picked(at, 0, 21)))).toEqual(['resolved storm'])
    expect(after.clocked.engine.explain('waits', { wh: 'w7' })?.quiet[0]?.kind).toBe('term-false')
  })

  test('that somebody resolves does not break up into alerts', () => {
    const { clocked, second } = watched()
    second(at => paid(at, 0, 20))
    const [storm] = clocked.engine.openAlerts()
    expect(clocked.engine.resolve(storm?.id ?? '')?.state).toBe('resolved')
    expect(second()).toEqual([])
    expect(said(second(at => picked(at, 0, 18)))).toEqual(['firing w18', 'firing w19'])
  })
})
