import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hostileTexts } from '../../../test/support/store/hostile-texts.ts'
import { embeddedScratchStore, type ScratchStore } from '../../../test/support/store/scratch-store.ts'
import { transitionRow } from '../../../test/support/store/transition-row.ts'
import { panesOf, visitRow } from '../../../test/support/store/visits-and-panes.ts'
import type { CaseId } from '../../event/event.ts'
import { instant } from '../../event/instant.ts'
import type { MeasurePaneRow } from '../../shard/output.ts'
import { cursorText, questionMark } from './cursor.ts'
import { QueryError } from './query-error.ts'

const directory = mkdtempSync(join(tmpdir(), 'stagewatch-hostile-'))
const outside = join(directory, 'made-by-a-statement')
const texts = hostileTexts(outside)
const at = 1_700_000_000_000
let store: ScratchStore

const measurePane: MeasurePaneRow = {
  ...{ process: 'orders', measure: 'amount', decimals: 2, segment: {}, total: true, start: instant(at) },
  ...{ end: instant(at + 10_000), count: 1, sum: 5n, min: 5, max: 5, buckets: [], distinct: undefined },
  ...{ source: 'orders.events', partition: 0, epoch: 0, position: 10 },
}

beforeAll(async () => {
  store = await embeddedScratchStore()
  const visits = ['A-1', 'A-2'].map(id =>
    visitRow('orders', { case: id as CaseId, start: instant(at), end: instant(at + 1_000) }),
  )
  await store.write({
    ...{ visits: [...visits, visitRow('orders', { case: 'A-3' as CaseId, start: instant(at), outcome: 'open' })] },
    ...{ panes: panesOf(visits, 10_000), measurePanes: [measurePane], transitions: [transitionRow('orders')] },
    definitions: [
      {
        ...{ process: 'orders', kind: 'metric', name: 'p90', since: instant(at), hash: '0'.repeat(64), version: 1 },
        ...{ owner: 'it', epoch: 0, definition: '{}' },
      },
    ],
  })
})

afterAll(async () => {
  await store.close()
  rmSync(directory, { recursive: true })
})

const range = { from: instant(at - 10_000), to: instant(at + 10_000) }
const steps = { ...range, stepMs: 20_000 }
const ended = { by: 'end', ...range } as const
const stage = { process: 'orders', stage: 'picking' }
const page = { ...stage, time: ended, order: 'newest', limit: 10 } as const
const weeks = { before: instant(at + 604_800_000), weeks: 1, timezone: 'UTC' }
const contribution = { ...stage, ...range, by: ['warehouse'], order: 'exited', limit: 5 } as const
const definition = { process: 'orders', kind: 'metric', name: 'p90' } as const

/** A page whose visits are what counts, or, of an alert, whose alerts. */
const visitsOf = (asked: Promise<{ readonly visits: readonly unknown[] }>) => asked.then(({ visits }) => visits)
const alertsOf = (asked: Promise<{ readonly alerts: readonly unknown[] }>) => asked.then(({ alerts }) => alerts)

/** Every place of a question that a text of a user can stand in; each answers rows when its text is the good one. */
const places: Record<string, { readonly good: string; readonly ask: (text: never) => Promise<readonly unknown[]> }> = {
  'series: process': { good: 'orders', ask: process => store.queries.stageSeries({ ...stage, ...steps, process }) },
  'series: stage': { good: 'picking', ask: name => store.queries.stageSeries({ ...stage, ...steps, stage: name }) },
  'series: value of a segment': {
    good: 'WH-1',
    ask: warehouse => store.queries.stageSeries({ ...stage, ...steps, segment: { warehouse } }),
  },
  'series: name of a dimension': {
    good: 'warehouse',
    ask: name => store.queries.stageSeries({ ...stage, ...steps, segment: { [name]: 'WH-1' } }),
  },
  'measure: process': {
    good: 'orders',
    ask: process => store.queries.measureSeries({ ...steps, process, measure: 'amount' }),
  },
  'measure: name': {
    good: 'amount',
    ask: measure => store.queries.measureSeries({ ...steps, process: 'orders', measure }),
  },
  'contributions: dimension': {
    good: 'warehouse',
    ask: async name => (await store.queries.segmentContributions({ ...contribution, by: [name] })).segments,
  },
  'contributions: order': {
    good: 'sumMs',
    ask: async order => (await store.queries.segmentContributions({ ...contribution, order })).segments,
  },
  'visits: process': { good: 'orders', ask: process => visitsOf(store.queries.visitPage({ ...page, process })) },
  'visits: stage': { good: 'picking', ask: name => visitsOf(store.queries.visitPage({ ...page, stage: name })) },
  'visits: case': {
    good: 'A-1',
    ask: text => visitsOf(store.queries.visitPage({ ...page, filter: { case: text } })),
  },
  'visits: outcome': {
    good: 'completed',
    ask: outcome => visitsOf(store.queries.visitPage({ ...page, filter: { outcome } })),
  },
  'visits: value of a segment': {
    good: 'WH-1',
    ask: warehouse => visitsOf(store.queries.visitPage({ ...page, filter: { segment: { warehouse } } })),
  },
  'visits: name of a dimension': {
    good: 'warehouse',
    ask: name => visitsOf(store.queries.visitPage({ ...page, filter: { segment: { [name]: 'WH-1' } } })),
  },
  'visits: order': { good: 'longest', ask: order => visitsOf(store.queries.visitPage({ ...page, order })) },
  'visits: time': {
    good: 'start',
    ask: by => visitsOf(store.queries.visitPage({ ...page, time: { ...range, by } })),
  },
  'visits: cursor': {
    // After the very end of time, so that all visits are on the page.
    good: cursorText(questionMark(['orders', 'picking', ended, {}, 'newest']), [at * 2, 0, '', 0]),
    ask: cursor => visitsOf(store.queries.visitPage({ ...page, cursor })),
  },
  'visits: case in a cursor': {
    good: 'A-9',
    // Before every visit but those of this very instant and case.
    ask: text =>
      visitsOf(
        store.queries.visitPage({
          ...page,
          cursor: cursorText(questionMark(['orders', 'picking', ended, {}, 'newest']), [
            ...[at + 1_000, text === ('A-9' as never) ? at : at - 1],
            ...[text, 0],
          ]),
        }),
      ),
  },
  'open visits: stage': {
    good: 'picking',
    ask: name => visitsOf(store.queries.openVisits({ ...stage, stage: name, at: instant(at), limit: 5 })),
  },
  'open visits: value of a segment': {
    good: 'WH-1',
    ask: warehouse =>
      visitsOf(store.queries.openVisits({ ...stage, segment: { warehouse }, at: instant(at), limit: 5 })),
  },
  ...Object.fromEntries(
    Object.entries({
      ...{ process: 'orders', state: 'firing', rule: 'picking_slow', stage: 'picking' },
      ...{ owner: 'warehouse-ops', severity: 'critical' },
    }).map(([name, good]) => [
      `alerts: ${name}`,
      { good, ask: (text: never) => alertsOf(store.queries.alertPage({ limit: 5, [name]: text })) },
    ]),
  ),
  'alerts: cursor': {
    good: cursorText(questionMark([{}, null]), [at, 'orders', '~']),
    ask: cursor => alertsOf(store.queries.alertPage({ limit: 5, cursor })),
  },
  'baseline: stage': {
    good: 'picking',
    ask: name => store.queries.stageBaseline({ ...stage, ...weeks, stage: name }),
  },
  'baseline: measure': {
    good: 'amount',
    ask: measure => store.queries.measureBaseline({ process: 'orders', ...weeks, measure }),
  },
  'baseline: zone': {
    good: 'Asia/Shanghai',
    ask: timezone => store.queries.stageBaseline({ ...stage, ...weeks, timezone }),
  },
  'definition: kind': {
    good: 'metric',
    ask: kind => store.queries.definitionHistory({ ...definition, kind }),
  },
  'definition: name': {
    good: 'p90',
    ask: async name => [(await store.queries.definitionInForce({ ...definition, name, at: instant(at) })) ?? []].flat(),
  },
}

/** All that is in the tables, and which there are. */
async function contents(): Promise<unknown> {
  const { reading } = store.connections
  const tables = await reading.rows<{ name: string }>(
    'SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name',
  )
  const rows: unknown[] = []
  for (const { name } of tables) {
    rows.push([name, await reading.rows(`SELECT count() AS n, sum(cityHash64(*)) AS digest FROM ${name}`)])
  }
  const settings = await reading.rows(
    "SELECT name, value FROM system.settings WHERE name IN ('readonly', 'max_execution_time')",
  )
  return { rows, settings }
}

test.each(Object.keys(places))('a hostile text finds nothing and changes nothing: %s', async place => {
  const { good, ask } = places[place] as (typeof places)[string]
  const asked = ask as (text: string) => Promise<readonly unknown[]>
  expect(await asked(good)).not.toHaveLength(0)
  const before = await contents()
  for (const text of texts) {
    // Either no rows, or our own word that the question makes no sense: nothing that the engine says about a statement.
    const answer = await asked(text).catch((error: unknown) => {
      if (error instanceof QueryError) return []
      throw new Error(`${JSON.stringify(text).slice(0, 100)} became an error of the engine`, { cause: error })
    })
    expect([text, answer]).toEqual([text, []])
  }
  expect(await contents()).toEqual(before)
  expect(existsSync(outside)).toBe(false)
})

test('hostile texts that are stored are found as what they are, and nothing else with them', async () => {
  const visits = texts.map((text, index) =>
    visitRow('stored', {
      ...{ case: `A-${index}` as CaseId, start: instant(at + index), end: instant(at + index + 10) },
      segment: { warehouse: text },
    }),
  )
  await store.write({ visits, panes: panesOf(visits, 10_000) })
  for (const [index, text] of texts.entries()) {
    const filter = { segment: { warehouse: text } }
    const found = await store.queries.visitPage({ ...page, process: 'stored', filter })
    expect([text, found.visits.map(visit => visit.case)]).toEqual([text, [`A-${index}`]])
    expect(found.visits[0]?.segment).toEqual({ warehouse: text })
    const series = await store.queries.stageSeries({ ...stage, ...steps, process: 'stored', ...filter })
    expect([text, series.map(({ sums }) => sums?.exited)]).toEqual([text, [1]])
  }
})
