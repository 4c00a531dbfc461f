import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answer, WebhookReceiver } from '../../test/support/notify/webhook-receiver.ts'
import { openJournal } from '../journal/journal.ts'
import { type Notification, notificationSchema } from '../protocol/notification.ts'

const directory = mkdtempSync(join(tmpdir(), 'stagewatch-notifications-kill-'))

const pathOf = (module: string) => JSON.stringify(fileURLToPath(new URL(module, import.meta.url)))

const ALERTS = 30
const KILLS = 10

/**
 * What an evaluator does with its journal: alerts fire and end, one transition an evaluation, from where the journal says
 * it was. It ends by itself when everything has happened and nothing waits any more.
 */
const program = `
import { setTimeout as wait } from 'node:timers/promises'
import { FullDisk } from ${pathOf('./full-disk.ts')}
import { Notifications, queuedEntry } from ${pathOf('./notifications.ts')}
import { openJournal } from ${pathOf('../journal/journal.ts')}
import { transition } from ${pathOf('../../test/support/alert-transition.ts')}

const [, , path, url] = process.argv
const quiet = { info() {}, warn() {}, error() {} }
const fail = error => {
  console.error(error)
  process.exit(1)
}
const journal = await openJournal(path, 20_000)
const contactPoint = { kind: 'webhook', name: 'webhook' }
const webhook = { kind: 'webhook', url: new URL(url), key: undefined, format: 'cloudevents', language: 'en', perMinute: 6_000 }
const owner = { key: 'ops', title: { en: 'Operations' }, members: [], contactPoints: [contactPoint] }
const notifications = new Notifications({
  definitions: { processes: [], owners: new Map([['ops', owner]]) },
  contactPoints: new Map([['ops/webhook', webhook]]),
  config: { giveUpAfterMs: 3_600_000, timeLimitMs: 600_000, atOnce: 4, allow: [{ kind: 'network', address: '127.0.0.1', prefix: 32 }] },
  isQuiet: () => false,
  journal,
  disk: new FullDisk(path, quiet),
  version: '1',
  logger: quiet,
  fail,
})
let done = journal.recover().evaluations.get('orders')?.state ?? 0
for (; done < 2 * ${ALERTS}; done++) {
  const at = Date.now()
  const step = transition('alert-' + (done % ${ALERTS}), at, done < ${ALERTS} ? 'firing' : 'resolved')
  const messages = notifications.messagesOf('orders', [step])
  const evaluation = { kind: 'evaluation', process: 'orders', at, transitions: [step], state: done + 1 }
  await journal.append(evaluation, ...messages.map(queuedEntry))
  notifications.deliver(messages)
  await wait(1)
}
while (notifications.delivery.queued().length > 0) await wait(5)
await notifications.stop()
await journal.close()
`

beforeAll(async () => {
  await build({
    configFile: false,
    logLevel: 'warn',
    plugins: [
      {
        name: 'program',
        resolveId: id => (id === 'virtual:program' ? id : null),
        load: id => (id === 'virtual:program' ? program : null),
      },
    ],
    // The program lies where no packages are.
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: directory,
      emptyOutDir: false,
      rolldownOptions: { input: 'virtual:program', output: { entryFileNames: 'program.mjs' } },
    },
  })
})

afterAll(() => rmSync(directory, { recursive: true }))

test('killed between send and settlement, everything arrives at least once, under one id, in the order of each alert', async () => {
  const receiver = await WebhookReceiver.start()
  const path = join(directory, 'journal')
  let child: ChildProcess | undefined
  let kills = 0
  // An answer whose end never comes must not keep the program from ending.
  const acknowledgement: Answer = 'goes on'
  receiver.answer = async (_, nth) => {
    if (nth % 4 !== 0 || kills === KILLS || child?.killed === true) return acknowledgement
    kills++
    // Every second time the acknowledgement is on its way before the process is gone.
    if (kills % 2 === 0) setImmediate(() => child?.kill('SIGKILL'))
    else child?.kill('SIGKILL')
    return acknowledgement
  }
  for (let lives = 0, hasEnded = false; !hasEnded; lives++) {
    expect(lives).toBeLessThan(2 * KILLS)
    child = spawn(process.execPath, [join(directory, 'program.mjs'), path, receiver.url], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const errors: Buffer[] = []
    child.stderr?.on('data', data => errors.push(data))
    const [code, signal] = await once(child, 'exit')
    expect([null, 0], Buffer.concat(errors).toString()).toContain(code)
    hasEnded = signal === null
  }
  await receiver.close()
  expect(kills).toBe(KILLS)

  const journal = await openJournal(path)
  await journal.close()
  const { transitions, outbox } = journal.recover()
  expect(outbox.queued).toEqual([])
  expect(outbox.told.filter(({ state }) => state !== 'resolved')).toEqual([])

  const idsOf = new Map<string, Set<string>>()
  const told: string[] = []
  for (const { id, body } of receiver.received) {
    const { data, ...message } = notificationSchema.parse(JSON.parse(body) as Notification)
    if (!('alert' in data)) throw new Error(`a ${message.type} was not expected`)
    expect(message.id).toBe(id)
    const key = `${data.alert.id} ${data.alert.state}`
    if (!idsOf.has(key)) told.push(key)
    idsOf.set(key, (idsOf.get(key) ?? new Set()).add(id))
  }
  expect(told.sort()).toEqual(transitions.map(({ id, state }) => `${id} ${state}`).sort())
  for (const ids of idsOf.values()) expect(ids.size).toBe(1)
  expect(receiver.received.length).toBeGreaterThan(told.length)
  for (let nth = 0; nth < ALERTS; nth++) {
    const states = receiver.received
      .map(({ body }) => (JSON.parse(body) as { data: { alert: { id: string; state: string } } }).data.alert)
      .filter(({ id }) => id === `alert-${nth}`)
      .map(({ state }) => state)
    // All attempts of the first message come before those of the second.
    expect(states).toEqual([...states].sort())
    expect(new Set(states)).toEqual(new Set(['firing', 'resolved']))
  }
})
