import { describe, expect, test } from 'vitest'
import { counts, pane, run, visits, type Written } from './orders.ts'

describe('counting, duplicates and late events', () => {
  test('ignored before all; equal events are duplicates, conflicting where other fields differ', () => {
    const state = run([
      [0, 'paid', { wh: 'b' }],
      [0, 'paid', { wh: 'b' }],
      [0, 'paid', { wh: 'c' }],
      [0, 'noise'],
    ])
    expect(counts(state)).toEqual({ events: 4, ignored: 1, counted: 1, duplicate: 2, conflicting: 1 })
    expect(state.visits[0]!.segment).toBe('["b"]')
  })

  test('of copies the smallest bytes count, whatever the order', () => {
    expect(
      run([
        [0, 'paid', { wh: 'b' }],
        [0, 'paid', { wh: 'a' }],
      ]).visits[0]!.segment,
    ).toBe('["a"]')
  })

  test('a copy conflicts with the one that counts in the end, not with the one that did when it arrived', () => {
    const state = run([
      [0, 'paid', { wh: 'b' }],
      [0, 'paid', { wh: 'b' }],
      [0, 'paid', { wh: 'a' }],
    ])
    expect(counts(state)).toEqual({ events: 3, counted: 1, duplicate: 2, conflicting: 2 })
  })

  test('of copies with one id the smallest instant counts', () => {
    const state = run(
      [
        [5, 'paid', { id: 'x' }],
        [3, 'paid', { id: 'x' }],
      ],
      { topics: { events: 'ids' } },
    )
    expect(visits(state)).toEqual(['picking/1 3- open'])
    expect(counts(state)).toEqual({ events: 2, counted: 1, duplicate: 1, conflicting: 1 })
  })

  test('of copies with one id, instant and fields the first activity counts, whatever the order', () => {
    const topics = { events: 'ids' } as const
    const both: Written[] = [
      [5, 'paid', { id: 'x' }],
      [5, 'created', { id: 'x' }],
    ]
    expect(visits(run(both, { topics }))).toEqual(['lead/1 5- open'])
    expect(visits(run(both.reverse(), { topics }))).toEqual(['lead/1 5- open'])
  })

  test('a copy lifts the watermark', () => {
    const state = run(
      [
        [5, 'paid', { id: 'x' }],
        [30, 'paid', { id: 'x' }],
      ],
      { topics: { events: 'ids' } },
    )
    expect(state.watermark).toBe(30)
    expect(visits(state)).toEqual(['picking/1 5- open'])
  })

  test('attributes that a condition reads belong to the identity', () => {
    const stages = { calling: { from: ['ping where note == "start"'], to: ['ping where note == "stop"'] } }
    const state = run(
      [
        [0, 'ping', { note: 'start' }],
        [0, 'ping', { note: 'stop' }],
      ],
      { stages },
    )
    expect(counts(state).counted).toBe(2)
    expect(visits(state)).toEqual(['calling/1 0-0 completed'])
  })

  test('an event exactly settle behind the watermark is on time, one ms more is late', () => {
    expect(
      counts(
        run([
          [20, 'paid'],
          [20, 'B:ping'],
          [10, 'ping'],
        ]),
      ),
    ).toEqual({ events: 3, counted: 3 })
    expect(
      counts(
        run([
          [9, 'ping'],
          [20, 'paid'],
          [9, 'paid'],
        ]),
      ),
    ).toEqual({ events: 3, counted: 2, late: 1 })
  })

  test('a late end still closes its visit where nothing newer of the case is folded, but not in a settled pane', () => {
    const state = run([
      [0, 'paid'],
      [50, 'B:ping'],
      [25, 'picked'],
    ])
    expect(visits(state)).toEqual(['picking/1 0-25 completed'])
    expect(counts(state)).toEqual({ events: 3, counted: 3, lateApplied: 1 })
    expect(pane(state, 0, 'total', 20)).toBeUndefined()
    expect(pane(state, 0, 'total', 0)).toEqual({ entered: 1 })
    expect(state.open).toEqual([])
  })

  test('a late event changes a pane whose end is still past the horizon', () => {
    const state = run([
      [0, 'paid'],
      [49, 'B:ping'],
      [38, 'picked'],
    ])
    expect(counts(state).lateApplied).toBe(1)
    expect(pane(state, 0, 'total', 30)).toEqual({ exited: 1 })
    expect(
      pane(
        run([
          [0, 'paid'],
          [50, 'B:ping'],
          [38, 'picked'],
        ]),
        0,
        'total',
        30,
      ),
    ).toBeUndefined()
  })

  test('a late event at the instant of the newest folded one is a dead letter', () => {
    const state = run([
      [25, 'paid'],
      [50, 'B:ping'],
      [25, 'picked'],
      [26, 'picked'],
    ])
    expect(counts(state)).toEqual({ events: 4, counted: 3, late: 1, lateApplied: 1 })
    expect(visits(state)).toEqual(['picking/1 25-26 completed'])
  })

  test('a late event of an unknown case is applied up to settle behind the horizon', () => {
    expect(
      counts(
        run([
          [50, 'B:ping'],
          [30, 'paid'],
        ]),
      ).lateApplied,
    ).toBe(1)
    expect(
      counts(
        run([
          [50, 'B:ping'],
          [29, 'paid'],
        ]),
      ).late,
    ).toBe(1)
  })

  test('a duplicate is one before it is late', () => {
    // more holds the shard back: events is past settle by its own watermark, the shard is not.
    const topics = { events: 'no ids', more: 'no ids' } as const
    const events: Written[] = [
      [0, 'paid'],
      [0, 'B:ping', { topic: 'more' }],
      [50, 'C:ping'],
      [0, 'paid'],
      [1, 'paid'],
    ]
    const state = run(events, { topics })
    expect(counts(state)).toEqual({ events: 4, counted: 3, duplicate: 1, lateApplied: 1 })
  })

  test('a topic without an event holds the shard back, by 24 h at most', () => {
    const topics = { events: 'no ids', more: 'no ids' } as const
    expect(run([[0, 'paid']], { topics }).watermark).toBe(-86_400_000)
    expect(
      run(
        [
          [0, 'paid'],
          [-5, 'ping', { topic: 'more' }],
        ],
        { topics },
      ).watermark,
    ).toBe(-5)
  })
})

describe('memory', () => {
  test('a run leaves when the watermark exceeds its end by more than three times settle', () => {
    expect(
      run([
        [0, 'delivered'],
        [30, 'B:ping'],
      ]).casesInMemory,
    ).toEqual(['A', 'B'])
    expect(
      run([
        [0, 'delivered'],
        [31, 'B:ping'],
      ]).casesInMemory,
    ).toEqual(['B'])
  })

  test('a run that never started leaves after twice settle', () => {
    const starts = ['created']
    expect(
      run(
        [
          [0, 'paid'],
          [20, 'B:ping'],
        ],
        { starts },
      ).casesInMemory,
    ).toEqual(['A', 'B'])
    expect(
      run(
        [
          [0, 'paid'],
          [21, 'B:ping'],
        ],
        { starts },
      ).casesInMemory,
    ).toEqual(['B'])
  })

  test('any other run leaves after case_timeout and settle, and its visits stay', () => {
    expect(
      run([
        [0, 'paid'],
        [110, 'B:ping'],
      ]).casesInMemory,
    ).toEqual(['A', 'B'])
    const state = run([
      [0, 'paid'],
      [111, 'B:ping'],
    ])
    expect(state.casesInMemory).toEqual(['B'])
    expect(visits(state)).toEqual(['picking/1 0-100 expired'])
  })

  test('a case_timeout shorter than settle does not make a run leave sooner than settle and settle', () => {
    const sooner = { timeout: 3 }
    expect(
      run(
        [
          [0, 'paid'],
          [20, 'B:ping'],
        ],
        sooner,
      ).casesInMemory,
    ).toEqual(['A', 'B'])
    expect(
      run(
        [
          [0, 'paid'],
          [21, 'B:ping'],
        ],
        sooner,
      ).casesInMemory,
    ).toEqual(['B'])
  })

  test('the fold point outlives its run as long as anything of the case is in memory', () => {
    // A's first run ends at 0 and has left at 31, when its second is at 25 and not yet folded (the horizon is 21).
    const events: Written[] = [
      [0, 'delivered'],
      [25, 'paid'],
      [31, 'B:ping'],
    ]
    expect(run(events).casesInMemory).toEqual(['A', 'B'])
    expect(counts(run([...events, [0, 'created']]))).toEqual({ events: 4, counted: 3, unmatchedEnd: 1, late: 1 })
    // Of a case without a fold point 1 is too old: it would have to reach 21 − settle.
    expect(counts(run([...events, [1, 'C:created']])).late).toBe(1)
    const applied = run([...events, [1, 'created']])
    expect(counts(applied).lateApplied).toBe(1)
    expect(visits(applied)).toEqual(['picking/1 25- open', 'lead/1 1- open'])
  })

  test('what has left memory knows nothing of a late event: it begins a run of its own', () => {
    const late = (watermark: number): Written[] => [
      [0, 'paid'],
      [watermark, 'B:ping'],
      [91, 'picked'],
    ]
    const known = run(late(110))
    expect(counts(known)).toEqual({ events: 3, counted: 3, lateApplied: 1 })
    expect(visits(known)).toEqual(['picking/1 0-91 completed'])
    const forgotten = run(late(111))
    expect(counts(forgotten)).toEqual({ events: 3, counted: 3, lateApplied: 1, unmatchedEnd: 1 })
    expect(visits(forgotten)).toEqual(['picking/1 0-100 expired'])
  })

  test('a copy of an event that came after the end makes no visit, however much later it comes', () => {
    for (let watermark = 15; watermark < 60; watermark++) {
      const state = run([
        [5, 'delivered'],
        [15, 'paid'],
        [watermark, 'B:ping'],
        [15, 'paid'],
      ])
      expect(visits(state)).toEqual([])
      const { duplicate = 0, late = 0 } = counts(state)
      expect(duplicate + late).toBe(1)
    }
  })
})
