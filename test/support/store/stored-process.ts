import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { CaseId } from '../../../src/event/event.ts'
import { instant } from '../../../src/event/instant.ts'
import { addRoutes } from '../../../src/gateway/api/route.ts'
import { routesOf } from '../../../src/gateway/api/routes.ts'
import { newServer } from '../../../src/gateway/server.ts'
import type { VisitRow } from '../../../src/shard/output.ts'
import { openStore, type Store } from '../../../src/store/store.ts'
import { PlainEngine } from '../../browser/plain-engine.ts'
import { owners, quickDelivery, statisticsOf, statusAt } from '../../browser/quick-delivery.ts'
import { noSilences } from '../no-silences.ts'
import { panesOf, visitRow } from './visits-and-panes.ts'

/** The API over a store in a folder of its own that has two days of picking, of which every visit is known. */
export type StoredProcess = {
  readonly engine: PlainEngine
  readonly store: Store
  readonly visits: readonly VisitRow[]
  /** @returns the status and the body of an answer, read as JSON. */
  readonly ask: (path: string) => Promise<{ readonly status: number; readonly body: unknown; readonly text: string }>
  readonly close: () => Promise<void>
}

/** The last evaluation. */
export const storedAt = instant(Date.UTC(2026, 10, 23, 7))

const HOUR_MS = 3_600_000
const VISITS = 600
const OPEN = 4

export async function storedProcess(): Promise<StoredProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'stagewatch-api-'))
  const store = await openStore({ kind: 'embedded', path: join(directory, 'clickhouse') })
  const visits = drawnVisits()
  store.write({ visits, panes: panesOf(visits, quickDelivery.paneMs) })
  await store.flush()
  const engine = new PlainEngine([quickDelivery])
  engine.evaluate(statusAt(storedAt), statisticsWith(visits.filter(({ outcome }) => outcome === 'open').length))
  const app = newServer('127.0.0.1', pino({ level: 'silent' }))
  const sources = {
    ...{ view: engine, owners, brokers: undefined, history: store, silences: noSilences },
    ...{ health: () => ({ version: '1', startedAt: storedAt, store: store.health() }), now: () => storedAt },
    ...{ metrics: async () => '', act: async () => ({ outcome: 'unknown-alert' as const }) },
    outbox: () => ({ queued: [], dead: [], disabled: [], heldBack: [], alertmanagers: [] }),
    redrive: async () => 'unknown' as const,
  }
  addRoutes(app, routesOf(sources))
  return {
    engine,
    store,
    visits,
    async ask(path) {
      const { statusCode: status, body: text, headers } = await app.inject({ url: path })
      const isJson = String(headers['content-type']).includes('json')
      return { status, text, body: isJson ? JSON.parse(text) : undefined }
    },
    async close() {
      await app.close()
      await store.close()
      rmSync(directory, { recursive: true })
    },
  }
}

/** Of the last two days, in four warehouses, one of which became slow; always the same. */
function drawnVisits(): VisitRow[] {
  let seed = 7
  const draw = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  return Array.from({ length: VISITS }, (_, index) => {
    // A few are open for certain.
    const start = index < OPEN ? storedAt - 20_000 * (index + 1) : storedAt - 1 - draw(48 * HOUR_MS)
    const warehouse = `WH-${1 + draw(4)}`
    const isSlow = warehouse === 'WH-2' && start > storedAt - 24 * HOUR_MS
    const ms = index < OPEN ? 900_000 : 1 + draw(isSlow ? 900_000 : 300_000)
    const ends = (['completed', 'completed', 'completed', 'completed', 'abandoned', 'expired'] as const)[draw(6)]
    const outcome = start + ms >= storedAt ? 'open' : (ends as VisitRow['outcome'])
    return visitRow('quick-delivery', {
      case: `ORD-${String(index).padStart(4, '0')}` as CaseId,
      visit: index % 20 === 0 ? 2 : 1,
      segment: { warehouse },
      attributes: { warehouse },
      start: instant(start),
      end: instant(start + ms),
      outcome,
      ...(outcome === 'completed' && ms > 180_000 ? { breached: true } : {}),
    })
  })
}

const statisticsWith = (wip: number) =>
  statisticsOf(1).map(stage => ({
    ...stage,
    segments: stage.segments.map(segment =>
      segment.total && stage.stage === 'picking' ? { ...segment, values: { ...segment.values, wip } } : segment,
    ),
  }))
