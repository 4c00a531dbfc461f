import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { instant } from '../../src/event/instant.ts'
import type { MeasurePaneRow } from '../../src/shard/output.ts'
import type { StoreConnection } from '../../src/store/clickhouse/connection.ts'
import { openEmbedded } from '../../src/store/clickhouse/embedded.ts'
import { migrate } from '../../src/store/schema/migrate.ts'
import { migrations } from '../../src/store/schema/schema.ts'
import type { Table } from '../../src/store/writing/tables/table.ts'
import { tables } from '../../src/store/writing/tables/tables.ts'
import { machine, print, spread, whole } from '../machine.ts'
import { company, historyFromMs } from './company.ts'
import { type Encoding, encodings } from './encodings.ts'
import { type Figure, tableOf } from './figure.ts'
import { paneRows, visitRows } from './rows.ts'
import { processCpuMs, threadCpuMs } from './thread-cpu.ts'

/*
 * In which form should rows reach the engine? For visits and panes: CPU a row of the main thread to encode them, and of
 * the whole process until the engine has taken them.
 *
 * The engine's own client sends text only, so all forms go the same way here: through a file that the engine reads. The
 * values have to be the same in the table, whatever the form; hostile ones are written besides.
 */
const RUNS = 7
const ROWS = 20_000

const directory = mkdtempSync(join(tmpdir(), 'stagewatch-formats-'))

type Column = { readonly name: string; readonly type: string }

async function columnsOf(connection: StoreConnection, { name, columns }: Pick<Table<never>, 'name' | 'columns'>) {
  const found = await connection.rows<Column>(
    `SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {table:String}`,
    { table: name },
  )
  const types = new Map(found.map(column => [column.name, column.type]))
  return columns.map(column => ({ name: column, type: types.get(column)! }))
}

const hostile = [
  'a\'b"\\\t\r\n\0,;\\N\\t',
  '😀 东仓 \u{10ffff}',
  'half \ud83d of a pair \udc00',
  '',
  '\\N',
  'NULL',
  '\b\f\u0001\u2028',
]

const hostileVisits = visitRows({ first: 0, count: hostile.length, fromMs: historyFromMs }, 'uuid').map(
  (row, index) => ({
    ...row,
    case: hostile[index]!,
    reason: hostile[index],
    position: 2 ** 48 - 1 - index,
    epoch: 65_535,
    attributes: { note: hostile[index]!, none: null, yes: true },
    start: instant(-1 - index),
  }),
)

const measurePane = (index: number): MeasurePaneRow => ({
  process: company.process,
  measure: 'amount',
  decimals: 2,
  segment: {},
  total: true,
  start: instant(historyFromMs + index),
  end: instant(historyFromMs + index + 1),
  count: 3,
  sum: [2n ** 126n, -(2n ** 126n) + 1n, -1n, 0n][index % 4]!,
  min: -(2 ** 53 - 1),
  max: 2 ** 53 - 1,
  buckets: [
    [-5, 1],
    [0, 1],
    [7, 2 ** 40],
  ],
  distinct: undefined,
  source: company.source,
  partition: 4_294_967_295,
  epoch: 0,
  position: index,
})

const options = { first: 0, count: ROWS, fromMs: historyFromMs }

async function formatFigures(connection: StoreConnection): Promise<Figure[]> {
  await compared(connection, 'hostile visits', tables.visits, hostileVisits)
  await compared(connection, 'hostile measures', tables.measurePanes, [0, 1, 2, 3].map(measurePane))
  return [
    ...(await compared(connection, 'visits', tables.visits, visitRows(options, 'order'))),
    ...(await compared(connection, 'panes', tables.panes, paneRows(options))),
  ]
}

/** @throws where the table has other values by one form than by another. */
async function compared<Row>(
  connection: StoreConnection,
  name: string,
  table: Table<Row>,
  rows: readonly Row[],
): Promise<Figure[]> {
  const figures: Figure[] = []
  let digest: string | undefined
  for (const encoding of encodings) {
    const { encodeUs, allUs, bytes, stored } = await costOf(connection, table, encoding, rows)
    digest ??= stored
    if (digest !== stored) throw new Error(`${name} are not the same as ${encoding.name}`)
    const us = (value: number) => value.toFixed(1)
    figures.push(
      { what: `${name} as ${encoding.name}, µs of CPU a row to encode`, is: spread(encodeUs, us) },
      {
        what: `${name} as ${encoding.name}, µs of CPU a row of the whole process`,
        is: `${spread(allUs, us)}, ${whole(bytes / rows.length)} bytes`,
      },
    )
  }
  return figures
}

async function costOf<Row>(
  connection: StoreConnection,
  table: Table<Row>,
  { format, encode }: Encoding,
  rows: readonly Row[],
) {
  const columns = await columnsOf(connection, table)
  const types = columns.map(({ type }) => type)
  const names = columns.map(column => column.name).join(', ')
  const structure = columns.map(column => `${column.name} ${column.type}`).join(', ')
  const file = join(directory, 'rows')
  const target = `${table.name}_${format}`
  await connection.command(`CREATE TABLE IF NOT EXISTS ${target} AS ${table.name}`)
  const encodeUs: number[] = []
  const allUs: number[] = []
  let bytes = 0
  // The first ones compile the code.
  for (let time = -2; time < RUNS; time++) {
    await connection.command(`TRUNCATE TABLE ${target}`)
    const [thread, all] = [threadCpuMs(), processCpuMs()]
    const encoded = await encode(table, types, rows)
    const encodedIn = threadCpuMs() - thread
    await writeFile(file, encoded)
    await connection.command(
      `INSERT INTO ${target} (${names}) SELECT ${names} FROM file('${file}', '${format}', '${structure}')
      SETTINGS max_partitions_per_insert_block = 0`,
    )
    if (time < 0) continue
    encodeUs.push((encodedIn * 1_000) / rows.length)
    allUs.push(((processCpuMs() - all) * 1_000) / rows.length)
    bytes = encoded.length
  }
  const [found] = await connection.rows<{ stored: string }>(
    `SELECT toString(groupBitXor(cityHash64(formatRow('TSV', *)))) || ' ' || toString(count()) AS stored FROM ${target}`,
  )
  return { encodeUs, allUs, bytes, stored: found?.stored ?? '' }
}

try {
  const { writing, reading } = await openEmbedded(join(directory, 'clickhouse'))
  try {
    await migrate(writing, migrations)
    print(machine(), ...tableOf(await formatFigures(writing)))
  } finally {
    await reading.close()
    await writing.close()
  }
} finally {
  rmSync(directory, { recursive: true })
}
