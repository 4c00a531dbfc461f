import { expect, test } from 'vitest'
import { makeProcess } from '../../test/model/process.ts'
import type { AttributeValue, CaseId } from '../event/event.ts'
import { instant } from '../event/instant.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import type { MeasurePaneRow } from './output.ts'
import { Shard } from './shard.ts'

const sketch = makeProcess({
  activities: ['paid', 'noted'],
  attributes: ['wh', 'items:number', 'kind:field'],
  stages: { picking: { from: ['paid'], to: ['noted'] } },
  starts: ['paid'],
  measures: {
    all: { of: 'items', by: ['wh'] },
    some: { of: 'items', on: ['paid where kind == "big"'] },
  },
  settle: 10,
  pane: 10,
  timeout: 10_000_000,
  topics: { events: 'ids' },
})
const orders: ProcessDefinition = {
  ...sketch,
  measures: sketch.measures.map(measure => ({ ...measure, maxSegments: 2 })),
}

class Fed {
  readonly shard = new Shard({ process: orders, partition: 0, topics: ['events'], epoch: 0 })
  readonly #record = this.shard.newRecord()
  readonly #panes = new Map<string, MeasurePaneRow>()
  #offset = 0

  take(at: number, id: string, activity: string, ...attributes: AttributeValue[]): void {
    const event = {
      case: 'c' as CaseId,
      activity: orders.activities.indexOf(activity),
      at: instant(at),
      id,
      attributes: [...attributes, null, null, null].slice(0, 3),
    }
    const record = { offset: this.#offset++, key: null, value: null, timestamp: undefined, notAfter: instant(Infinity) }
    this.#record.fill({ kind: 'events', events: [event] })
    this.shard.fold(0, record, this.#record)
  }

  /** Count and sum by measure, segment and start of the pane; panes that fell to nothing are left out. */
  panes(): Record<string, string> {
    for (const row of this.shard.takeOutput().measurePanes) {
      this.#panes.set(`${row.measure} ${row.total ? 'total' : row.segment.wh} ${row.start}`, row)
    }
    const filled = [...this.#panes].filter(([, { count }]) => count > 0)
    return Object.fromEntries(filled.map(([key, { count, sum }]) => [key, `${count}: ${sum}`]))
  }
}

test('every counted event that has the number counts once, whatever its part in its run, by its own fields', () => {
  const fed = new Fed()
  fed.take(1, 'a', 'noted', 'A', 5)
  fed.take(2, 'b', 'paid', null, 7, 'big')
  fed.take(3, 'c', 'noted', 'A', null)
  fed.take(3, 'c', 'noted', 'A', null)
  fed.take(12, 'd', 'paid', 'B', -7, 'small')
  expect(fed.panes()).toEqual({
    'all total 0': '2: 12',
    'all A 0': '1: 5',
    'all null 0': '1: 7',
    'all total 10': '1: -7',
    'all __other__ 10': '1: -7',
    'some total 0': '1: 7',
  })
  expect([fed.shard.isMeasurePartial(0), fed.shard.isMeasurePartial(1)]).toEqual([true, false])
})

test('a smaller duplicate takes the place of the one that counted, in another pane and segment', () => {
  const fed = new Fed()
  fed.take(12, 'a', 'paid', 'A', 5, 'big')
  expect(fed.panes()).toMatchObject({ 'all A 10': '1: 5', 'some total 10': '1: 5' })
  fed.take(8, 'a', 'paid', 'B', 100)
  fed.take(9, 'a', 'paid', 'C', 9)
  expect(fed.panes()).toEqual({ 'all total 0': '1: 100', 'all B 0': '1: 100' })
})

test('a late event is applied to its case, but not counted in a pane that has settled', () => {
  const fed = new Fed()
  fed.take(5, 'a', 'paid', 'A', 1)
  fed.take(31, 'b', 'paid', 'A', 2)
  fed.take(9, 'c', 'paid', 'A', 4)
  fed.take(20, 'd', 'paid', 'A', 8)
  expect(fed.shard.countsOf(0)).toMatchObject({ counted: 4, lateApplied: 2 })
  expect(fed.panes()).toMatchObject({ 'all total 0': '1: 1', 'all total 20': '1: 8', 'all total 30': '1: 2' })
})

test('a process without measures has no panes of any', () => {
  const shard = new Shard({ process: { ...orders, measures: [] }, partition: 0, topics: ['events'], epoch: 0 })
  expect([shard.measures, shard.takeOutput().measurePanes, shard.snapshot().measures]).toEqual([[], [], []])
})
