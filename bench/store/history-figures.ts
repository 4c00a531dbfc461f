import type { StoreConnection } from '../../src/store/clickhouse/connection.ts'
import { openEmbedded } from '../../src/store/clickhouse/embedded.ts'
import { migrate } from '../../src/store/schema/migrate.ts'
import { migrations } from '../../src/store/schema/schema.ts'
import { openStore } from '../../src/store/store.ts'
import { whole } from '../machine.ts'
import { atMost, type Figure } from './figure.ts'
import { fillHistory, fillVisits, historyPanes, historyVisits } from './history.ts'
import { type LoadFigures, loadFigures } from './live-load.ts'
import { questions, timesOf } from './reading.ts'

/** How often each question is asked. */
const TIMES = 40

const uuidVisits = 1_000_000

/** Bytes on disk, times of questions, and delays of the main thread while rows come in and people ask. */
export async function historyFigures(path: string): Promise<Figure[]> {
  return [...(await sizes(path)), ...(await times(path))]
}

/** Makes the history, and leaves its tables merged. */
async function sizes(path: string): Promise<Figure[]> {
  const { writing, reading } = await openEmbedded(path)
  try {
    await migrate(writing, migrations)
    const from = performance.now()
    await fillHistory(writing)
    const seconds = (performance.now() - from) / 1_000
    const rollUps = await mergedBytes(writing, 'pane_roll_ups')
    const figures = [
      { what: `a month filled in and rolled up, s`, is: whole(seconds) },
      await bytesFigure(writing, 'visits', 'bytes a visit, ids as ORD-0000012345', historyVisits),
      await uuidFigure(writing),
      await bytesFigure(writing, 'panes', 'bytes a pane of 10 s', historyPanes),
      { what: 'bytes a pane, more for roll-ups', is: (rollUps / historyPanes).toFixed(1) },
    ]
    return figures
  } finally {
    await reading.close()
    await writing.close()
  }
}

async function bytesFigure(connection: StoreConnection, table: string, what: string, rows: number): Promise<Figure> {
  const bytes = await mergedBytes(connection, table)
  return { what, is: `${(bytes / rows).toFixed(1)}, ${whole(bytes / 1e6)} MB of ${whole(rows / 1e6)} M` }
}

async function uuidFigure(connection: StoreConnection): Promise<Figure> {
  await connection.command('CREATE TABLE uuid_visits AS visits')
  await fillVisits(connection, 'uuid_visits', uuidVisits, 'uuid')
  const figure = await bytesFigure(connection, 'uuid_visits', 'bytes a visit, ids as UUIDs', uuidVisits)
  await connection.command('DROP TABLE uuid_visits SYNC')
  return figure
}

async function mergedBytes(connection: StoreConnection, table: string): Promise<number> {
  await connection.command(`OPTIMIZE TABLE ${table} FINAL`)
  const [found] = await connection.rows<{ bytes: string }>(
    `SELECT toString(sum(bytes_on_disk)) AS bytes FROM system.parts
    WHERE active AND database = currentDatabase() AND table = {table:String}`,
    { table },
  )
  return Number(found?.bytes)
}

async function times(path: string): Promise<Figure[]> {
  const store = await openStore({ kind: 'embedded', path })
  try {
    const figures: Figure[] = []
    for (const question of questions) {
      // The first answers read the files, and compile the code.
      await timesOf(store, question, 3)
      const { p50Ms, p95Ms, cpuMs } = await timesOf(store, question, TIMES)
      figures.push({
        what: `${question.name}, ms: p50, p95; of CPU`,
        is: `${p50Ms.toFixed(0)}, ${p95Ms.toFixed(0)}; ${cpuMs.toFixed(0)}`,
        wanted: atMost(p95Ms, 300, 'ms'),
      })
    }
    // The first one is to warm up.
    await loadFigures(store, questions, 0)
    figures.push(...delayFigures('nobody asks', await loadFigures(store, [], 1)))
    figures.push(...delayFigures('questions without a pause', await loadFigures(store, questions, 2)))
    return figures
  } finally {
    await store.close()
  }
}

function delayFigures(name: string, { p50Ms, p99Ms, mostMs, own, busy, rowsPerSecond, asked }: LoadFigures): Figure[] {
  const load = `${whole(rowsPerSecond)} rows/s, ${name}`
  return [
    {
      what: `${load}: event-loop delay, ms: p50, p99, max`,
      is: `${p50Ms.toFixed(1)}, ${p99Ms.toFixed(1)}, ${whole(mostMs)}; ${asked} answers`,
      wanted: atMost(p99Ms, 20, 'ms at p99'),
    },
    {
      what: `${load}: the same without waiting for a core`,
      is: `${own.p99Ms.toFixed(1)} at p99, ${whole(own.mostMs)} at most; busy ${(100 * busy).toFixed(0)} %`,
    },
  ]
}
