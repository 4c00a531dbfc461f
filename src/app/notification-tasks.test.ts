import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { transition } from '../../test/support/alert-transition.ts'
import { soundProcess } from '../../test/support/mistaken-process.ts'
import { digestOn, messageOn } from '../../test/support/notify/notifications.ts'
import { WebhookReceiver } from '../../test/support/notify/webhook-receiver.ts'
import { until } from '../../test/support/until.ts'
import { untouched } from '../alerts/overlay.ts'
import type { AlertPhase } from '../alerts/transition.ts'
import type { Json } from '../event/json.ts'
import { type Journal, openJournal } from '../journal/journal.ts'
import type { OutboxMessage } from '../journal/outbox.ts'
import { loadDefinitions } from '../model/load.ts'
import { defaultNotify, loopback } from './config/notify.ts'
import { type ResolvedContactPoint, resolveContactPoints } from './contact-points.ts'
import { FullDisk } from './full-disk.ts'
import { Notifications, queuedEntry } from './notifications.ts'
import { receiversOf } from './receivers.ts'

/** Finds what hangs. */
const WITHIN_MS = 60_000

let directory: string
let server: WebhookReceiver

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-tasks-'))
  server = await WebhookReceiver.start()
  let made = 0
  server.answer = ({ path }) =>
    path === '/hook/issues' ? { status: 201, body: JSON.stringify({ issue: { number: ++made } }) } : 200
})

afterEach(async () => {
  await server.close()
  rmSync(directory, { recursive: true })
})

const owners = () => `
ops:
  title: Operations
  contact_points:
    - task: ${server.url}
      authorization: "Bearer \${env:PATH}"
      headers: {X-Team: ops}
      create: {path: /issues, body: {title: "{{ title }}", labels: ["{{ severity }}", "{{ episode }}"]}, id: issue.number}
      update: {path: "/issues/{{ id }}/comments", body: {body: "{{ text }}"}}
      close: {method: PATCH, path: "/issues/{{ id }}", body: {state: closed, at: "{{ segment }}"}}
`

function definitionsOf() {
  const { definitions, problems } = loadDefinitions([
    { name: 'p.yaml', text: soundProcess },
    { name: 'owners.yaml', text: owners() },
  ])
  if (definitions === undefined) throw new Error(JSON.stringify(problems))
  return definitions
}

const config = { ...defaultNotify, allow: loopback }

async function open(): Promise<{ journal: Journal; notifications: Notifications; close(): Promise<void> }> {
  const definitions = definitionsOf()
  const logger = pino({ level: 'silent' })
  const journal = await openJournal(join(directory, 'journal'), 2_000)
  const notifications = new Notifications({
    definitions,
    contactPoints: resolveContactPoints(definitions.owners, config),
    isQuiet: () => false,
    overlayOf: () => untouched,
    ...{ config, journal, logger, version: '1' },
    disk: new FullDisk(directory, logger),
    fail: error => {
      throw error
    },
  })
  const close = async () => {
    await notifications.delivery.stop(0)
    await journal.close()
  }
  return { journal, notifications, close }
}

const asked = () => server.received.map(({ path, body }) => [path, JSON.parse(body)])

test('an alert has one task from its firing to its end, through restarts and new segments of the journal', async () => {
  const tell = async (state: AlertPhase) => {
    const { journal, notifications, close } = await open()
    const messages = notifications.messagesOf('orders', [transition('a', Date.now(), state)])
    for (const message of messages) await journal.append(queuedEntry(message))
    notifications.deliver(messages)
    await until(
      () => `${state} is told, not ${JSON.stringify(notifications.view())}`,
      WITHIN_MS,
      () => (notifications.view().queued.length === 0 ? true : undefined),
    )
    await close()
  }
  for (const state of ['firing', 'no_data', 'firing', 'resolved'] as const) await tell(state)
  expect(asked()).toEqual([
    ['/hook/issues', { title: 'Warning · Firing: line\nbreak', labels: ['warning', 'a'] }],
    ['/hook/issues/1/comments', { body: expect.stringContaining('Warning · No data') }],
    ['/hook/issues/1/comments', { body: expect.stringContaining('Warning · Firing') }],
    ['/hook/issues/1', { state: 'closed', at: 'warehouse: WH-1' }],
  ])
  for (const { headers } of server.received) {
    expect(headers).toMatchObject({ authorization: `Bearer ${process.env.PATH}`, 'x-team': 'ops' })
  }
  const { journal, close } = await open()
  expect(journal.recover().outbox.tasks).toEqual([])
  await close()
})

function receiver(taskOf: (alert: string) => string | undefined = () => undefined) {
  const contactPoints: ReadonlyMap<string, ResolvedContactPoint> = resolveContactPoints(definitionsOf().owners, config)
  const found = receiversOf(contactPoints, config, 'x', (_, alert) => taskOf(alert)).get('ops/task')
  if (found === undefined) throw new Error('there is no such receiver')
  return (message: OutboxMessage) => found.send(message, new AbortController().signal)
}

const digest = (...ids: string[]): OutboxMessage => ({
  ...messageOn({ id: 'x' }, 'ops/task', 0),
  body: digestOn(ids.map(id => ({ id }))) as unknown as Json,
})

test('where making several tasks fails half-way those that were made are not made again', async () => {
  const answers = [201, 500, 201, 201]
  server.answer = (_, nth) => ({ status: answers[nth - 1] ?? 201, body: JSON.stringify({ issue: { number: nth } }) })
  const send = receiver()
  expect(await send(digest('a', 'b', 'c'))).toMatchObject({ kind: 'failed' })
  expect(await send(digest('a', 'b', 'c'))).toEqual({ kind: 'acknowledged', tasks: { a: '1', b: '4', c: '5' } })
  const made = asked().filter(([path]) => path === '/hook/issues')
  expect(made.map(([, { labels }]) => labels[1])).toEqual(['a', 'b', 'b', 'c'])
})

test('a task that somebody has deleted, or of which nobody knows what it is called, is told of and not tried again', async () => {
  server.answer = () => 410
  expect(await receiver(() => '7')(messageOn({ id: 'a', state: 'resolved' }, 'ops/task', 0))).toEqual({
    kind: 'refused',
    problem: 'task 7 is gone: HTTP 410',
  })
  server.answer = () => ({ status: 201, body: '{"number": 7}' })
  expect(await receiver()(messageOn({ id: 'a' }, 'ops/task', 0))).toEqual({
    kind: 'refused',
    problem: 'a task was made, but its answer has no "issue.number": {"number": 7}; correct create.id',
  })
})

test('what an alert says stays a text, in the body and in the path; one without a task has nothing to close', async () => {
  const send = receiver(alert => (alert === 'a' ? '../admin?x=1' : undefined))
  await send(messageOn({ id: 'a', segment: { warehouse: '"}],"state":"open' }, state: 'resolved' }, 'ops/task', 0))
  expect(asked()).toEqual([
    ['/hook/issues/..%2Fadmin%3Fx%3D1', { state: 'closed', at: 'warehouse: "}],"state":"open' }],
  ])
  expect(await send(messageOn({ id: 'b', state: 'resolved' }, 'ops/task', 0))).toMatchObject({ kind: 'acknowledged' })
  expect(server.received).toHaveLength(1)
})
