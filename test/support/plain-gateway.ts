import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { type Instant, instant } from '../../src/event/instant.ts'
import type { RouteSources } from '../../src/gateway/api/routes.ts'
import type { GatewayOptions } from '../../src/gateway/gateway.ts'
import { PlainEngine } from '../browser/plain-engine.ts'
import { PlainHistory } from '../browser/plain-history.ts'
import { alertOf, owners, quickDelivery, statisticsOf, statusAt } from '../browser/quick-delivery.ts'
import { noSilences } from './no-silences.ts'

const now: Instant = instant(Date.UTC(2026, 10, 23, 7))

/** What a gateway shows of an engine of plain data, with one alert `a` that fires. */
export function plainSources(): RouteSources {
  const engine = new PlainEngine([quickDelivery])
  engine.evaluate(statusAt(now), statisticsOf(1))
  const firing = {
    id: 'a',
    rule: 'picking_slow',
    segment: { warehouse: 'WH-2' },
    at: now,
    since: now,
    value: 400_000,
  } as const
  engine.announce(alertOf({ ...firing, state: 'firing', from: 'pending' }))
  return {
    view: engine,
    owners,
    brokers: undefined,
    history: new PlainHistory(now),
    health: () => ({ version: '1.2.3', startedAt: now, store: undefined }),
    metrics: async () => 'up 1\n',
    act: async () => ({ outcome: 'busy' }),
    silences: noSilences,
    outbox: () => ({ queued: [], dead: [], disabled: [], heldBack: [], alertmanagers: [] }),
    redrive: async () => 'unknown',
    reload: () => ({ problem: 'rules/orders.yaml:3:1', remedy: 'correct it' }),
  }
}

/** A page of one line, and where a gateway listens; `remove` when it is closed. */
export function plainPlace(): Pick<GatewayOptions, 'host' | 'port' | 'assets' | 'logger'> & {
  readonly remove: () => void
} {
  const assets = mkdtempSync(join(tmpdir(), 'stagewatch-page-'))
  writeFileSync(join(assets, 'index.html'), '<!doctype html><title>Stagewatch</title>')
  const remove = () => rmSync(assets, { recursive: true })
  return { host: '127.0.0.1', port: 0, assets, logger: pino({ level: 'silent' }), remove }
}
