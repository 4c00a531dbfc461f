import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { transition } from '../../test/support/alert-transition.ts'
import { soundProcess } from '../../test/support/mistaken-process.ts'
import { WebhookReceiver } from '../../test/support/notify/webhook-receiver.ts'
import { until } from '../../test/support/until.ts'
import { untouched } from '../alerts/overlay.ts'
import { type Journal, openJournal } from '../journal/journal.ts'
import { loadDefinitions } from '../model/load.ts'
import type { Notification } from '../protocol/notification.ts'
import { defaultNotify, loopback } from './config/notify.ts'
import { resolveContactPoints } from './contact-points.ts'
import { FullDisk } from './full-disk.ts'
import { Notifications, queuedEntry } from './notifications.ts'

/** Finds what hangs. */
const WITHIN_MS = 60_000

let directory: string
let receiver: WebhookReceiver
let journal: Journal
let notifications: Notifications

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-redrive-'))
  receiver = await WebhookReceiver.start()
  await open()
})

afterEach(async () => {
  await close()
  await receiver.close()
  rmSync(directory, { recursive: true })
})

async function open(): Promise<void> {
  const { definitions } = loadDefinitions([
    { name: 'p.yaml', text: soundProcess },
    { name: 'owners.yaml', text: `ops: {title: Operations, contact_points: [{webhook: "${receiver.url}"}]}\n` },
  ])
  if (definitions === undefined) throw new Error('the definitions are not sound')
  const logger = pino({ level: 'silent' })
  const config = { ...defaultNotify, allow: loopback }
  journal = await openJournal(join(directory, 'journal'))
  notifications = new Notifications({
    definitions,
    contactPoints: resolveContactPoints(definitions.owners, config),
    isQuiet: () => false,
    overlayOf: () => untouched,
    config,
    journal,
    disk: new FullDisk(directory, logger),
    version: '1',
    logger,
    fail: error => {
      throw error
    },
  })
}

async function close(): Promise<void> {
  await notifications.delivery.stop(0)
  await journal.close()
}

async function tell(alert: string, state: 'firing' | 'resolved'): Promise<string> {
  const messages = notifications.messagesOf('orders', [transition(alert, Date.now(), state)])
  const [first, ...others] = messages.map(queuedEntry)
  if (first === undefined) throw new Error(`nobody is told that ${alert} is ${state}`)
  await journal.append(first, ...others)
  notifications.deliver(messages)
  return messages[0]?.id ?? ''
}

const untilDead = (count: number) =>
  until(
    () => `${count} messages that were given up, not ${notifications.view().dead.length}`,
    WITHIN_MS,
    () => (notifications.view().dead.length === count ? true : undefined),
  )

const untilIdle = () =>
  until('nothing that waits', WITHIN_MS, () => (notifications.view().queued.length === 0 ? true : undefined))

const taken = () => receiver.bodies<Notification>().map(({ id, type }) => [id, type])

test('what was given up is sent again on request, under its id and with its contents, also by the next start', async () => {
  receiver.answer = () => 422
  const id = await tell('a', 'firing')
  await untilDead(1)
  receiver.answer = () => 'is silent'
  expect(await notifications.redrive(id)).toBe('queued')
  expect(await notifications.redrive(id)).toBe('unknown')
  await close()
  receiver.answer = () => 204
  await open()
  await untilIdle()
  expect(taken()).toEqual([[id, 'stagewatch.alert.firing.v1']])
  await close()
  await open()
  expect(notifications.view()).toMatchObject({ queued: [], dead: [] })
  // As it was told, so it is told to be over.
  await tell('a', 'resolved')
  await untilIdle()
  expect(taken().map(([, type]) => type)).toEqual(['stagewatch.alert.firing.v1', 'stagewatch.alert.resolved.v1'])
})

test('of an alert that is over its firing is not sent again, its end is', async () => {
  receiver.answer = () => 422
  const firing = await tell('a', 'firing')
  await untilDead(1)
  const resolved = await tell('a', 'resolved')
  await untilDead(2)
  receiver.answer = () => 204
  expect(await notifications.redrive(firing)).toBe('superseded')
  expect(await notifications.redrive(resolved)).toBe('queued')
  expect(await notifications.redrive('nothing')).toBe('unknown')
  await untilIdle()
  expect(taken()).toEqual([[resolved, 'stagewatch.alert.resolved.v1']])
})
