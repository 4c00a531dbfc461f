import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { AlertTransition } from '../alerts/transition.ts'
import { compareUtf8 } from '../cases/event-order.ts'
import type { PaneRow, ShardOutput, VisitRow } from '../shard/output.ts'
import { CouldNotRun } from './could-not-run.ts'
import { writeLines } from './replay-output/files.ts'
import { alertLine, visitLine, windowLine } from './replay-output/lines.ts'
import { compareAlerts, comparePanes, compareVisits } from './replay-output/order.ts'
import { mergePanes } from './replay-output/panes.ts'
import { type ReplaySummary, summaryText } from './replay-output/summary.ts'

/**
 * The sink of a replay: what the shards put out, kept until the end, then written as four files.
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
  readonly #transitions: AlertTransition[] = []

  add(output: ShardOutput): void {
    for (const visit of output.visits) {
      const visits = ofStage(this.#visits, visit)
      const key = `${visit.start} ${visit.ordinal} ${visit.case}`
      if (visit.deleted) visits.delete(key)
      else visits.set(key, visit)
    }
    for (const pane of output.panes) {
      const segment = pane.total ? 'total' : JSON.stringify(pane.segment)
      ofStage(this.#panes, pane).set(`${pane.start} ${pane.partition} ${segment} ${pane.source}`, pane)
    }
  }

  addTransitions(transitions: readonly AlertTransition[]): void {
    for (const transition of transitions) this.#transitions.push(transition)
  }

  /**
   * Writes `visits.ndjson`, `windows.ndjson`, `alerts.ndjson` and `summary.json` into `folder`, which is made where it
   * is missing. Each is written beside its place first; all four are put in place when all are complete.
   *
   * @throws CouldNotRun where the file system refuses; the files of an earlier replay are left as they were.
   */
  async write(folder: string, summary: ReplaySummary): Promise<void> {
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
      await write('summary.json', [summaryText(summary, { visits, windows, alerts })])
      for (const name of written) await rename(join(folder, `${name}.part`), join(folder, name))
    } catch (cause) {
      throw isRefusal(cause) ? cannotWrite(folder, cause) : cause
    } finally {
      for (const name of written) await rm(join(folder, `${name}.part`), { force: true })
    }
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
}

const isRefusal = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && 'syscall' in error

const cannotWrite = (folder: string, cause: NodeJS.ErrnoException) =>
  new CouldNotRun({
    problem: `the result cannot be written to ${folder} (${cause.message})`,
    remedy: 'name another folder with --out, one that can be written and has room',
    cause,
  })

const stageKey = ({ process, stage }: { process: string; stage: string }) => `${stage}\n${process}`

function ofStage<Row extends VisitRow | PaneRow>(rows: Map<string, Map<string, Row>>, row: Row): Map<string, Row> {
  const key = stageKey(row)
  let found = rows.get(key)
  if (found === undefined) {
    found = new Map()
    rows.set(key, found)
  }
  return found
}

/** Stage by stage; two processes that name a stage alike follow each other in the order of their names. */
function* inOrderOfStage<Row>(rows: ReadonlyMap<string, ReadonlyMap<string, Row>>): Iterable<Row[]> {
  for (const key of [...rows.keys()].sort(compareUtf8)) yield [...(rows.get(key)?.values() ?? [])]
}
