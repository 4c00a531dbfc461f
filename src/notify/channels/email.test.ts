import { afterEach, beforeEach, expect, test } from 'vitest'
import { SmtpReceiver, silentServer } from '../../../test/support/notify/smtp-receiver.ts'
import { durationMs } from '../../event/duration.ts'
import { instant } from '../../event/instant.ts'
import type { OutboxMessage } from '../../journal/outbox.ts'
import { email, type MailServer, type WrittenMail } from './email.ts'

let server: SmtpReceiver

beforeEach(async () => {
  server = await SmtpReceiver.start()
})

afterEach(() => server.close())

const mail: WrittenMail = { subject: 'Picking · 拣货', text: 'in WH-2', html: '<p>in WH-2</p>', episodes: ['e1', 'e2'] }

const message = (id: string): OutboxMessage => ({
  id,
  contactPoint: 'ops/email',
  tells: [{ alert: 'e1', state: 'firing' }],
  body: null,
  at: instant(0),
})

function receiver({
  timeLimitMs = 60_000,
  to = ['ops@example.com'],
  ...more
}: Partial<MailServer> & { timeLimitMs?: number; to?: string[] } = {}) {
  return email({
    server: {
      host: '127.0.0.1',
      port: server.port,
      tls: 'none',
      user: undefined,
      password: undefined,
      from: 'Stagewatch <watch@example.com>',
      ...more,
    },
    to,
    write: () => mail,
    rates: [],
    timeLimitMs: durationMs(timeLimitMs),
  })
}

const { signal } = new AbortController()

test('a mail has its text twice, and belongs to the thread of its episodes', async () => {
  expect(await receiver({ to: ['ops@example.com', 'night@example.com'] }).send(message('m1'), signal)).toEqual({
    kind: 'acknowledged',
  })
  const [{ from, to, text } = { from: '', to: [], text: '' }] = server.received
  expect([from, to]).toEqual(['watch@example.com', ['ops@example.com', 'night@example.com']])
  for (const part of [
    'Message-ID: <m1@example.com>',
    'References: <alert.e1@example.com> <alert.e2@example.com>',
    'In-Reply-To: <alert.e1@example.com>',
    'Auto-Submitted: auto-generated',
    'From: Stagewatch <watch@example.com>',
    'Subject: =?UTF-8?',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Type: text/html; charset=utf-8',
    'in WH-2',
  ]) {
    expect(text).toContain(part)
  }
})

test('a mail goes out under one id on every attempt, and one that tells several under an id of its own', async () => {
  await receiver().send(message('m1'), signal)
  await receiver().send(message('m1'), signal)
  await receiver().sendTogether?.([message('m1'), message('m2')], signal)
  const ids = server.received.map(({ text }) => /^Message-ID: (.*)$/im.exec(text)?.[1]?.trim())
  expect(ids[0]).toBe(ids[1])
  expect(ids[2]).not.toBe(ids[0])
})

test.each([
  [421, 'busy', 'failed'],
  [451, 'try later', 'failed'],
  [550, 'not here', 'failed'],
  [552, 'too large', 'refused'],
  [554, 'spam', 'refused'],
] as const)('a server that answers %i, %s: %s', async (code, text, kind) => {
  server.answer = () => ({ code, message: text })
  expect(await receiver().send(message('m1'), signal)).toEqual({ kind, problem: expect.stringContaining(text) })
})

test('credentials and addresses that are wrong can be mended, and it is said where', async () => {
  server.password = 'right'
  const wrong = receiver({ user: 'watch', password: 'wrong' })
  expect(await wrong.send(message('m1'), signal)).toEqual({
    kind: 'failed',
    problem: expect.stringContaining('correct user and password of notify.email'),
  })
  expect(await receiver({ user: 'watch', password: 'right' }).send(message('m1'), signal)).toEqual({
    kind: 'acknowledged',
  })
  server.unknown.add('gone@example.com')
  expect(await receiver({ to: ['gone@example.com'] }).send(message('m1'), signal)).toEqual({
    kind: 'failed',
    problem: expect.stringContaining('correct the address of the contact point'),
  })
})

test('where only some are known the others have the mail, and it is not sent again', async () => {
  server.unknown.add('gone@example.com')
  expect(await receiver({ to: ['ops@example.com', 'gone@example.com'] }).send(message('m1'), signal)).toEqual({
    kind: 'refused',
    problem: 'the server takes no mail for gone@example.com; the others have it',
    ofReceiver: true,
  })
  expect(server.received.map(({ to }) => to)).toEqual([['ops@example.com']])
})

test('a server without TLS gets nothing where TLS is required', async () => {
  expect(await receiver({ tls: 'required' }).send(message('m1'), signal)).toMatchObject({ kind: 'failed' })
  expect(server.received).toEqual([])
})

test('a silent server is not waited for, nor one that is away; a stop ends an attempt', async () => {
  const silent = await silentServer()
  expect(await receiver({ port: silent.port, timeLimitMs: 50 }).send(message('m1'), signal)).toMatchObject({
    kind: 'failed',
  })
  const stop = new AbortController()
  const stopped = receiver({ port: silent.port }).send(message('m1'), stop.signal)
  stop.abort()
  expect(await stopped).toEqual({ kind: 'failed', problem: 'the program stops' })
  await silent.close()
  expect(await receiver({ port: silent.port }).send(message('m1'), signal)).toEqual({
    kind: 'failed',
    problem: expect.stringContaining('ECONNREFUSED'),
  })
})
