import { expect, test } from 'vitest'
import { makeProcess } from '../../test/model/process.ts'
import type { AttributeValue, CaseId } from '../event/event.ts'
import { instant } from '../event/instant.ts'
import { OTHER } from '../event/segment.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import type { PaneRow } from './output.ts'
import { Shard } from './shard.ts'

const pane = 10

/** settle 10; picking is paid → picked, by warehouse, at most two of them. */
const orders: ProcessDefinition = (() => {
  const sketch = makeProcess({
    activities: ['paid', 'picked', 'noted'],
    attributes: ['wh', 'carrier'],
    stages: { picking: { from: ['paid'], to: ['picked'], by: ['wh'], target: { default: 5 } } },
    settle: 10,
    pane,
    timeout: 10_000_000,
  })
  return { ...sketch, stages: sketch.stages.map(stage => ({ ...stage, maxSegments: 2 })) }
})()

class Picking {
  readonly shard = new Shard({ process: orders, partition: 0, topics: ['events'], epoch: 0 })
  readonly #record = this.shard.newRecord()
  readonly #panes = new Map<string, PaneRow>()
  #offset = 0

  take(at: number, caseId: string, activity: 'paid' | 'picked' | 'noted', ...attributes: AttributeValue[]): void {
    const [wh = null, carrier = null] = attributes
    const event = {
      case: caseId as CaseId,
      activity: orders.activities.indexOf(activity),
      at: instant(at),
      id: undefined,
      attributes: [wh, carrier],
    }
    const record = { offset: this.#offset++, key: null, value: null, timestamp: undefined, notAfter: instant(Infinity) }
    this.#record.fill({ kind: 'events', events: [event] })
    this.shard.fold(0, record, this.#record)
  }

  /** What the panes add up to, by warehouse, and of the total under `total`. */
  counts(): Record<string, { entered: number; exited: number; breached: number; sumMs: number }> {
    for (const row of this.shard.takeOutput().panes) {
      this.#panes.set(`${row.total ? 'total' : row.segment.wh}/${row.start}`, row)
    }
    const sums: ReturnType<Picking['counts']> = {}
    for (const [key, { entered, exited, breached, sumMs }] of this.#panes) {
      const name = key.split('/')[0]!
      const sum = sums[name] ?? { entered: 0, exited: 0, breached: 0, sumMs: 0 }
      sums[name] = {
        entered: sum.entered + entered,
        exited: sum.exited + exited,
        breached: sum.breached + breached,
        sumMs: sum.sumMs + sumMs,
      }
    }
    return sums
  }

  /** Open visits by warehouse. */
  open(): Record<string, number> {
    const all = [...this.shard.stages[0]!.segments].map(([key, { open }]) => [JSON.parse(key)[0], open.total] as const)
    return Object.fromEntries(all.filter(([, total]) => total > 0))
  }
}

test('past the limit segments are counted together, the total is exact, and the stage is marked partial', () => {
  const picking = new Picking()
  for (const [index, wh] of ['a', 'b', 'c', 'd', 'a'].entries()) {
    if (index === 2) expect(picking.shard.isPartial(0)).toBe(false)
    picking.take(index, `case ${index}`, 'paid', wh)
  }
  expect(picking.shard.isPartial(0)).toBe(true)
  expect(picking.open()).toEqual({ a: 2, b: 1, [OTHER]: 2 })
  for (const index of [0, 1, 2, 3, 4]) picking.take(8 + index, `case ${index}`, 'picked')
  expect(picking.open()).toEqual({})
  expect(picking.counts()).toEqual({
    total: { entered: 5, exited: 5, breached: 5, sumMs: 40 },
    a: { entered: 2, exited: 2, breached: 2, sumMs: 16 },
    b: { entered: 1, exited: 1, breached: 1, sumMs: 8 },
    [OTHER]: { entered: 2, exited: 2, breached: 2, sumMs: 16 },
  })
})

test('visits keep their own warehouse in their rows, counted together or not', () => {
  const picking = new Picking()
  for (const wh of ['a', 'b', 'c']) picking.take(0, wh, 'paid', wh)
  expect(picking.shard.takeOutput().visits.map(({ segment }) => segment.wh)).toEqual(['a', 'b', 'c'])
})

/** Panes are kept for the display window of 15 min and its coarse old end; this lies past both. */
const longAfter = 1_000_000

test('a slot is free once its segment has no open visit and no kept pane', () => {
  const picking = new Picking()
  picking.take(0, 'gone', 'paid', 'a')
  picking.take(1, 'gone', 'picked')
  picking.take(2, 'stays', 'paid', 'b')
  picking.take(3, 'turned away', 'paid', 'c')
  picking.take(longAfter, 'tick', 'noted')
  picking.take(longAfter + 1, 'd', 'paid', 'd')
  expect(picking.open()).toEqual({ b: 1, d: 1, [OTHER]: 1 })
  picking.take(longAfter + 2, 'e', 'paid', 'e')
  expect(picking.open()).toEqual({ b: 1, d: 1, [OTHER]: 2 })
  expect(picking.shard.isPartial(0)).toBe(true)
})

test('a visit counted under __other__ stays there until it ends, also when a slot is free by then', () => {
  const picking = new Picking()
  picking.take(0, 'gone', 'paid', 'a')
  picking.take(1, 'gone', 'picked')
  picking.take(2, 'stays', 'paid', 'b')
  picking.take(3, 'turned away', 'paid', 'c')
  picking.take(longAfter, 'tick', 'noted')
  // Something becomes known of the order, a slot being free: neither its carrier nor another warehouse moves it.
  picking.take(longAfter + 1, 'turned away', 'noted', null, 'mail')
  expect(picking.open()).toEqual({ b: 1, [OTHER]: 1 })
  picking.take(longAfter + 2, 'turned away', 'noted', 'x')
  expect(picking.open()).toEqual({ b: 1, [OTHER]: 1 })
  picking.take(longAfter + 3, 'turned away', 'picked')
  expect(picking.open()).toEqual({ b: 1 })
  expect(picking.counts()[OTHER]).toEqual({ entered: 1, exited: 1, breached: 1, sumMs: longAfter })
  expect(picking.counts().total).toMatchObject({ entered: 3, exited: 2 })
  picking.take(longAfter + 4, 'next', 'paid', 'c')
  expect(picking.open()).toEqual({ b: 1, c: 1 })
})

test('whatever is turned away and let in again, the segments add up to the total', () => {
  const picking = new Picking()
  for (let index = 0; index < 400; index++) {
    const at = index * 400_000
    picking.take(at, `case ${index}`, 'paid', `w${index % 7}`)
    if (index % 3 === 0) picking.take(at + 4, `case ${index}`, 'noted', `w${(index + 1) % 7}`)
    if (index > 1) picking.take(at + 5, `case ${index - 2}`, 'picked')
  }
  const { total, ...segments } = picking.counts()
  const sum = (name: 'entered' | 'exited' | 'breached' | 'sumMs') =>
    Object.values(segments).reduce((all, counts) => all + counts[name], 0)
  expect(Object.keys(segments).length).toBeGreaterThan(3)
  expect({ entered: sum('entered'), exited: sum('exited'), breached: sum('breached'), sumMs: sum('sumMs') }).toEqual(
    total,
  )
  const open = Object.values(picking.open()).reduce((all, count) => all + count, 0)
  expect(open).toBe(total!.entered - total!.exited)
  expect(picking.shard.stages[0]!.total.open.total).toBe(open)
})
