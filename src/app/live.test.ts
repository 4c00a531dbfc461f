import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { transition } from '../../test/support/alert-transition.ts'
import { freePort } from '../../test/support/kafka/broker.ts'
import { until } from '../../test/support/until.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import { instant } from '../event/instant.ts'
import { openJournal } from '../journal/journal.ts'
import { loadDefinitions } from '../model/load.ts'
import { healthSchema, type ProcessHealth } from '../protocol/health.ts'
import { openFileSource } from '../source/file.ts'
import { openStore } from '../store/store.ts'
import { openLive } from './live.ts'

const DAY = 24 * 3_600_000

let directory: string
let data: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-live-'))
  data = join(directory, 'data')
})

afterEach(() => rmSync(directory, { recursive: true }))

const { definitions, problems } = loadDefinitions([
  {
    name: 'orders.yaml',
    text: `
process: orders
title: {en: Orders}
owner: ops
sources:
  - {topics: [orders.events], format: json, case: order, activity: activity, time: ts}
activities: [paid, picked]
stages:
  picking: {title: {en: Picking}, from: paid, to: picked, owner: ops}
rules:
  any_order:
    stage: picking
    window: 1m
    when: wip >= 1
    severity: warning
    summary: {en: There is an order}
    action: {en: Pick it}
    runbook: runbook.md
`,
  },
  {
    name: 'owners.yaml',
    text: 'ops: {title: {en: Ops}, members: [li.wei]}',
  },
])

if (definitions === undefined) throw new Error(JSON.stringify(problems))

/** Runs on these events until the condition holds. */
async function runUntil(
  what: string,
  events: readonly object[],
  condition: (url: string) => boolean | Promise<boolean>,
  saveEveryMs = 10_000,
): Promise<void> {
  const file = join(directory, 'events.ndjson')
  writeFileSync(file, events.map(event => `${JSON.stringify(event)}\n`).join(''))
  const live = await openLive({
    definitions: definitions!,
    data,
    store: { kind: 'embedded' },
    keeping: { visits: { keep: 'all' }, days: {}, events: false },
    replaces: false,
    http: { host: '127.0.0.1', port: await freePort() },
    saveEveryMs,
    logger: pino({ level: 'silent' }),
    brokers: undefined,
    openSource: async () => openFileSource({ files: [file], topic: 'orders.events', notAfter: instant(Date.now()) }),
  })
  try {
    await Promise.race([live.failed, until(what, 60_000, async () => ((await condition(live.url)) ? true : undefined))])
  } finally {
    await live.stop()
  }
}

const journalText = (): string => {
  const folder = join(data, 'journal')
  return readdirSync(folder)
    .map(name => readFileSync(join(folder, name), 'utf8'))
    .join('')
}

async function inJournal() {
  const journal = await openJournal(join(data, 'journal'))
  await journal.close()
  return journal.recover()
}

async function inStore(process: string): Promise<readonly AlertTransition[]> {
  const store = await openStore({ kind: 'embedded', path: join(data, 'clickhouse') })
  const transitions = await store.transitions(process, instant(0), 100)
  await store.close()
  return transitions
}

test('an alert that fires is in ClickHouse, and the journal knows it', async () => {
  const at = new Date(Date.now() - 60_000).toISOString()
  await runUntil('ClickHouse has the alert', [{ order: 'A', activity: 'paid', ts: at }], () =>
    journalText().includes('"kind":"fed"'),
  )
  const { transitions, unfed } = await inJournal()
  expect(transitions.map(({ state }) => state)).toContain('firing')
  expect(unfed.transitions).toEqual([])
  expect((await inStore('orders')).map(({ state }) => state)).toEqual(transitions.map(({ state }) => state))
})

test('what ClickHouse had not acknowledged is brought there however old it is, also of a process that is gone', async () => {
  const gone = (id: string, at: number, state: 'firing' | 'resolved') => ({
    ...transition(id, at, state),
    process: 'gone',
  })
  const journal = await openJournal(join(data, 'journal'))
  const old = [gone('ended', 1_000, 'firing'), gone('ended', 2_000, 'resolved')]
  const open = gone('open', 3_000, 'firing')
  await journal.append({
    kind: 'evaluation',
    process: 'gone',
    at: instant(3_000),
    transitions: [...old, open],
    state: {},
  })
  await journal.append({ kind: 'evaluation', process: 'gone', at: instant(10 * DAY), transitions: [], state: {} })
  await journal.close()
  expect((await inJournal()).transitions).toEqual([open])

  await runUntil('ClickHouse has the old transitions', [], () => journalText().includes('"kind":"fed"'))
  expect((await inJournal()).unfed.transitions).toEqual([])
  expect(await inStore('gone')).toEqual([...old, open])
})

test('health tells when states were saved, and what was rejected', async () => {
  const began = Date.now()
  const at = new Date(began - 60_000).toISOString()
  let found: ProcessHealth | undefined
  const look = async (url: string) => {
    found = healthSchema.parse(await (await fetch(`${url}/api/v1/health`)).json()).processes[0]
    return found?.saved_at != null && found.rejected[0]?.sample != null
  }
  await runUntil(
    'a state and a sample',
    [
      { order: 'A', activity: 'paid', ts: at },
      { activity: 'paid', ts: at },
    ],
    look,
    100,
  )
  expect(Math.abs(Date.parse(found?.saved_at ?? '') - Date.now())).toBeLessThan(Date.now() - began + 1_000)
  expect(found?.rejected).toMatchObject([
    { reason: 'missing-field', count: 1, sample: { topic: 'orders.events', offset: 1, cut: false } },
  ])
  expect(found?.lacking).toEqual([{ detail: 'field "order" (the case) is missing', count: 1 }])
})
