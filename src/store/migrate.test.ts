import { expect, test } from 'vitest'
import { connect, engines } from '../../test/support/clickhouse/engines.ts'
import { instant } from '../event/instant.ts'
import { migrate } from './migrate.ts'
import { migrations } from './schema.ts'
import { openStore } from './store.ts'

const columns = {
  visits: [
    ...['process', 'case_id', 'stage', 'start_ms', 'ordinal', 'visit', 'end_ms', 'outcome', 'reason', 'duration_ms'],
    ...['segment', 'attributes', 'source', 'partition', 'version', 'deleted'],
  ],
  panes: [
    ...['process', 'stage', 'total', 'segment', 'start_ms', 'source', 'partition', 'end_ms', 'entered', 'exited'],
    ...['abandoned', 'expired', 'reworked', 'breached', 'sum_ms', 'min_ms', 'max_ms', 'zero_count'],
    ...['bucket_indices', 'bucket_counts', 'version'],
  ],
}
const visit = ['orders', 'A-1', 'picking', 0, 0, 1, 700, 'completed', null, 700, '{}', '{}', 'events', 0, '5', 0]
const pane = (start: number, version: string) => [
  ...['orders', 'picking', 1, '{}', start, 'events', 0, start + 10_000, 1, 1, 0, 0, 0, 0, 700, 700, 700, 0],
  ...[[303], [1], version],
]

test.each(engines)(
  'a store of the first schema goes on with its rows, and takes rows with business time beside them: $name',
  async ({ start }) => {
    const engine = await start()
    const options = engine.newStore()
    const { writing, reading } = await connect(options)
    await migrate(writing, migrations.slice(0, 1))
    const lineOf = (row: readonly unknown[]) => Buffer.from(`${JSON.stringify(row)}\n`)
    await writing.insert('visits', columns.visits, lineOf(visit))
    await writing.insert('panes', columns.panes, lineOf(pane(0, '5')))
    await writing.insert('panes', columns.panes, lineOf(pane(10_000, '5')))
    await reading.close()
    await writing.close()

    const store = await openStore(options)
    const before = []
    for await (const one of store.allPanes('orders')) before.push(one)
    expect(before).toMatchObject([
      { start: 0, sumMs: 700, buckets: [[303, 1]], business: undefined },
      { start: 10_000, sumMs: 700, business: undefined },
    ])
    expect(await store.visitsOfCase('orders', 'A-1')).toMatchObject([{ durationMs: 700, businessMs: undefined }])
    const version = { source: 'events', partition: 0, epoch: 0, position: 6 }
    const business = { sumMs: 50, minMs: 50, maxMs: 50, buckets: [[181, 1]] } as const
    store.write({ visits: [], panes: [{ ...before[1]!, ...version, business }], measurePanes: [], deadLetters: [] })
    await store.flush()
    const after = []
    for await (const one of store.allPanes('orders')) after.push(one)
    expect(after).toEqual([before[0], { ...before[1], business }])
    const range = { from: instant(0), to: instant(20_000), stepMs: 20_000 }
    const series = await store.paneSeries({ process: 'orders', stage: 'picking', segment: undefined, ...range })
    expect(series).toMatchObject([{ exited: 2, sumMs: 750, minMs: 50, maxMs: 700, avgMs: 375 }])
    await store.close()
    await engine.close()
  },
)
