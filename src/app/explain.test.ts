import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PlainEngine } from '../../test/browser/plain-engine.ts'
import { PlainHistory } from '../../test/browser/plain-history.ts'
import { alertOf, owners, quickDelivery, statisticsOf, statusAt } from '../../test/browser/quick-delivery.ts'
import { noSilences } from '../../test/support/no-silences.ts'
import { instant } from '../event/instant.ts'
import { type Gateway, startGateway } from '../gateway/gateway.ts'
import type { Explanation } from '../rules/explanation.ts'
import { runCommandLine } from './command-line.ts'

const now = instant(Date.UTC(2026, 10, 23, 7, 0, 0))
const hour = 3_600_000
const segment = { warehouse: 'WH-2' }
const alert = alertOf({
  id: '99b781cf80019766',
  rule: 'picking_slow',
  segment,
  state: 'firing',
  from: 'pending',
  at: now,
  since: now,
  value: 4 * hour,
})
let assets: string
let gateway: Gateway

beforeAll(async () => {
  assets = await mkdtemp(join(tmpdir(), 'stagewatch-explain-'))
  await mkdir(join(assets, 'assets'))
  await writeFile(join(assets, 'index.html'), '<!doctype html><title>Stagewatch</title>')
  const engine = new PlainEngine([quickDelivery])
  engine.evaluate(statusAt(now), statisticsOf(1))
  engine.announce(alert)
  const history = new PlainHistory(now)
  history.recorded.push(alert)
  const explanation: Explanation = {
    ...alert.explanation,
    terms: [
      { text: 'age_p90 > duration("3m")', values: { age_p90: 90_000 }, result: false },
      { text: 'within_target > 0.5', values: { within_target: undefined }, result: undefined },
    ],
    result: false,
    samples: 12,
    minSamples: 20,
    past: [{ when: 'hour_before', at: instant(now - hour), value: 45_000 }],
    openCases: {
      open: 12,
      oldest: [{ case: 'ORD-1', enteredAt: now, ageMs: 5_400_000 }],
      overdue: 2,
      probablyLate: { low: 4, high: 4 },
      atStake: { amount: '12300.00', currency: 'CNY', cases: 12 },
    },
    flow: { entered: 20, exited: 18, left: 1, wip: 12 },
    neighbours: [
      {
        stage: 'packing',
        relation: 'downstream',
        windowMs: hour,
        entered: 1,
        exited: 2,
        left: 0,
        wip: 3,
        alerts: [{ id: 'x', rule: 'packing_slow' }],
      },
    ],
  }
  engine.explained.set('quick-delivery picking_slow', {
    rule: 'picking_slow',
    measure: undefined,
    deviationOf: undefined,
    labels: segment,
    at: now,
    phase: 'inactive',
    alert: undefined,
    summary: undefined,
    explanation,
    quiet: [{ kind: 'too-few-samples', samples: 12, needed: 20 }, { kind: 'not-recovered' }],
  })
  gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    view: engine,
    owners,
    brokers: undefined,
    history,
    act: async () => ({ outcome: 'unknown-alert' }),
    health: () => ({ version: '1.2.3', startedAt: now, store: undefined }),
    silences: noSilences,
    outbox: () => ({ queued: [], dead: [], heldBack: [], disabled: [], alertmanagers: [] }),
    redrive: async () => 'unknown',
    metrics: async () => '',
    assets,
    logger: pino({ level: 'silent' }),
  })
})

afterAll(async () => {
  await gateway.close()
  await rm(assets, { recursive: true })
})

async function explained(...args: readonly string[]) {
  const said = { print: '', complain: '' }
  const code = await runCommandLine(['explain', ...args, '--url', gateway.url], {
    print: text => {
      said.print += text
    },
    complain: text => {
      said.complain += text
    },
  })
  return { code, ...said }
}

test('a quiet rule is explained by the values of its terms, what was before, its neighbours, and why it is quiet', async () => {
  const { code, print } = await explained('picking_slow', '--segment', 'warehouse=WH-2')
  expect(code).toBe(0)
  expect(print.split('\n').slice(0, 3)).toEqual([
    'picking_slow at warehouse=WH-2: inactive at 2026-11-23T07:00:00.000Z',
    '  ✗ age_p90 > duration("3m")   (age_p90 = 1m 30s)',
    '  ? within_target > 0.5   (within_target = –)',
  ])
  expect(print).toContain('12 samples of 20\n  an hour ago 45s (2026-11-23T06:00:00.000Z)\n')
  expect(print).toContain('  in and out  20 entered, 18 exited, 1 left otherwise, 12 open\n')
  expect(print).toContain('  behind it   packing: 1 entered, 2 exited, 0 left otherwise, 3 open; open: packing_slow\n')
  expect(print).toContain(
    '  oldest      ORD-1 (1h 30m)\n  maybe late  4 of 12, 2 of them overdue\n  at stake    CNY 12,300.00\n',
  )
  expect(print).toMatch(/ {2}quiet, since samples 12 of 20\n {15}the condition has ended, and recover_when .*\n$/)
})

test('an alert is explained by its id, with its owner and what to do', async () => {
  const { code, print } = await explained('99b781cf80019766')
  expect(code).toBe(0)
  expect(print).toContain('picking_slow at warehouse=WH-2: firing since 2026-11-23T07:00:00.000Z')
  expect(print).toContain('  owner       ')
  expect(JSON.parse((await explained('99b781cf80019766', '--json')).print)).toMatchObject({ kind: 'alert' })
})

test.each<[string, readonly string[], string]>([
  ['a rule that there is not', ['nope'], 'quick-delivery has no rule named nope'],
  ['a segment that is not whole', ['picking_slow'], 'picking_slow is cut by warehouse'],
  ['an alert that is not listed', ['0123456789abcdef'], 'no alert 0123456789abcdef is listed'],
  ['a process that is not watched', ['picking_slow', '--process', 'x'], 'no process is named x'],
  ['a segment that is written wrongly', ['picking_slow', '--segment', 'WH-2'], '"WH-2" is not written dimension=value'],
])('%s is told with a remedy, and the command ends with 2', async (_what, args, problem) => {
  const { code, print, complain } = await explained(...args)
  expect([code, print]).toEqual([2, ''])
  expect(complain).toContain(problem)
  expect(complain).toContain('remedy:')
})

test('where nothing answers, that is told', async () => {
  const said: string[] = []
  const code = await runCommandLine(['explain', 'x', '--process', 'p', '--url', 'http://127.0.0.1:9'], {
    print: () => {},
    complain: text => said.push(text),
  })
  expect(code).toBe(2)
  expect(said.join('')).toMatch(/127\.0\.0\.1:9 does not answer: .+\n {2}remedy: start the process/)
})
