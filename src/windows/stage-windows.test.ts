import { deserialize, serialize } from 'node:v8'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Leaving } from '../cases/visit.ts'
import type { SegmentKey } from '../event/segment.ts'
import { compileCalendar } from '../model/business-calendar.ts'
import type { WorkingHours } from '../model/working-hours.ts'
import { bucketOf } from './histogram.ts'
import type { Pane } from './pane.ts'
import type { Series } from './series.ts'
import { coarseness, windowPanes } from './span.ts'
import { StageWindows, type StageWindowsOptions } from './stage-windows.ts'

/*
 * The windows of a stage against a plain model: of each series a list of marks a pane, and a Map of open visits.
 */
const minuteMs = 60_000
const paneMs = 10 * minuteMs
const windowsMs = [10, 70, 400, 12_000].map(minutes => minutes * minuteMs)
const slots = 4
const keyOf = (slot: number) => `["s${slot}"]` as SegmentKey
const targetOf = (key: SegmentKey) => (key === keyOf(1) ? 20 * minuteMs : key === keyOf(2) ? undefined : 60 * minuteMs)
const options: StageWindowsOptions = {
  paneMs,
  windowsMs,
  calendar: undefined,
  targetOf,
  targetOfOther: () => targetOf(keyOf(0)),
  keyOf,
}

/** Every day but Sunday, so that some visits lie in one of them, some reach over several and some into none. */
const hours: readonly WorkingHours[] = [
  { fromMinute: 120, toMinute: 300 },
  { fromMinute: 320, toMinute: 480 },
  { fromMinute: 840, toMinute: 1_320 },
]
const calendar = compileCalendar({
  name: 'hours',
  title: { en: 'Hours' },
  timezone: 'UTC',
  week: [hours, hours, hours, hours, hours, hours, []],
  days: [],
  position: { file: 'calendars.yaml', line: 1, column: 1 },
})

/** The same said plainly: whole weeks, then what of each interval lies before the instant. */
function workedUntil(at: number): number {
  const dayMs = 1_440 * minuteMs
  // 1970-01-05 was the first Monday.
  const sinceMonday = at - 4 * dayMs
  const weeks = Math.floor(sinceMonday / (7 * dayMs))
  const intervals = [0, 1, 2, 3, 4, 5].flatMap(day =>
    hours.map(({ fromMinute, toMinute }) => [day * dayMs + fromMinute * minuteMs, day * dayMs + toMinute * minuteMs]),
  )
  const workedIn = (passed: number) =>
    intervals.reduce((sum, [from, to]) => sum + Math.min(Math.max(passed - from!, 0), to! - from!), 0)
  return weeks * workedIn(7 * dayMs) + workedIn(sinceMonday - weeks * 7 * dayMs)
}

type Clock = (start: number, end: number) => number
const byWall: Clock = (start, end) => end - start
const byHours: Clock = (start, end) => workedUntil(end) - workedUntil(start)

/** A visit as the stage is told of it. */
type Visit = {
  readonly start: number
  readonly isRework: boolean
  readonly entrySlot: number
  /** While it is open, and just before it ended. */
  readonly openSlot: number
  /** At leaving. */
  readonly slot: number
  /** undefined: it is open. */
  readonly end: number | undefined
  readonly how: Leaving
}

function tell(stage: StageWindows, visit: Visit, sign: 1 | -1): void {
  stage.enter(visit.entrySlot, visit.start, visit.isRework, sign)
  if (visit.end === undefined) stage.appear(visit.openSlot, visit.start, sign)
  else stage.leave(visit.slot, visit.openSlot, visit.start, visit.end, visit.how, sign, 0)
}

const counters = ['entered', 'reworked', 'completed', 'abandoned', 'expired', 'breached'] as const
type What = (typeof counters)[number] | 'unfinished' | 'exit while open'
/** `ms` in the stage's own time, `wallMs` by the wall clock. */
type Mark = { readonly what: What; readonly ms: number; readonly wallMs: number; readonly sign: number }

/** What a series holds, said plainly. */
class PlainSeries {
  readonly panes = new Map<number, Mark[]>()
  readonly open = new Map<number, number>()

  mark(pane: number, mark: Mark): void {
    this.panes.set(pane, [...(this.panes.get(pane) ?? []), mark])
  }

  addOpen(pane: number, sign: number): void {
    const count = (this.open.get(pane) ?? 0) + sign
    if (count === 0) this.open.delete(pane)
    else this.open.set(pane, count)
  }

  /** The durations or ages of the marks in a range of panes, less those taken back, rising. */
  msOf(what: What, first: number, last: number, by: 'ms' | 'wallMs' = 'ms'): number[] {
    const net = new Map<number, number>()
    for (const [pane, marks] of this.panes) {
      if (pane < first || pane > last) continue
      for (const mark of marks.filter(mark => mark.what === what)) {
        net.set(mark[by], (net.get(mark[by]) ?? 0) + mark.sign)
      }
    }
    const found = [...net].flatMap(([ms, count]) => Array.from({ length: count }, () => ms))
    return found.sort((left, right) => left - right)
  }

  counts(first: number, last: number) {
    const [entered, reworked, exited, abandoned, expired, breached] = counters.map(
      what => this.msOf(what, first, last).length,
    )
    const sumMs = this.msOf('completed', first, last).reduce((sum, ms) => sum + ms, 0)
    return { entered, reworked, exited, abandoned, expired, breached, sumMs }
  }
}

class PlainWindows {
  readonly #clock: Clock
  readonly total = new PlainSeries()
  readonly segments = new Map<number, PlainSeries>()
  readonly #panesKept = Math.max(...windowsMs.map(ms => ms / paneMs + coarseness(ms, paneMs)))
  #settledUntil = -Infinity

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get all(): [name: string, series: PlainSeries][] {
    return [
      ['total', this.total],
      ...[...this.segments].map(([slot, one]) => [keyOf(slot), one] as [string, PlainSeries]),
    ]
  }

  add(visit: Visit, sign: 1 | -1): void {
    const { start, end, isRework, entrySlot, openSlot, slot, how } = visit
    this.#mark(entrySlot, start, 'entered', start, sign)
    if (isRework) this.#mark(entrySlot, start, 'reworked', start, sign)
    if (end === undefined) {
      this.total.addOpen(paneOf(start), sign)
      this.#of(openSlot).addOpen(paneOf(start), sign)
      return
    }
    const ms = this.#clock(start, end)
    const target = targetOf(keyOf(slot))
    this.#mark(slot, end, how, start, sign)
    if (how === 'completed') this.#mark(openSlot, end, 'exit while open', start, sign)
    else this.#mark(openSlot, end, 'unfinished', start, sign)
    if (how === 'completed' && target !== undefined && ms > target) this.#mark(slot, end, 'breached', start, sign)
  }

  move(from: number, to: number, start: number): void {
    this.#of(from).addOpen(paneOf(start), -1)
    this.#of(to).addOpen(paneOf(start), 1)
  }

  /** @returns the slots of which nothing is kept any more. */
  advance(horizon: number): number[] {
    const settled = paneOf(horizon) - 1
    if (settled <= this.#settledUntil) return []
    this.#settledUntil = settled
    for (const [, { panes }] of this.all) {
      for (const pane of panes.keys()) if (pane <= settled - this.#panesKept) panes.delete(pane)
    }
    const empty = [...this.segments].filter(([, { panes, open }]) => panes.size === 0 && open.size === 0)
    for (const [slot] of empty) this.segments.delete(slot)
    return empty.map(([slot]) => slot).sort((left, right) => left - right)
  }

  #mark(slot: number, at: number, what: What, start: number, sign: number): void {
    const series = this.#of(slot)
    if (paneOf(at) <= this.#settledUntil) return
    const mark = { what, ms: this.#clock(start, at), wallMs: at - start, sign }
    for (const one of [this.total, series]) one.mark(paneOf(at), mark)
  }

  #of(slot: number): PlainSeries {
    const known = this.segments.get(slot) ?? new PlainSeries()
    this.segments.set(slot, known)
    return known
  }
}

const paneOf = (at: number) => Math.floor(at / paneMs)

/** Rows as a store holds them: of each pane the last that was said of it. */
class Rows {
  readonly #rows = new Map<string, string>()

  say(name: string, row: ReturnType<PlainSeries['counts']>, more: object): void {
    const isNothing = row.entered === 0 && row.exited === 0 && row.abandoned === 0 && row.expired === 0
    if (isNothing) this.#rows.delete(name)
    else this.#rows.set(name, JSON.stringify({ ...row, ...more }))
  }

  readonly take = (segment: SegmentKey | undefined, index: number, pane: Pane): void => {
    const { entered, reworked, exited, abandoned, expired, breached, sumMs, minMs, maxMs } = pane
    const counts = { entered, reworked, exited, abandoned, expired, breached, sumMs }
    const wall = pane.wall && {
      ...{ sumMs: pane.wall.sumMs, minMs: exited === 0 ? undefined : pane.wall.leastMs },
      ...{ maxMs: exited === 0 ? undefined : pane.wall.mostMs, buckets: pane.wall.durations.entries() },
    }
    this.say(`${segment ?? 'total'} ${index}`, counts, { minMs, maxMs, buckets: pane.buckets(), wall })
  }

  takePlain(name: string, series: PlainSeries, clock: Clock): void {
    for (const pane of series.panes.keys()) {
      const durations = series.msOf('completed', pane, pane)
      const more = { minMs: durations[0], maxMs: durations.at(-1), buckets: countsByBucket(durations) }
      const byWallMs = series.msOf('completed', pane, pane, 'wallMs')
      const wall = {
        ...{ sumMs: byWallMs.reduce((sum, ms) => sum + ms, 0), minMs: byWallMs[0] },
        ...{ maxMs: byWallMs.at(-1), buckets: countsByBucket(byWallMs) },
      }
      this.say(`${name} ${pane}`, series.counts(pane, pane), clock === byWall ? more : { ...more, wall })
    }
  }

  get all(): string[] {
    return [...this.#rows].map(([name, row]) => `${name} ${row}`).sort()
  }
}

function countsByBucket(durations: readonly number[]): [bucket: number, count: number][] {
  const counts = new Map<number, number>()
  for (const bucket of durations.map(bucketOf)) counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
  return [...counts].sort(([left], [right]) => left - right)
}

function expectSameWindows(series: Series, plain: PlainSeries, at: number): void {
  for (const windowMs of windowsMs) {
    const { totals, range } = series.windowAt(windowMs, at)
    expect(range).toEqual(windowPanes(at, windowMs, paneMs))
    const { durations, ...counts } = totals
    expect(counts).toEqual(plain.counts(range.first, range.last))
    const all = plain.msOf('completed', range.first, range.last)
    expect(durations.total).toBe(all.length)
    expect(series.extremesAt(windowMs, at)).toEqual({ minMs: all[0], maxMs: all.at(-1) })
    for (const q of [0.5, 0.9, 0.1]) {
      const exact = all[Math.max(1, Math.ceil(q * all.length)) - 1]
      const found = durations.quantileWithin(q, () => series.extremesAt(windowMs, at))
      if (exact === undefined) expect(found).toBeUndefined()
      else expect(Math.abs((found as number) - exact)).toBeLessThanOrEqual(0.011 * exact)
    }
  }
}

function expectSamePanes(series: Series, plain: PlainSeries, first: number, last: number): void {
  const found: unknown[] = []
  series.forEachPane(first, last, pane => {
    const exits: [number, number][] = []
    const unfinished: [number, number][] = []
    pane.forEachExitWhileOpen((bucket, count) => exits.push([bucket, count]))
    pane.forEachUnfinished((bucket, count) => unfinished.push([bucket, count]))
    found.push({ index: pane.index, entered: pane.entered, exits, unfinished })
  })
  const wanted = [...plain.panes.keys()]
    .filter(index => index >= first && index <= last)
    .sort((left, right) => left - right)
    .map(index => ({
      index,
      entered: plain.msOf('entered', index, index).length,
      exits: countsByBucket(plain.msOf('exit while open', index, index)),
      unfinished: countsByBucket(plain.msOf('unfinished', index, index)),
    }))
  expect(found).toEqual(wanted)
  expect(series.open.entries()).toEqual([...plain.open].sort(([left], [right]) => left - right))
}

const slot = fc.nat(slots - 1)
const minutes = fc.oneof(fc.nat(12), fc.nat(150), fc.constantFrom(0, 40)).map(length => length * minuteMs)
const lasted = fc.oneof(
  { weight: 8, arbitrary: minutes },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 31, 2 ** 31 + 7, 2 ** 40) },
)
const visits = fc.record({
  /** Where it starts, seen from the horizon. */
  ahead: fc.integer({ min: -150, max: 60 }),
  lasted: fc.option(lasted, { nil: undefined, freq: 4 }),
  isRework: fc.boolean(),
  entrySlot: slot,
  openSlot: slot,
  /** undefined: it leaves in the segment that it had. */
  otherSlot: fc.option(slot, { nil: undefined }),
  how: fc.constantFrom<Leaving>('completed', 'completed', 'completed', 'abandoned', 'expired'),
})

const pick = fc.nat(1_000)
const step = fc.oneof(
  { weight: 10, arbitrary: visits.map(visit => ({ kind: 'add', visit }) as const) },
  { weight: 3, arbitrary: pick.map(which => ({ kind: 'withdraw', which }) as const) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('move' as const), which: pick, to: slot }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('close' as const), which: pick, lasted }) },
  {
    weight: 3,
    arbitrary: fc
      .oneof(fc.nat(30), fc.nat(100), fc.nat(100), fc.constantFrom(0, 600, 13_000))
      .map(by => ({ kind: 'advance', by }) as const),
  },
  { weight: 2, arbitrary: fc.integer({ min: -700, max: 200 }).map(ahead => ({ kind: 'look', ahead }) as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'take' } as const) },
)

test.each([
  ['by the wall clock', undefined, byWall],
  ['in business time', calendar, byHours],
])(
  'panes, windows, open visits and rows are those of a plain model, whatever comes, goes, settles and restarts: %s',
  (_, calendar, clock) => {
    const reached = { exits: 0, released: 0, reassigned: 0, settled: 0, withdrawn: 0 }
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 30, maxLength: 120 }),
        fc.integer({ min: -500, max: 500 }),
        (steps, from) => {
          let stage = new StageWindows({ ...options, calendar })
          const plain = new PlainWindows(clock)
          const rows = new Rows()
          const plainRows = new Rows()
          let present: Visit[] = []
          let horizon = from * minuteMs
          const change = (visit: Visit, sign: 1 | -1) => {
            tell(stage, visit, sign)
            plain.add(visit, sign)
            present = sign === 1 ? [...present, visit] : present.filter(other => other !== visit)
          }
          const takePlain = () => {
            for (const [name, series] of plain.all) plainRows.takePlain(name, series, clock)
          }
          for (const one of steps) {
            switch (one.kind) {
              case 'add': {
                const { ahead, lasted: ms, otherSlot, ...visit } = one.visit
                const start = horizon + ahead * minuteMs
                const end = ms === undefined ? undefined : start + ms
                change({ ...visit, start, end, slot: otherSlot ?? visit.openSlot }, 1)
                reached.reassigned += otherSlot !== undefined && otherSlot !== visit.openSlot ? 1 : 0
                break
              }
              case 'withdraw': {
                const gone = present[one.which % Math.max(1, present.length)]
                if (gone === undefined) break
                change(gone, -1)
                reached.withdrawn++
                break
              }
              case 'move':
              case 'close': {
                const open = present.filter(({ end }) => end === undefined)
                const visit = open[one.which % Math.max(1, open.length)]
                if (visit === undefined) break
                if (one.kind === 'close') {
                  change(visit, -1)
                  change({ ...visit, end: visit.start + one.lasted }, 1)
                  break
                }
                stage.move(visit.openSlot, one.to, visit.start)
                plain.move(visit.openSlot, one.to, visit.start)
                present = present.map(other => (other === visit ? { ...visit, openSlot: one.to } : other))
                break
              }
              case 'advance': {
                horizon += one.by * minuteMs
                takePlain()
                const released: number[] = []
                stage.advance(horizon, rows.take, freed => released.push(freed))
                expect(released).toEqual(plain.advance(horizon))
                reached.released += released.length
                reached.settled += stage.total.settled.count
                break
              }
              case 'look': {
                const at = horizon + one.ahead * minuteMs
                expect([...stage.segments.keys()].sort()).toEqual([...plain.segments.keys()].map(keyOf).sort())
                for (const [name, series] of plain.all) {
                  const found = name === 'total' ? stage.total : stage.segments.get(name as SegmentKey)!
                  expectSameWindows(found, series, at)
                  expectSamePanes(found, series, paneOf(at) - 30, paneOf(at) + 5)
                  expectSamePanes(found, series, -Infinity, Infinity)
                  reached.exits += series.msOf('completed', -Infinity, Infinity).length
                }
                break
              }
              case 'restart': {
                const next = new StageWindows({ ...options, calendar })
                next.restore(deserialize(serialize(stage.snapshot())))
                stage = next
                break
              }
              case 'take':
                takePlain()
                stage.takeDirty(rows.take)
                expect(rows.all).toEqual(plainRows.all)
            }
          }
        },
      ),
      { numRuns: 120 },
    )
    // A comparison of nothing with nothing would pass just as well.
    for (const count of Object.values(reached)) expect(count).toBeGreaterThan(100)
  },
  60_000,
)
