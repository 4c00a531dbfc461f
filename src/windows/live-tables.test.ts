import { expect, test } from 'vitest'
import { segmentKey } from '../event/segment.ts'
import { LiveTables } from './live-tables.ts'
import type { Series } from './series.ts'
import { StageWindows } from './stage-windows.ts'

const paneMs = 10_000
const HOUR = 3_600_000

function newStage() {
  const keyOf = (slot: number) => segmentKey([`s${slot}`])
  const none = () => undefined
  const stage = new StageWindows({
    paneMs,
    windowsMs: [HOUR],
    reachMs: 25 * HOUR,
    calendar: undefined,
    targetOf: none,
    targetOfOther: none,
    keyOf,
  })
  const visit = (slot: number, start: number, end: number) => {
    stage.enter(slot, start, false, 1)
    stage.leave(slot, slot, start, end, 'completed', 1, 0)
  }
  const settle = (horizon: number) => stage.advance(horizon, none, none)
  return { stage, visit, settle }
}

const newTables = (windowMs = HOUR) => new LiveTables({ windowMs, paneMs, tickMs: 1_000, calendar: undefined })

const partsOf = (stage: StageWindows, series: Series = stage.total) => [{ series, stage }]

test('while T moves within a pane a table stays; in the next pane it is made anew', () => {
  const { stage, visit } = newStage()
  const tables = newTables()
  visit(0, 0, 60_000)
  tables.moveTo(100_000)
  const first = tables.of('total', partsOf(stage))
  expect(first.exits).toBe(1)
  visit(0, 30_000, 99_000)
  tables.moveTo(109_000)
  expect(tables.of('total', partsOf(stage))).toBe(first)
  tables.moveTo(110_000)
  expect(tables.of('total', partsOf(stage)).exits).toBe(2)
})

test('second by second an even share of the tables is renewed a tick, and all of them within the pane', () => {
  const { stage } = newStage()
  const tables = newTables()
  const segments = Array.from({ length: 25 }, (_, index) => `s${index}`)
  const ask = (at: number) => {
    tables.moveTo(at)
    return segments.map(segment => tables.of(segment, partsOf(stage)))
  }
  let known = ask(5_000)
  ask(9_000)
  const renewed = Array.from({ length: 10 }, (_, tick) => {
    const now = ask(10_000 + tick * 1_000)
    const count = now.filter((table, index) => table !== known[index]).length
    known = now
    return count
  })
  expect(renewed.reduce((sum, count) => sum + count, 0)).toBe(25)
  expect(Math.max(...renewed)).toBe(3)
})

test('where T moves by panes every table is that of T', () => {
  const { stage } = newStage()
  const tables = newTables()
  const ask = (at: number) => {
    tables.moveTo(at)
    return ['a', 'b', 'c'].map(segment => tables.of(segment, partsOf(stage)))
  }
  const before = ask(10_000)
  ask(20_000).forEach((table, index) => {
    expect(table).not.toBe(before[index])
  })
})

test('tables of segments that nobody asks for any more are forgotten', () => {
  const { stage } = newStage()
  const tables = newTables()
  tables.moveTo(10_000)
  for (const segment of ['a', 'b']) tables.of(segment, partsOf(stage))
  for (const at of [20_000, 30_000]) {
    tables.moveTo(at)
    tables.of('b', partsOf(stage))
  }
  tables.moveTo(40_000)
  expect(tables.size).toBe(1)
})

test('a window is as wide as the entries of the settled hours ask for, not those of the moment', () => {
  const { stage, visit, settle } = newStage()
  const tables = newTables()
  const widthAt = (at: number) => {
    tables.moveTo(at)
    return tables.of('total', partsOf(stage)).windowMs
  }
  // 50 an hour: 100 are expected in 2 h. What has not settled does not count.
  for (let at = 0; at < 4 * HOUR; at += HOUR / 50) visit(0, at, at + 1_000)
  expect(widthAt(4 * HOUR)).toBe(16 * HOUR)
  settle(4 * HOUR)
  expect(widthAt(4 * HOUR + paneMs)).toBe(2 * HOUR)
  // 150 an hour since then, an hour of them settled: (200 + 150) / 5 h.
  for (let at = 4 * HOUR; at < 6 * HOUR; at += HOUR / 150) visit(0, at, at + 1_000)
  settle(5.5 * HOUR)
  expect(widthAt(6 * HOUR)).toBe(2 * HOUR)
  settle(6 * HOUR)
  expect(widthAt(6 * HOUR + paneMs)).toBe(2 * HOUR)
  // A day later the first hours have left, and nobody has come since: 300 in 24 h.
  settle(28 * HOUR)
  expect(widthAt(28 * HOUR)).toBe(8 * HOUR)
})

test('the width of a window is that of all parts together, and the same after a restart', () => {
  const { stage, visit, settle } = newStage()
  for (let at = 0; at < 4 * HOUR; at += HOUR / 50) visit(0, at, at + 1_000)
  for (let at = 0; at < 4 * HOUR; at += HOUR / 60) visit(1, at, at + 1_000)
  settle(4 * HOUR)
  const widthOf = (of: StageWindows) => {
    const tables = newTables()
    tables.moveTo(4 * HOUR)
    return tables.of(
      'both',
      [...of.segments.values()].flatMap(series => partsOf(of, series)),
    ).windowMs
  }
  const again = newStage().stage
  again.restore(structuredClone(stage.snapshot()))
  expect([widthOf(stage), widthOf(again)]).toEqual([HOUR, HOUR])
})
