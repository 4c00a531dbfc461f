import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { AlertTransition } from '../alerts/transition.ts'
import { compareUtf8 } from '../cases/event-order.ts'
import { instant } from '../event/instant.ts'
import type { MeasurePaneRow, PaneRow, ShardOutput, VisitRow } from '../shard/output.ts'
import type { TimeSpan } from '../store/writing/source-spans.ts'
import type { NewRows } from '../store/writing/writer.ts'
import { settledMarks } from './backfill.ts'
import { CouldNotRun } from './could-not-run.ts'
import { writeLines } from './replay-output/files.ts'
import { FirstRejections, type RejectedRecord } from './replay-output/first-rejections.ts'
import { alertLine, visitLine, windowLine } from './replay-output/lines.ts'
import { measureLine, mergeMeasurePanes } from './replay-output/measures.ts'
import { compareAlerts, comparePanes, compareVisits } from './replay-output/order.ts'
import { mergePanes } from './replay-output/panes.ts'
import { type ReplayCounts, type ReplayEffort, type ReplaySummary, summaryText } from './replay-output/summary.ts'

/**
 * The sink of a replay: what the shards put out, kept until the end, then written as four files, five where a
 * process has measures.
 *
 * Rows are absolute, so the latest of a key stands: a correction replaces what was said before, a withdrawn visit
 * vanishes. Nothing can be written earlier, since any row may still be corrected. Kept are references to the rows,
 * one for each visit and pane (measured: about 600 bytes each); writing adds one sorted array of references at a time
 * (the rows of a stage) and 64 KiB of text. The order of every file is that of `replay-output/order.ts`, so two replays
 * of one input compare byte by byte. At most 16.7 million visits or panes of one stage (the size of a Map).
 */
export class ReplayOutput {
  readonly #visits = new Map<string, Map<string, VisitRow>>()
  readonly #panes = new Map<string, Map<string, PaneRow>>()
  readonly #measurePanes = new Map<string, Map<string, MeasurePaneRow>>()
  readonly #transitions: AlertTransition[] = []
  readonly #rejections = new FirstRejections()

  add(output: Pick<ShardOutput, 'visits' | 'panes' | 'measurePanes' | 'deadLetters'>): void {
    for (const visit of output.visits) {
      const visits = of(this.#visits, visit.stage, visit)
      const key = `${visit.start} ${visit.ordinal} ${visit.case}`
      if (visit.deleted) visits.delete(key)
      else visits.set(key, visit)
    }
    for (const pane of output.panes) of(this.#panes, pane.stage, pane).set(paneKey(pane), pane)
    for (const pane of output.measurePanes) of(this.#measurePanes, pane.measure, pane).set(paneKey(pane), pane)
    this.#rejections.add(output.deadLetters)
  }

  /** The first records of each reason that were rejected. */
  get rejections(): readonly RejectedRecord[] {
    return this.#rejections.all()
  }

  addTransitions(transitions: readonly AlertTransition[]): void {
    for (const transition of transitions) this.#transitions.push(transition)
  }

  /**
   * Writes `visits.ndjson`, `windows.ndjson`, `alerts.ndjson`, `summary.json`, and `measures.ndjson` where there are
   * measures, into `folder`, which is made where it is missing. Each is written beside its place first; all are put in
   * place when all are complete.
   *
   * @param effort is asked when all rows have been written, which is a good part of the work.
   * @returns what the summary says.
   * @throws CouldNotRun where the file system refuses; the files of an earlier replay are left as they were.
   */
  async write(folder: string, counts: ReplayCounts, effort: () => ReplayEffort): Promise<ReplaySummary> {
    const written: string[] = []
    const write = async (name: string, lines: Iterable<string>) => {
      written.push(name)
      return writeLines(join(folder, `${name}.part`), lines)
    }
    try {
      await mkdir(folder, { recursive: true })
      const visits = await write('visits.ndjson', this.#visitLines())
      const windows = await write('windows.ndjson', this.#windowLines())
      const alerts = await write('alerts.ndjson', this.#transitions.toSorted(compareAlerts).map(alertLine))
      const measures = counts.hasMeasures ? await write('measures.ndjson', this.#measureLines()) : undefined
      const lines = { visits, windows, alerts, ...(measures === undefined ? {} : { measures }) }
      const summary = { ...counts, ...effort() }
      await write('summary.json', [summaryText(summary, lines)])
      for (const name of written) await rename(join(folder, `${name}.part`), join(folder, name))
      return summary
    } catch (cause) {
      throw isRefusal(cause) ? cannotWrite(folder, cause) : cause
    } finally {
      for (const name of written) await rm(join(folder, `${name}.part`), { force: true })
    }
  }

  /** All that a store is given of a process, some thousand rows at a time. */
  *rowsOf(process: string): Iterable<NewRows> {
    const ofProcess = <Row extends { readonly process: string }>(rows: ReadonlyMap<string, ReadonlyMap<string, Row>>) =>
      [...rows.values()].flatMap(some => [...some.values()].filter(row => row.process === process))
    const panes = ofProcess(this.#panes)
    for (const visits of slicesOf(ofProcess(this.#visits))) yield { visits }
    for (const some of slicesOf(panes)) yield { panes: some }
    const ofMeasures = ofProcess(this.#measurePanes)
    for (const some of slicesOf(ofMeasures)) yield { measurePanes: some }
    yield {
      transitions: this.#transitions.filter(row => row.process === process),
      settled: settledMarks([...panes, ...ofMeasures]),
    }
  }

  /** Of the panes of a process; undefined: there are none. */
  spanOf(process: string): TimeSpan | undefined {
    let from = Infinity
    let to = -Infinity
    for (const some of [...this.#panes.values(), ...this.#measurePanes.values()]) {
      for (const row of some.values()) {
        if (row.process !== process) break
        from = Math.min(from, row.start)
        to = Math.max(to, row.end)
      }
    }
    return from < to ? { from: instant(from), to: instant(to) } : undefined
  }

  *#visitLines(): Iterable<string> {
    for (const visits of inOrderOfStage(this.#visits)) {
      for (const visit of visits.sort(compareVisits)) yield visitLine(visit)
    }
  }

  *#windowLines(): Iterable<string> {
    for (const panes of inOrderOfStage(this.#panes)) {
      for (const pane of mergePanes(panes.sort(comparePanes))) yield windowLine(pane)
    }
  }

  *#measureLines(): Iterable<string> {
    for (const panes of inOrderOfStage(this.#measurePanes)) {
      for (const pane of mergeMeasurePanes(panes.sort(comparePanes))) yield measureLine(pane)
    }
  }
}

const ROWS_AT_ONCE = 5_000

function* slicesOf<Row>(rows: readonly Row[]): Iterable<readonly Row[]> {
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) yield rows.slice(from, from + ROWS_AT_ONCE)
}

const isRefusal = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && 'syscall' in error

const cannotWrite = (folder: string, cause: NodeJS.ErrnoException) =>
  new CouldNotRun({
    problem: `the result cannot be written to ${folder} (${cause.message})`,
    remedy: 'name another folder with --out, one that can be written and has room',
    cause,
  })

const paneKey = (pane: PaneRow | MeasurePaneRow) =>
  `${pane.start} ${pane.partition} ${pane.total ? 'total' : JSON.stringify(pane.segment)} ${pane.source}`

/** The rows of one stage or measure. */
function of<Row>(
  rows: Map<string, Map<string, Row>>,
  name: string,
  { process }: { readonly process: string },
): Map<string, Row> {
  const key = `${name}\n${process}`
  let found = rows.get(key)
  if (found === undefined) {
    found = new Map()
    rows.set(key, found)
  }
  return found
}

/** Stage by stage, or measure by measure; two processes that name one alike follow each other in the order of their names. */
function* inOrderOfStage<Row>(rows: ReadonlyMap<string, ReadonlyMap<string, Row>>): Iterable<Row[]> {
  for (const key of [...rows.keys()].sort(compareUtf8)) yield [...(rows.get(key)?.values() ?? [])]
}
