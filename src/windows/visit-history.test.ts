import { describe, expect, test } from 'vitest'
import { type SegmentKey, segmentKey } from '../event/segment.ts'
import type { PaneOfVisits } from './life-table-counts.ts'
import { Pane } from './pane.ts'
import { VisitHistory } from './visit-history.ts'

const PANE_MS = 10

/** A window of 3,200 panes: its coarse panes are 16 panes long. */
const newHistory = () => new VisitHistory({ paneMs: PANE_MS, windowsMs: [32_000], calendar: undefined, maxSegments: 2 })

function paneOf(index: number, entered: number, exits: readonly [number, number][] = []): Pane {
  const pane = new Pane(false)
  pane.index = index
  pane.entered = entered
  for (const [bucket, count] of exits) pane.durations.push(bucket, count)
  return pane
}

function told(history: VisitHistory, key: SegmentKey | undefined, first = -1_000_000, last = 1_000_000) {
  const panes: unknown[] = []
  history.forEach(key, first, last, (pane: PaneOfVisits) => {
    const exits: [number, number][] = []
    pane.forEachExitWhileOpen((bucket, count) => exits.push([bucket, count]))
    panes.push({ index: pane.index, entered: pane.entered, exits })
  })
  return panes
}

const segment = (name: string) => segmentKey([name])

describe('a history', () => {
  test('adds settled panes up in coarse ones that are aligned to the epoch', () => {
    const history = newHistory()
    expect(history.panes).toBe(16)
    for (const [index, exits] of [
      [-1, 1],
      [0, 2],
      [15, 3],
      [16, 4],
    ] as const)
      history.add(undefined, paneOf(index, 1, [[7, exits]]))
    expect(told(history, undefined)).toEqual([
      { index: -16, entered: 1, exits: [[7, 1]] },
      { index: 0, entered: 2, exits: [[7, 5]] },
      { index: 16, entered: 1, exits: [[7, 4]] },
    ])
  })

  test('tells where a coarse pane begins within the range', () => {
    const history = newHistory()
    history.add(undefined, paneOf(33, 1))
    expect(told(history, undefined, 0, 40)).toEqual([{ index: 32, entered: 1, exits: [] }])
    expect(told(history, undefined, 36, 100)).toEqual([{ index: 36, entered: 1, exits: [] }])
  })

  test('lets go of what the window does not reach any more, and of segments with it', () => {
    const history = newHistory()
    history.add(undefined, paneOf(0, 1))
    history.add(segment('a'), paneOf(0, 1))
    history.add(undefined, paneOf(64, 1))
    history.advance(32_000 + 2 * 160 - 1)
    expect(history.segments).toEqual([segment('a')])
    history.advance(32_000 + 2 * 160)
    expect(history.segments).toEqual([])
    expect(told(history, undefined)).toHaveLength(1)
    expect(history.oldest).toBe(64)
  })

  test('holds no more segments than it may; the total has everything', () => {
    const history = newHistory()
    for (const name of ['a', 'b', 'c']) {
      history.add(undefined, paneOf(0, 1))
      history.add(segment(name), paneOf(0, 1))
    }
    expect(history.segments).toEqual([segment('a'), segment('b')])
    expect(told(history, undefined)).toEqual([{ index: 0, entered: 3, exits: [] }])
  })

  test('is the same after a snapshot, and takes none over that has other panes', () => {
    const history = newHistory()
    history.beginAt(5)
    history.add(
      undefined,
      paneOf(7, 3, [
        [2, 1],
        [9, 4],
      ]),
    )
    history.add(segment('a'), paneOf(40, 1))
    const restored = newHistory()
    expect(restored.restore(history.snapshot())).toBe(true)
    expect(restored.since).toBe(5)
    expect(restored.snapshot()).toEqual(history.snapshot())
    const other = new VisitHistory({ paneMs: PANE_MS, windowsMs: [2_000], calendar: undefined, maxSegments: 2 })
    expect(other.restore(history.snapshot())).toBe(false)
    expect(other.oldest).toBe(Infinity)
  })
})
