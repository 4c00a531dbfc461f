import { openStore, type Store } from '../../src/store/store.ts'
import { linesOf } from '../../src/store/writing/tables/table.ts'
import { tables } from '../../src/store/writing/tables/tables.ts'
import type { NewRows } from '../../src/store/writing/writer.ts'
import { spread, whole } from '../machine.ts'
import { historyFromMs } from './company.ts'
import type { Figure } from './figure.ts'
import { paneRows, visitRows } from './rows.ts'
import { processCpuMs, threadCpuMs } from './thread-cpu.ts'

/*
 * How many rows a second does the store take, until they are acknowledged, and what does a row cost the main thread?
 *
 * Rows are handed over as the fold does it, some hundreds at a time; the writer makes its own batches of them. Whoever
 * hands over waits where the store is full. The rows are there before the clock runs.
 */
const RUNS = 4
const rowsPerWrite = 500

/** Of one run. */
type Effort = { readonly perSecond: number; readonly threadUs: number; readonly processUs: number }

type Load = { readonly name: string; readonly visits: number; readonly panes: number }

const loads: readonly Load[] = [
  { name: 'visits', visits: 100_000, panes: 0 },
  { name: 'panes', visits: 0, panes: 50_000 },
  { name: 'five visits to one pane', visits: 100_000, panes: 20_000 },
]

export async function writingFigures(path: string): Promise<Figure[]> {
  const store = await openStore({ kind: 'embedded', path })
  const figures: Figure[] = []
  try {
    for (const load of loads) {
      const efforts: Effort[] = []
      for (let run = 0; run <= RUNS; run++) {
        const effort = await effortOf(store, load, run)
        // The first one compiles the code, and makes the first parts of the tables.
        if (run > 0) efforts.push(effort)
      }
      figures.push(...figuresOf(load.name, efforts))
    }
  } finally {
    await store.close()
  }
  figures.push(await encodingFigure('visits'), await encodingFigure('panes'))
  return figures
}

let rowsMade = 0

async function effortOf(store: Store, { visits, panes }: Load, run: number): Promise<Effort> {
  const at = { first: rowsMade, fromMs: historyFromMs + run * 3_600_000 }
  const rows = { visits: visitRows({ ...at, count: visits }, 'order'), panes: paneRows({ ...at, count: panes }) }
  const count = visits + panes
  rowsMade += count
  const written = store.health().writtenRows
  const [from, thread, all] = [performance.now(), threadCpuMs(), processCpuMs()]
  for (const part of partsOf(rows)) {
    store.write(part)
    if (store.isFull()) await store.drained()
  }
  await store.flush()
  const seconds = (performance.now() - from) / 1_000
  if (store.health().writtenRows - written !== count) throw new Error(`${count} rows were to be acknowledged`)
  return {
    perSecond: count / seconds,
    threadUs: ((threadCpuMs() - thread) * 1_000) / count,
    processUs: ((processCpuMs() - all) * 1_000) / count,
  }
}

/** Panes among the visits, as they come. */
function* partsOf({ visits, panes }: Required<Pick<NewRows, 'visits' | 'panes'>>): Generator<NewRows> {
  const parts = Math.ceil((visits.length + panes.length) / rowsPerWrite)
  const [ofVisits, ofPanes] = [Math.ceil(visits.length / parts), Math.ceil(panes.length / parts)]
  for (let part = 0; part < parts; part++) {
    yield {
      visits: visits.slice(part * ofVisits, (part + 1) * ofVisits),
      panes: panes.slice(part * ofPanes, (part + 1) * ofPanes),
    }
  }
}

function figuresOf(name: string, efforts: readonly Effort[]): Figure[] {
  const of = (key: keyof Effort) => efforts.map(effort => effort[key])
  const us = (value: number) => value.toFixed(1)
  return [
    { what: `${name} in, rows/s`, is: spread(of('perSecond')) },
    { what: `${name} in, µs of CPU a row on the main thread`, is: spread(of('threadUs'), us) },
    { what: `${name} in, µs of CPU a row of the whole process`, is: spread(of('processUs'), us) },
  ]
}

/** What of it is putting rows into words. */
async function encodingFigure(kind: 'visits' | 'panes'): Promise<Figure> {
  const options = { first: rowsMade, fromMs: historyFromMs, count: 20_000 }
  const encode =
    kind === 'visits'
      ? (
          rows => () =>
            linesOf(tables.visits, rows)
        )(visitRows(options, 'order'))
      : (
          rows => () =>
            linesOf(tables.panes, rows)
        )(paneRows(options))
  await encode()
  const runs: number[] = []
  let bytes = 0
  for (let run = 0; run < 2 * RUNS; run++) {
    const from = threadCpuMs()
    bytes = (await encode()).length
    runs.push(((threadCpuMs() - from) * 1_000) / options.count)
  }
  return {
    what: `${kind}: encoding alone, µs of CPU a row on the main thread`,
    is: `${spread(runs, us => us.toFixed(1))}, ${whole(bytes / options.count)} bytes`,
  }
}
