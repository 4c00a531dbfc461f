import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../test/support/kafka/broker.ts'
import { GrowingLog } from '../../test/support/source/growing-log.ts'
import { until } from '../../test/support/until.ts'
import type { Alert } from '../protocol/alert.ts'
import type { Problem } from '../protocol/problem.ts'
import { openLive } from './live.ts'
import { Reloading, reloadOnHangUp } from './reloading.ts'
import { definitionsOf, readRulesFolder } from './rules-folder.ts'

let directory: string
let rules: string
let reloading: Reloading
/** So many times opening fails. */
let failures: number
let opened: number
let said: string[]

const processText = (least: number, to = 'picked') => `
process: orders
owner: pickers
sources:
  - {topics: [orders.events], format: json, case: order, activity: activity, time: ts}
activities: [paid, picked, packed]
stages:
  picking: {from: paid, to: ${to}}
rules:
  picking_waits: {stage: picking, window: 1h, when: wip >= 1}
  crowded: {stage: picking, window: 1h, when: wip >= ${least}}
`

const write = (text: string) => writeFileSync(join(rules, 'orders.yaml'), text)

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-reload-'))
  rules = join(directory, 'rules')
  mkdirSync(rules)
  write(processText(5))
  writeFileSync(join(rules, 'owners.yaml'), 'pickers: {title: pickers}\n')
  failures = 0
  opened = 0
  said = []
  const log = new GrowingLog('orders.events')
  log.append({ order: 'A', activity: 'paid', ts: new Date(Date.now() - 60_000).toISOString() })
  const logger = pino({ level: 'info' }, { write: line => said.push(line) })
  reloading = await Reloading.open({
    read() {
      const files = readRulesFolder(rules)
      return { rules: files, definitions: definitionsOf(files) }
    },
    async open({ definitions }, reload, port) {
      opened++
      if (failures-- > 0) throw new Error('the store is away')
      return openLive({
        definitions,
        data: join(directory, 'data'),
        store: { kind: 'embedded' },
        keeping: { visits: { keep: 'all' }, days: {}, events: false },
        replaces: false,
        http: { host: '127.0.0.1', port: port ?? (await freePort()) },
        saveEveryMs: 10_000,
        reload,
        logger: pino({ level: 'silent' }),
        brokers: undefined,
        openSource: async () => log.open(),
      })
    },
    logger,
  })
})

afterEach(async () => {
  await reloading.stop()
  rmSync(directory, { recursive: true })
})

const post = () => fetch(`${reloading.url}/-/reload`, { method: 'POST' })

async function firing(url: string): Promise<Alert[]> {
  const response = await fetch(`${url}/api/v1/alerts`)
  return ((await response.json()) as { alerts: Alert[] }).alerts.filter(({ state }) => state === 'firing')
}

/** While it is opened again nobody answers. */
const untilFires = (url: string, ...names: string[]): Promise<Alert[]> =>
  until(`${names.join(', ')} fire`, 30_000, async () => {
    const alerts = await firing(url).catch(() => [])
    return names.every(name => alerts.some(({ rule }) => rule === name)) ? alerts : undefined
  })

test('rules that have changed are in force at the same address, and an alert under way goes on', async () => {
  const { url } = reloading
  const [before] = await untilFires(url, 'picking_waits')
  write(processText(1))
  const response = await post()
  expect([response.status, await response.json()]).toEqual([
    202,
    { reloading: true, files: [join(rules, 'orders.yaml')] },
  ])
  const alerts = await untilFires(url, 'picking_waits', 'crowded')
  const after = alerts.find(({ rule }) => rule === 'picking_waits')
  expect([after?.id, after?.at]).toEqual([before?.id, before?.at])
  expect(reloading.url).toBe(url)
  expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/^stagewatch_rules_last_reload_successful 1$/m)
})

test('a mistake in the files changes nothing, and is told with its place', async () => {
  await untilFires(reloading.url, 'picking_waits')
  write(processText(1).replace('wip >= 1}', 'wpi >= 1}'))
  const response = await post()
  const { type, detail, remedy } = (await response.json()) as Problem
  expect([response.status, type]).toEqual([409, 'urn:stagewatch:problem:rules-refused'])
  expect(detail).toMatch(/orders\.yaml:10:\d+ error .*did you mean "wip"/)
  expect(remedy).toContain('the rules in force stay')
  expect(await (await fetch(`${reloading.url}/metrics`)).text()).toMatch(/^stagewatch_rules_last_reload_successful 0$/m)
  expect(opened).toBe(1)
})

test('what is folded otherwise wants a restart', async () => {
  write(processText(5, 'packed'))
  const { detail, remedy } = (await (await post()).json()) as Problem
  expect(detail).toContain('what history is folded by has changed')
  expect(remedy).toContain('restart')
  expect(opened).toBe(1)
})

test('who asks while the rules are being read anew is told so, and nothing counts as failed', async () => {
  write(processText(1))
  const { begin } = reloading.prepare()
  begin()
  expect(() => reloading.prepare()).toThrow('already')
  expect(reloading.last.succeeded).toBe(true)
  await untilFires(reloading.url, 'crowded')
})

test('where it cannot be opened by the new rules it goes on by the former ones', async () => {
  const { url } = reloading
  await untilFires(url, 'picking_waits')
  write(processText(1))
  failures = 1
  expect((await post()).status).toBe(202)
  await until('it was opened again', 30_000, () => opened === 3)
  await untilFires(url, 'picking_waits')
  expect((await firing(url)).map(({ rule }) => rule)).toEqual(['picking_waits'])
  expect(said.some(line => line.includes('the former ones stay in force'))).toBe(true)
  // Not given up: asked again, it tries again. Its page may be there a moment before it has ended with the last time.
  await until('it reads them anew', 30_000, async () => (await post()).status === 202)
  await untilFires(url, 'crowded')
})

test('a hang-up reads the rules anew, and what is wrong with them is logged', async () => {
  const end = reloadOnHangUp(reloading, pino({ level: 'error' }, { write: line => said.push(line) }))
  try {
    write('process: [')
    process.emit('SIGHUP', 'SIGHUP')
    expect(said.at(-1)).toMatch(/orders\.yaml:1:11 error .*the rules were not read anew/)
    write(processText(1))
    process.emit('SIGHUP', 'SIGHUP')
    await until(
      'the new rules are in force',
      30_000,
      () => said.some(line => line.includes('are in force')) || undefined,
    )
    await untilFires(reloading.url, 'crowded')
  } finally {
    end()
  }
  expect(process.listenerCount('SIGHUP')).toBe(0)
})

test('what cannot go on by the former rules either fails', async () => {
  failures = 2
  reloading.prepare().begin()
  await expect(reloading.failed).rejects.toThrow('the store is away')
  expect(opened).toBe(3)
})
