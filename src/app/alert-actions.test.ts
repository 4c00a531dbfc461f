import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { transition } from '../../test/support/alert-transition.ts'
import { freePort } from '../../test/support/kafka/broker.ts'
import { GrowingLog } from '../../test/support/source/growing-log.ts'
import { until } from '../../test/support/until.ts'
import type { AlertAction } from '../alerts/alert-action.ts'
import { ShownActions } from '../engine/shown-actions.ts'
import { instant } from '../event/instant.ts'
import type { ActionRequest } from '../gateway/api/alert-actions.ts'
import { type Journal, openJournal } from '../journal/journal.ts'
import { loadDefinitions } from '../model/load.ts'
import type { ActionAnswer, Alert } from '../protocol/alert.ts'
import type { RuleExplanation } from '../protocol/rule-explanation.ts'
import { openStore } from '../store/store.ts'
import { AlertActions, type AlertActionsParts } from './alert-actions.ts'
import type { Fed } from './feed.ts'
import { type Live, openLive } from './live.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-actions-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

const evaluated = {
  kind: 'evaluation',
  process: 'orders',
  at: instant(1_000),
  transitions: [transition('a', 1_000, 'firing'), transition('b', 1_000, 'firing')],
  state: {},
} as const

/** Actions over a real journal, and a view that shows two alerts. */
function actionsOver(
  journal: Pick<Journal, 'audit' | 'recover'>,
  resolves: 'resolved' | 'not-open' | 'not-yet' = 'resolved',
) {
  const shown = new ShownActions()
  const told: AlertAction[] = []
  const fed: Fed[] = []
  const view: AlertActionsParts['view'] = {
    processes: loaded().processes,
    alerts: () => evaluated.transitions,
    actionsOf: alert => shown.actionsOf(alert),
    overlayOf: alert => shown.overlayOf(alert),
    addActions(actions, tell) {
      for (const action of actions) shown.add(action)
      if (tell) told.push(...actions)
    },
  }
  let now = 2_000
  const actions = new AlertActions({
    journal,
    view,
    feed: durable => fed.push(durable),
    resolve: async () => resolves,
    now: () => now++,
  })
  return { act: (request: ActionRequest) => actions.act(request), told, fed, shown }
}

const acknowledge = (id: string | undefined, by = 'ana', alert = 'a'): ActionRequest => ({
  kind: 'acknowledge',
  fields: {},
  id,
  alert,
  by,
})

function loaded() {
  const text = `
process: orders
owner: pickers
sources:
  - {topics: [orders.events], format: json, case: order, activity: activity, time: ts}
activities: [paid, picked]
stages:
  picking: {from: paid, to: picked}
rules:
  picking_waits: {stage: picking, window: 1h, when: wip >= 1}
`
  const { definitions, problems } = loadDefinitions([
    { name: 'orders.yaml', text },
    { name: 'owners.yaml', text: 'pickers: {title: pickers}\n' },
  ])
  if (definitions === undefined) throw new Error(JSON.stringify(problems))
  return definitions
}

test('a repeat counts once: at the same time, later, and after a restart', async () => {
  const journal = await openJournal(directory)
  await journal.append(evaluated)
  const first = actionsOver(journal)
  const outcomes = await Promise.all(['1', '1', '2'].map(id => first.act(acknowledge(id))))
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'repeated', 'done'])
  expect((await first.act(acknowledge('1'))).outcome).toBe('repeated')
  expect(first.told.map(({ id }) => id)).toEqual(['1', '2'])
  await journal.close()

  const again = await openJournal(directory)
  expect(again.recover().actions.map(({ id }) => id)).toEqual(['1', '2'])
  const second = actionsOver(again)
  expect(second.shown.overlayOf('a').acknowledged).toEqual({ by: 'ana', at: 2_001 })
  expect(await second.act(acknowledge('1'))).toEqual(outcomes[1])
  expect(second.told).toEqual([])
  await again.close()
})

test('one id is one action: another person, alert or deed under it is refused', async () => {
  const journal = await openJournal(directory)
  await journal.append(evaluated)
  const { act, told } = actionsOver(journal)
  // One of them while the first is under way.
  const outcomes = await Promise.all([act(acknowledge('1')), act(acknowledge('1', 'li.wei'))])
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'id-taken'])
  expect((await act(acknowledge('1', 'ana', 'b'))).outcome).toBe('id-taken')
  expect((await act({ kind: 'unacknowledge', fields: {}, id: '1', alert: 'a', by: 'ana' })).outcome).toBe('id-taken')
  expect((await act(acknowledge('1', 'ana', 'gone'))).outcome).toBe('unknown-alert')
  expect(told).toHaveLength(1)
  await journal.close()
})

test('what ended meanwhile, or whose process is starting, is not resolved', async () => {
  const journal = await openJournal(directory)
  await journal.append(evaluated)
  const resolve: ActionRequest = { ...acknowledge('1'), kind: 'resolve', fields: { cause: 'system', text: null } }
  for (const [found, outcome] of [
    ['not-open', 'is-over'],
    ['not-yet', 'busy'],
  ] as const) {
    const { act, told } = actionsOver(journal, found)
    expect(await Promise.all([act(resolve), act(resolve)])).toEqual([{ outcome }, { outcome }])
    expect(told).toEqual([])
  }
  await journal.close()
})

test('nobody hears of an action that is not durable, and it can be done again', async () => {
  const journal = await openJournal(directory)
  await journal.append(evaluated)
  let isFull = true
  const { act, told, fed, shown } = actionsOver({
    recover: () => journal.recover(),
    audit: async (...asked) => {
      if (isFull) throw new Error('ENOSPC')
      return journal.audit(...asked)
    },
  })
  await expect(act(acknowledge('1'))).rejects.toThrow('ENOSPC')
  expect([told, fed, shown.actionsOf('a')]).toEqual([[], [], []])
  isFull = false
  expect((await act(acknowledge('1'))).outcome).toBe('done')
  const [entry] = fed[0]?.audit ?? []
  expect(fed[0]?.actions).toEqual(told)
  expect(entry).toMatchObject({
    actor: 'ana',
    action: 'alert-acknowledge',
    subject: 'orders/alert/a',
    detail: { id: '1' },
  })
  await journal.close()
})

/** A program that watches orders that wait to be picked. */
async function startOn(log: GrowingLog): Promise<Live> {
  return openLive({
    definitions: loaded(),
    data: join(directory, 'data'),
    store: { kind: 'embedded' },
    keeping: { visits: { keep: 'all' }, days: {}, events: false },
    replaces: false,
    http: { host: '127.0.0.1', port: await freePort() },
    saveEveryMs: 1_000,
    logger: pino({ level: 'silent' }),
    brokers: undefined,
    openSource: async () => log.open(),
  })
}

async function alertsOf(live: Live): Promise<readonly Alert[]> {
  return ((await (await fetch(`${live.url}/api/v1/alerts`)).json()) as { alerts: Alert[] }).alerts
}

const untilIn = (live: Live, state: string): Promise<Alert> =>
  until(`the alert is ${state}`, 30_000, async () => (await alertsOf(live)).find(alert => alert.state === state))

const post = (live: Live, path: string, body: object) =>
  fetch(`${live.url}/api/v1/alerts/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': path },
    body: JSON.stringify(body),
  })

test('what people did outlives a restart, and the end of the alert', async () => {
  const log = new GrowingLog('orders.events')
  log.append({ order: 'A', activity: 'paid', ts: new Date(Date.now() - 60_000).toISOString() })

  let live = await startOn(log)
  try {
    const { id } = await untilIn(live, 'firing')
    expect((await post(live, `${id}/acknowledge`, { by: 'ana' })).status).toBe(200)
    expect((await post(live, `${id}/comment`, { by: 'ana', text: 'looking' })).status).toBe(200)
    await live.stop()
    live = await startOn(log)
    const alert = await untilIn(live, 'firing')
    expect([alert.id, alert.acknowledged?.by, alert.comments?.map(({ text }) => text)]).toEqual([
      id,
      'ana',
      ['looking'],
    ])
    const repeat = (await (await post(live, `${id}/acknowledge`, { by: 'ana' })).json()) as ActionAnswer
    expect(repeat.repeated).toBe(true)
    log.append({ order: 'A', activity: 'picked', ts: new Date().toISOString() })
    expect((await untilIn(live, 'resolved')).acknowledged?.by).toBe('ana')
    expect((await post(live, `${id}/acknowledge`, { by: 'li.wei', id: `${id}/acknowledge` })).status).toBe(409)
    expect((await post(live, `${id}/feedback`, { by: 'ana', verdict: 'useful' })).status).toBe(200)
  } finally {
    await live.stop()
  }
  const journal = await openJournal(join(directory, 'data', 'journal'))
  await journal.close()
  const { actions, audit } = journal.recover()
  const store = await openStore({ kind: 'embedded', path: join(directory, 'data', 'clickhouse') })
  expect(await store.actionsOfAlert('orders', actions[0]?.alert ?? '', 10)).toEqual(actions)
  await store.close()
  expect(actions.map(({ kind }) => kind)).toEqual(['acknowledge', 'comment', 'feedback'])
  expect(audit.entries.flatMap(({ action }) => (action.startsWith('alert-') ? [action] : []))).toEqual([
    'alert-acknowledge',
    'alert-comment',
    'alert-feedback',
  ])
}, 60_000)

test('an alert that somebody resolves is over, and stays so over a restart while its condition holds', async () => {
  const log = new GrowingLog('orders.events')
  log.append({ order: 'A', activity: 'paid', ts: new Date(Date.now() - 60_000).toISOString() })
  let live = await startOn(log)
  try {
    const { id } = await untilIn(live, 'firing')
    const resolve = { by: 'ana', cause: 'equipment', text: 'the belt stood' }
    const [first, second] = await Promise.all([
      post(live, `${id}/resolve`, resolve),
      post(live, `${id}/resolve`, resolve),
    ])
    const answers = [(await first?.json()) as ActionAnswer, (await second?.json()) as ActionAnswer]
    expect(answers.map(({ repeated }) => repeated).sort()).toEqual([false, true])
    const { resolution, state, because } = (await untilIn(live, 'resolved')) as Alert
    expect([state, because, resolution]).toEqual([
      'resolved',
      'resolved-by-hand',
      { ...resolve, at: answers[0]?.action.at },
    ])
    await live.stop()
    live = await startOn(log)
    expect(((await (await post(live, `${id}/resolve`, resolve)).json()) as ActionAnswer).repeated).toBe(true)
    const quiet = `${live.url}/api/v1/processes/orders/rules/picking_waits/explanation`
    await until('the rule says why it is quiet', 30_000, async () => {
      const { alert, explanation, quiet: why } = (await (await fetch(quiet)).json()) as RuleExplanation
      return explanation?.result === true && alert === null && why[0]?.kind === 'resolved-by-hand'
    })
    // The condition ends once, then holds again.
    log.append({ order: 'A', activity: 'picked', ts: new Date().toISOString() })
    await until('the rule has been seen not to hold', 30_000, async () => {
      const { quiet: why } = (await (await fetch(quiet)).json()) as RuleExplanation
      return why[0]?.kind === 'term-false'
    })
    log.append({ order: 'B', activity: 'paid', ts: new Date().toISOString() })
    expect((await untilIn(live, 'firing')).id).not.toBe(id)
    expect((await alertsOf(live)).map(alert => alert.state).sort()).toEqual(['firing', 'resolved'])
  } finally {
    await live.stop()
  }
  const journal = await openJournal(join(directory, 'data', 'journal'))
  await journal.close()
  const { transitions, audit } = journal.recover()
  expect(transitions.map(({ state }) => state)).toEqual(['firing', 'resolved', 'firing'])
  expect(audit.entries.at(-1)).toMatchObject({ action: 'alert-resolve', actor: 'ana', detail: { cause: 'equipment' } })
}, 60_000)
