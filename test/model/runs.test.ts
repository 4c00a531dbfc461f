import { describe, expect, test } from 'vitest'
import { conditionHolds } from './condition.ts'
import { makeOracle } from './oracle.ts'
import { counts, orders, pane, run, visits, type Written, write } from './orders.ts'
import { makeProcess } from './process.ts'

describe('runs and visits', () => {
  test('an event of from opens a visit, one of to completes it', () => {
    expect(
      visits(
        run([
          [0, 'paid'],
          [7, 'picked'],
        ]),
      ),
    ).toEqual(['picking/1 0-7 completed'])
  })

  test('a further from while one is open does nothing', () => {
    expect(
      visits(
        run([
          [0, 'paid'],
          [3, 'paid'],
          [7, 'picked'],
        ]),
      ),
    ).toEqual(['picking/1 0-7 completed'])
  })

  test('a to while none is open is an unmatched end, once however many stages find nothing', () => {
    const state = run(
      [
        [0, 'ping'],
        [5, 'picked'],
      ],
      {
        stages: { one: { from: ['paid'], to: ['picked'] }, two: { from: ['created'], to: ['picked'] } },
      },
    )
    expect(visits(state)).toEqual([])
    expect(counts(state)).toEqual({ events: 2, counted: 2, unmatchedEnd: 1 })
  })

  test('a to that closes one stage and finds nothing in another is an unmatched end too', () => {
    const state = run(
      [
        [0, 'paid'],
        [5, 'picked'],
      ],
      {
        stages: { one: { from: ['paid'], to: ['picked'] }, two: { from: ['created'], to: ['picked'] } },
      },
    )
    expect(visits(state)).toEqual(['one/1 0-5 completed'])
    expect(counts(state).unmatchedEnd).toBe(1)
  })

  test('an event in both from and to first completes, then opens', () => {
    const stages = { waiting: { from: ['ping'], to: ['ping'] } }
    const state = run(
      [
        [0, 'ping'],
        [4, 'ping'],
        [9, 'ping'],
      ],
      { stages },
    )
    expect(visits(state)).toEqual(['waiting/1 0-4 completed', 'waiting/2 4-9 completed', 'waiting/3 9- open'])
    expect(counts(state).unmatchedEnd).toBe(1)
  })

  test('a second visit of a run has k 2 and counts as rework', () => {
    const state = run([
      [0, 'paid'],
      [1, 'picked'],
      [2, 'paid'],
      [4, 'picked'],
    ])
    expect(visits(state)).toEqual(['picking/1 0-1 completed', 'picking/2 2-4 completed'])
    expect(pane(state, 0, 'total', 0)).toEqual({ entered: 2, reworked: 1, exited: 2 })
  })

  test('equal stamps are ordered by activity, whatever arrived first', () => {
    expect(
      visits(
        run([
          [5, 'picked'],
          [5, 'paid'],
        ]),
      ),
    ).toEqual(['picking/1 5-5 completed'])
  })

  test('visits that start at the very same instant have ordinals', () => {
    const stages = { waiting: { from: ['ping'], to: ['ping'] } }
    const events: Written[] = [
      [5, 'ping', { id: 'b' }],
      [5, 'ping', { id: 'a' }],
      [6, 'ping', { id: 'c' }],
    ]
    const state = run(events, { stages, topics: { events: 'ids' } })
    expect(state.visits.map(({ start, end, ordinal, visit }) => [start, end, ordinal, visit])).toEqual([
      [5, 5, 0, 1],
      [5, 6, 1, 2],
      [6, undefined, 0, 3],
    ])
  })

  test('the end acts as any event, then abandons what is open with the name of its group', () => {
    const state = run([
      [0, 'created'],
      [1, 'paid'],
      [5, 'delivered'],
    ])
    expect(visits(state)).toEqual(['picking/1 1-5 abandoned completed', 'lead/1 0-5 completed'])
  })

  test('a visit that the end itself opens is abandoned at once', () => {
    const stages = { after: { from: ['delivered'], to: ['ping'] } }
    expect(visits(run([[5, 'delivered']], { stages }))).toEqual(['after/1 5-5 abandoned completed'])
  })

  test('events up to settle after the end are after_end; one later begins a new run', () => {
    const events: Written[] = [
      [0, 'paid'],
      [5, 'cancelled'],
      [15, 'paid'],
      [16, 'paid'],
    ]
    const state = run(events)
    expect(visits(state)).toEqual(['picking/1 0-5 abandoned cancelled', 'picking/1 16- open'])
    expect(counts(state)).toEqual({ events: 4, counted: 4, afterEnd: 1 })
  })

  test('an unmatched to after the end is after_end only', () => {
    expect(
      counts(
        run([
          [5, 'cancelled'],
          [8, 'picked'],
        ]),
      ),
    ).toEqual({ events: 2, counted: 2, afterEnd: 1 })
  })

  test('with starts, events before the first start have no effect, an end among them included', () => {
    const state = run(
      [
        [0, 'paid'],
        [1, 'cancelled'],
        [2, 'created'],
        [3, 'picked'],
      ],
      { starts: ['created'] },
    )
    expect(visits(state)).toEqual(['lead/1 2- open'])
    expect(counts(state)).toEqual({ events: 4, counted: 4, beforeStart: 2, unmatchedEnd: 1 })
  })

  test('a late start takes the before_start events along: the counter falls', () => {
    const process = makeProcess({ ...orders, starts: ['created'] })
    const model = makeOracle(process, ['events'], 0)
    const [paid, created] = write(orders, [
      [4, 'paid'],
      [2, 'created'],
    ])
    model.take(paid!)
    expect(counts(model.state()).beforeStart).toBe(1)
    model.take(created!)
    expect(counts(model.state()).beforeStart).toBeUndefined()
    expect(visits(model.state())).toEqual(['picking/1 4- open', 'lead/1 2- open'])
  })

  test('a pause of exactly case_timeout begins a new run, one ms less does not', () => {
    expect(
      visits(
        run([
          [0, 'paid'],
          [99, 'picked'],
        ]),
      ),
    ).toEqual(['picking/1 0-99 completed'])
    const state = run([
      [0, 'paid'],
      [100, 'picked'],
    ])
    expect(visits(state)).toEqual(['picking/1 0-100 expired'])
    expect(counts(state).unmatchedEnd).toBe(1)
  })

  test('open visits expire when the watermark is exactly case_timeout past the last event', () => {
    expect(
      visits(
        run([
          [0, 'paid'],
          [7, 'ping'],
          [106, 'B:ping'],
        ]),
      ),
    ).toEqual(['picking/1 0- open'])
    expect(
      visits(
        run([
          [0, 'paid'],
          [7, 'ping'],
          [107, 'B:ping'],
        ]),
      ),
    ).toEqual(['picking/1 0-107 expired'])
  })

  test('a run superseded by a later one has expired, wherever the watermark is', () => {
    // The silent topic holds the watermark a day back.
    const topics = { events: 'no ids', more: 'no ids' } as const
    const state = run(
      [
        [0, 'paid'],
        [100, 'paid'],
      ],
      { topics },
    )
    expect(state.watermark).toBe(100 - 86_400_000)
    expect(visits(state)).toEqual(['picking/1 0-100 expired', 'picking/1 100- open'])
  })

  test('an event out of order brings an expired visit back to life', () => {
    const state = run([
      [0, 'paid'],
      [105, 'B:ping'],
      [96, 'picked'],
    ])
    expect(visits(state)).toEqual(['picking/1 0-96 completed'])
    expect(pane(state, 0, 'total', 100)).toBeUndefined()
  })

  test('a jump of the watermark counts what expires in panes that it settles in the same step', () => {
    const state = run([
      [0, 'paid'],
      [10_000, 'B:ping'],
    ])
    expect(visits(state)).toEqual(['picking/1 0-100 expired'])
    expect(pane(state, 0, 'total', 100)).toEqual({ expired: 1 })
    expect(state.casesInMemory).toEqual(['B'])
  })

  test('runs of one case count their visits apart', () => {
    const state = run([
      [0, 'paid'],
      [1, 'picked'],
      [2, 'delivered'],
      [20, 'paid'],
    ])
    expect(visits(state)).toEqual(['picking/1 0-1 completed', 'picking/1 20- open'])
  })

  test('a condition reads the event alone, and is false on null', () => {
    const stages = { calling: { from: ['ping where note == "start"'], to: ['ping where note != "start"'] } }
    const state = run(
      [
        [0, 'ping', { note: 'start' }],
        [2, 'ping'],
        [5, 'ping', { note: 'stop' }],
      ],
      { stages },
    )
    expect(visits(state)).toEqual(['calling/1 0-5 completed'])
  })
})

describe('attributes and segments', () => {
  test('entry has the segment known at the opening event, leaving that known at the closing one', () => {
    const state = run([
      [0, 'paid', { wh: 'a' }],
      [12, 'ping', { wh: 'b' }],
      [13, 'picked'],
      [14, 'ping', { wh: 'c' }],
    ])
    expect(state.visits.map(v => [v.entrySegment, v.segment, v.attributes])).toEqual([['["a"]', '["b"]', ['b', null]]])
    expect(pane(state, 0, '["a"]', 0)).toEqual({ entered: 1 })
    expect(pane(state, 0, '["b"]', 10)).toEqual({ exited: 1 })
  })

  test('an unknown dimension is null, and a null does not cover a known value', () => {
    const state = run([
      [0, 'paid'],
      [1, 'ping', { wh: 'a' }],
      [2, 'ping'],
    ])
    expect(state.visits.map(v => [v.entrySegment, v.segment])).toEqual([['[null]', '["a"]']])
    expect(state.open).toEqual([{ stage: 0, segment: '["a"]', entryPane: 0, visits: 1 }])
  })

  test('before_start and after_end events give no attributes', () => {
    const events: Written[] = [
      [0, 'ping', { wh: 'x' }],
      [1, 'created'],
      [2, 'paid'],
      [3, 'cancelled'],
      [4, 'ping', { wh: 'y' }],
    ]
    expect(run(events, { starts: ['created'] }).visits.map(v => v.segment)).toEqual(['[null]', '[]'])
  })

  test('an expired visit has the segment of all of the run', () => {
    const state = run([
      [0, 'paid', { wh: 'a' }],
      [5, 'ping', { wh: 'b' }],
      [200, 'B:ping'],
    ])
    expect(pane(state, 0, '["b"]', 100)).toEqual({ expired: 1 })
  })
})

test('conditions: null compares as false, kinds do not mix, brackets and lists', () => {
  const of = (name: string) => ({ a: 'x', n: 3, none: null, yes: true })[name] ?? null
  const cases: [string, boolean][] = [
    ['a == "x"', true],
    ['a != "x" || n >= 3', true],
    ['none == "x" || none != "x" || none == null', false],
    ['!(none == "x")', true],
    ['n > 3 || n < 3', false],
    ['a == 3', false],
    ['a in ["y", "x"] && yes', true],
    ["(a == 'y' || n == 3) && !(n <= 2)", true],
  ]
  for (const [text, holds] of cases) expect([text, conditionHolds(text, of)]).toEqual([text, holds])
  expect(() => conditionHolds('a = "x"', of)).toThrow()
})
