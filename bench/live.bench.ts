import { execSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpus } from 'node:os'
import { expect, test } from 'vitest'
import { RandomDraws } from '../src/source/random-draws.ts'
import { bucketOf } from '../src/windows/histogram.ts'
import { LifeTableCounts } from '../src/windows/life-table-counts.ts'

/*
 * One question: what does the life table of a segment cost, from the counts of its panes to its five percentiles?
 *
 * The counts stand in plain columns, so what is measured is the table, not how panes are kept. Seed 1; 1,000 segments of
 * one shape a run, which is what a stage of 1,000 segments asks for in every pane. "Cells" are the pairs of pane and
 * duration bucket that hold a count: the work to be done.
 */
const RUNS = 7
const SEGMENTS = 1_000
const HOUR = 3_600_000
const paneMs = 10_000
const at = Date.UTC(2026, 0, 15, 12) + 3_400

/** Of one segment: cells by rising pane, open visits by pane of entry. */
type Columns = {
  readonly panes: Int32Array
  readonly buckets: Int32Array
  readonly counts: Int32Array
  readonly openPanes: Int32Array
  readonly openCounts: Int32Array
}

type Shape = {
  readonly name: string
  readonly windowMs: number
  readonly medianMs: number
  readonly perHour: number
  /** Segments with counts of their own; the others repeat them. */
  readonly distinct: number
}

const shapes: readonly Shape[] = [
  { name: '15 min of a stage of 1 min, 400/h', windowMs: HOUR / 4, medianMs: 60_000, perHour: 400, distinct: 100 },
  { name: '1 h of a stage of 4 h, 200/h', windowMs: HOUR, medianMs: 4 * HOUR, perHour: 200, distinct: 100 },
  { name: '1 h of a stage of 4 h, 20,000/h', windowMs: HOUR, medianMs: 4 * HOUR, perHour: 20_000, distinct: 4 },
  { name: '16 h (widened) of a stage of 4 h, 7/h', windowMs: 16 * HOUR, medianMs: 4 * HOUR, perHour: 7, distinct: 100 },
  { name: '24 h of a stage of 4 h, 200/h', windowMs: 24 * HOUR, medianMs: 4 * HOUR, perHour: 200, distinct: 20 },
  {
    name: '24 h of a stage of 10 min, 20,000/h',
    windowMs: 24 * HOUR,
    medianMs: HOUR / 6,
    perHour: 20_000,
    distinct: 2,
  },
]

test.each(shapes)('$name', shape => {
  const segments = Array.from({ length: shape.distinct }, (_, index) => columnsOf(shape, index))
  const cells = segments.reduce((sum, { panes }) => sum + panes.length, 0) / segments.length
  const round = shape.distinct * Math.max(1, Math.floor(SEGMENTS / Math.max(shape.distinct, cells / 20)))
  const run = () => timed(() => tablesOf(shape, segments, round))
  run()
  const runs = Array.from({ length: RUNS }, run)
  const digests = new Set(runs.map(({ result }) => result))
  expect(digests.size).toBe(1)
  const millis = runs.map(({ ms }) => ms / round).sort((left, right) => left - right)
  const shown = (value: number | undefined) => (value ?? 0).toFixed(4)
  process.stdout.write(
    `${shape.name}: ${Math.round(cells)} cells, ${shown(millis[RUNS >> 1])} ms a table ` +
      `[${shown(millis[0])} … ${shown(millis.at(-1))}], ${Math.round((millis[RUNS >> 1] ?? 0) * SEGMENTS)} ms for 1,000; ` +
      `digest ${[...digests][0]}\n`,
  )
})

test('machine', () => {
  const commit = execSync('git rev-parse --short HEAD', { encoding: 'utf8' }).trim()
  process.stdout.write(`commit ${commit}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}\n`)
  expect(commit).not.toBe('')
})

const shares = [0.5, 0.75, 0.9, 0.95, 0.99]

function tablesOf({ windowMs }: Shape, segments: readonly Columns[], tables: number): string {
  const digest = createHash('sha256')
  for (let index = 0; index < tables; index++) {
    const { panes, buckets, counts, openPanes, openCounts } = segments[index % segments.length]!
    const told = new LifeTableCounts({ at, windowMs, paneMs, calendar: undefined })
    for (let open = 0; open < openPanes.length; open++) told.open(openPanes[open]!, openCounts[open]!)
    let pane = -1
    for (let cell = 0; cell < panes.length; cell++) {
      if (panes[cell] !== pane) {
        pane = panes[cell]!
        told.pane(pane)
        told.entered(1)
      }
      told.exited(buckets[cell]!, counts[cell]!)
    }
    const table = told.table()
    digest.update(JSON.stringify(shares.map(share => table.quantile(share))))
  }
  return digest.digest('hex').slice(0, 16)
}

function timed<T>(work: () => T): { readonly ms: number; readonly result: T } {
  const from = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(from)
  return { ms: (user + system) / 1_000, result }
}

function columnsOf({ windowMs, medianMs, perHour }: Shape, segment: number): Columns {
  const draws = new RandomDraws(1, segment)
  const { first, last } = new LifeTableCounts({ at, windowMs, paneMs, calendar: undefined }).range
  const cells = new Map<number, number>()
  const open = new Map<number, number>()
  const begin = first * paneMs - 12 * medianMs
  for (let entry = begin; ; ) {
    entry += (-Math.log(1 - draws.fraction()) / perHour) * HOUR
    if (entry >= at) break
    const leave = entry + draws.lognormal(medianMs, 0.6)
    const pane = Math.floor((leave < at ? leave : entry) / paneMs)
    if (leave >= at) open.set(pane, (open.get(pane) ?? 0) + 1)
    else if (pane >= first && pane <= last) {
      const cell = pane * 2_048 + bucketOf(Math.round(leave - entry))
      cells.set(cell, (cells.get(cell) ?? 0) + 1)
    }
  }
  const sorted = [...cells].sort(([left], [right]) => left - right)
  const opened = [...open].sort(([left], [right]) => left - right)
  return {
    panes: Int32Array.from(sorted, ([cell]) => Math.floor(cell / 2_048)),
    buckets: Int32Array.from(sorted, ([cell]) => cell % 2_048),
    counts: Int32Array.from(sorted, ([, count]) => count),
    openPanes: Int32Array.from(opened, ([pane]) => pane),
    openCounts: Int32Array.from(opened, ([, count]) => count),
  }
}
