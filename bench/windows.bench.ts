import { execSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpus } from 'node:os'
import { serialize, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { type SegmentKey, segmentKey } from '../src/event/segment.ts'
import { type BusinessCalendar, compileCalendar } from '../src/model/business-calendar.ts'
import type { Pane } from '../src/windows/pane.ts'
import { StageWindows } from '../src/windows/stage-windows.ts'
import { statisticsOf } from '../src/windows/statistics.ts'

/*
 * What do windows cost: an event, a segment, an evaluation?
 *
 * Workload, seed 1: cases pass two stages, so that one event closes a visit of the first and opens one of the second
 * (appear −1 and leave there, enter and appear here: one trio). 64 segments, 3 windows each, 2,000 events a second of
 * event time, durations lognormal around 10 minutes, windows evaluated once a pane for the total and all segments. A
 * fifth of the events of the second workload come up to 5 minutes late, a tenth of these changing what had been told.
 */
const RUNS = 5
const SEGMENTS = 64
const TRIOS = 400_000
const EVENTS_A_SECOND = 2_000
const settleMs = 3_600_000
const keyOf = (slot: number): SegmentKey => segmentKey([`warehouse ${slot}`])

test('an event costs the same whatever the number of panes in a window', () => {
  say(`commit ${commit()}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`)
  for (const panes of [10, 100, 1_000]) {
    const paneMs = 10_000
    const windowsMs = [panes * paneMs, 2 * paneMs, 5 * paneMs]
    run({ paneMs, windowsMs, disorder: 0 })
    const inOrder = Array.from({ length: RUNS }, () => run({ paneMs, windowsMs, disorder: 0 }))
    const shuffled = Array.from({ length: RUNS }, () => run({ paneMs, windowsMs, disorder: 0.2 }))
    expect(new Set(inOrder.map(({ digest }) => digest)).size).toBe(1)
    expect(new Set(shuffled.map(({ digest }) => digest)).size).toBe(1)
    const nsOf = (all: readonly Run[], what: 'foldMs' | 'readMs') => spread(all.map(one => (one[what] * 1e6) / TRIOS))
    say(
      `W/P ${String(panes).padStart(5)}: ${nsOf(inOrder, 'foldMs')} ns a trio in order, ${nsOf(shuffled, 'foldMs')} with 20 % out of order; ` +
        `settling, evaluations and rows ${nsOf(inOrder, 'readMs')} ns a trio`,
    )
  }
})

test('an event of a stage with a calendar', () => {
  const windowsMs = [1_000_000, 20_000, 50_000]
  const shape = { paneMs: 10_000, windowsMs, disorder: 0 }
  const ways = { 'by the wall clock': undefined, 'in business time': workingHours() }
  for (const calendar of Object.values(ways)) run({ ...shape, calendar })
  const runs = Object.entries(ways).map(([name, calendar]) => ({ name, calendar, all: [] as Run[] }))
  for (let round = 0; round < RUNS; round++) for (const way of runs) way.all.push(run({ ...shape, ...way }))
  for (const { name, all } of runs) {
    expect(new Set(all.map(({ digest }) => digest)).size).toBe(1)
    say(`${name}: ${spread(all.map(({ foldMs }) => (foldMs * 1e6) / TRIOS))} ns a trio`)
  }
  for (const [name, calendar] of Object.entries(ways)) {
    const bytes = serialize(fullSegments(20, 5, calendar).snapshot()).length
    say(`${name}: 5 visits in each of 25,920 panes: ${Math.round(bytes / 21 / 1_024)} KiB a segment in a snapshot`)
  }
})

test('bytes of a segment whose window of 3 days is full', () => {
  for (const visitsAPane of [1, 5, 20]) {
    const before = memory()
    const stage = fullSegments(20, visitsAPane)
    const kept = (memory() - before) / 21
    const bytes = serialize(stage.snapshot()).length
    const snapshotMs = timed(() => stage.snapshot())
    say(
      `3 d window, ${visitsAPane} visits in each of 25,920 panes: ${Math.round(kept / 1_024)} KiB a segment in memory, ` +
        `${Math.round(bytes / 21 / 1_024)} KiB in a snapshot, ${snapshotMs.toFixed(1)} ms for the snapshot of 20`,
    )
  }
})

test('evaluating 1,000 segments', () => {
  const paneMs = 10_000
  const windowMs = 3_600_000
  const segments = 1_000
  const stage = newStage(paneMs, [windowMs])
  const random = randomFrom(7)
  const seconds = 2 * 3_600
  let at = 0
  const evaluate = () => {
    let sum = 0
    for (const series of stage.segments.values()) {
      const part = [{ series, targetMs: 900_000 }]
      const lookup = statisticsOf({ parts: part, overdueParts: part, windowMs, paneMs, at, hasTarget: true })
      for (const name of asked) sum += lookup(name) ?? 0
    }
    return sum
  }
  const asTimeMoves: number[] = []
  const withinPane: number[] = []
  for (let second = 0; second < seconds; second++) {
    for (let visit = 0; visit < 200; visit++) {
      const slot = Math.floor(random() * segments)
      const start = second * 1_000 + visit * 5
      stage.enter(slot, start, false, 1)
      // One in ten stays open to the end.
      if (visit % 10 === 0) stage.appear(slot, start, 1)
      const began = start - durationOf(random)
      stage.leave(slot, slot, began, start, 'completed', 1, 0)
    }
    at = (second + 1) * 1_000
    stage.advance(
      at - settleMs,
      () => {},
      () => {},
    )
    if (second < seconds - 120) {
      if (second % 10 === 0) evaluate()
      continue
    }
    const ms = timed(evaluate)
    if (second % 10 === 0) asTimeMoves.push(ms)
    else withinPane.push(ms)
  }
  say(
    `1,000 segments × (${asked.join(' ')}): ${spread(withinPane)} ms, at the first of a pane ${spread(asTimeMoves)} ms`,
  )
})

const asked = ['p50', 'p90', 'p95', 'p99', 'wip', 'age_p90', 'exited', 'within_target'] as const

type Run = { readonly foldMs: number; readonly readMs: number; readonly digest: string }

type Workload = {
  readonly paneMs: number
  readonly windowsMs: number[]
  readonly disorder: number
  readonly calendar?: BusinessCalendar | undefined
}

function run({ paneMs, windowsMs, disorder, calendar }: Workload): Run {
  const first = newStage(paneMs, windowsMs, calendar)
  const second = newStage(paneMs, windowsMs, calendar)
  const trios = trioColumns(disorder)
  const digest = createHash('sha256')
  let readMs = 0
  const rows = (segment: SegmentKey | undefined, index: number, pane: Pane) => {
    digest.update(`${segment} ${index} ${pane.entered} ${pane.exited} ${pane.sumMs} ${pane.minMs} ${pane.maxMs}\n`)
  }
  const began = processorMs()
  let nextPane = paneMs
  for (let trio = 0; trio < TRIOS; trio++) {
    const at = trios.at[trio] as number
    if (at >= nextPane) {
      readMs += timed(() => {
        for (const stage of [first, second]) {
          stage.advance(nextPane - settleMs, rows, () => {})
          for (const series of [stage.total, ...stage.segments.values()]) {
            for (const windowMs of windowsMs) series.extremesAt(windowMs, nextPane)
          }
        }
      })
      nextPane += paneMs
    }
    const slot = trios.slot[trio] as number
    const start = trios.start[trio] as number
    first.appear(slot, start, -1)
    first.leave(slot, slot, start, at, 'completed', 1, 0)
    second.enter(slot, at, false, 1)
    second.appear(slot, at, 1)
    if (trios.corrects[trio] === 0) continue
    // What was told is taken back, and told again.
    first.leave(slot, slot, start, at, 'completed', -1, 0)
    first.leave(slot, slot, start + 1, at, 'completed', 1, 0)
  }
  const foldMs = processorMs() - began - readMs
  first.takeDirty(rows)
  second.takeDirty(rows)
  return { foldMs, readMs, digest: digest.digest('hex').slice(0, 16) }
}

type Trios = {
  readonly at: Float64Array
  readonly start: Float64Array
  readonly slot: Uint8Array
  readonly corrects: Uint8Array
}
const columns = new Map<number, Trios>()

function trioColumns(disorder: number): Trios {
  const known = columns.get(disorder)
  if (known !== undefined) return known
  const random = randomFrom(1)
  const made = {
    at: new Float64Array(TRIOS),
    start: new Float64Array(TRIOS),
    slot: new Uint8Array(TRIOS),
    corrects: new Uint8Array(TRIOS),
  }
  for (let trio = 0; trio < TRIOS; trio++) {
    const isLate = random() < disorder
    const at = Math.floor((trio * 1_000) / EVENTS_A_SECOND) + settleMs - (isLate ? Math.floor(random() * 300_000) : 0)
    made.at[trio] = at
    made.start[trio] = at - durationOf(random)
    made.slot[trio] = Math.floor(random() * SEGMENTS)
    made.corrects[trio] = isLate && random() < 0.1 ? 1 : 0
  }
  columns.set(disorder, made)
  return made
}

function fullSegments(segments: number, visitsAPane: number, calendar?: BusinessCalendar): StageWindows {
  const paneMs = 10_000
  const stage = newStage(paneMs, [3 * 86_400_000], calendar)
  const random = randomFrom(3)
  for (let pane = 0; pane < 25_920; pane++) {
    for (let slot = 0; slot < segments; slot++) {
      for (let visit = 0; visit < visitsAPane; visit++) {
        const at = pane * paneMs + visit
        stage.enter(slot, at, false, 1)
        stage.leave(slot, slot, at - durationOf(random), at, 'completed', 1, 0)
      }
    }
    stage.advance(
      pane * paneMs - settleMs,
      () => {},
      () => {},
    )
    if (pane % 500 === 0) stage.takeDirty(() => {})
  }
  for (const series of [stage.total, ...stage.segments.values()]) series.windowAt(3 * 86_400_000, 25_920 * paneMs)
  return stage
}

/** Every day 00:00–13:00 and 13:30–21:30. */
function workingHours(): BusinessCalendar {
  const shifts = [
    { fromMinute: 0, toMinute: 780 },
    { fromMinute: 810, toMinute: 1_290 },
  ]
  return compileCalendar({
    name: 'shifts',
    title: { en: 'Shifts' },
    timezone: 'UTC',
    week: [shifts, shifts, shifts, shifts, shifts, shifts, shifts],
    days: [],
    position: { file: 'calendars.yaml', line: 1, column: 1 },
  })
}

function newStage(paneMs: number, windowsMs: readonly number[], calendar?: BusinessCalendar): StageWindows {
  return new StageWindows({ paneMs, windowsMs, calendar, targetOf: () => 900_000, targetOfOther: () => 900_000, keyOf })
}

/** Lognormal: median 10 minutes, σ 0.6. */
const durationOf = (random: () => number): number => {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Math.round(600_000 * Math.exp(0.6 * normal))
}

/** A small generator of known sequence (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Processor time in ms: on a machine that others use too, the clock on the wall measures them as well. */
function processorMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

function timed(work: () => unknown): number {
  const from = processorMs()
  work()
  return processorMs() - from
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((left, right) => left - right)
  const round = (value = 0) => (value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en'))
  return `${round(sorted[Math.floor(sorted.length / 2)])} [${round(sorted[0])} … ${round(sorted.at(-1))}]`
}

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Bytes in use, garbage taken out. */
function memory(): number {
  for (let round = 0; round < 3; round++) collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const commit = (): string => execSync('git rev-parse --short HEAD', { encoding: 'utf8' }).trim()

const say = (line: string): boolean => process.stdout.write(`${line}\n`)
