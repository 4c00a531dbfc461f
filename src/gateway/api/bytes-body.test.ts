import { connect } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../../../test/support/until.ts'
import { listen, newServer } from '../server.ts'
import { takeBytes } from './bytes-body.ts'

let app: FastifyInstance
let url: string
/** Requests that are being handled, each with what lets it be answered. */
let held: (() => void)[]
let isHolding: boolean

const ask = (body: string | Buffer, type = 'application/x-ndjson', more: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', body: new Uint8Array(Buffer.from(body)), headers: { 'content-type': type, ...more } })

async function serve(withinMs = 60_000): Promise<void> {
  app = newServer('127.0.0.1', pino({ level: 'silent' }))
  app.register(async own => {
    const types = ['application/x-ndjson', 'application/json']
    takeBytes(own, { types, mostBytes: 10, atOnce: 2, withinMs, remedy: 'send lines' })
    own.post('/', { config: { permission: 'nothing' } }, async ({ body }) => {
      if (isHolding) await new Promise<void>(resolve => held.push(resolve))
      return Buffer.isBuffer(body) ? body.toString('hex') : 'nothing'
    })
  })
  url = await listen(app, '127.0.0.1', 0)
}

beforeEach(() => {
  held = []
  isHolding = false
})

afterEach(() => app.close())

const heldAre = (count: number) => until(`${count} requests are handled`, 60_000, () => held.length === count)

test('a body is taken as it comes, in the types that are named', async () => {
  await serve()
  expect(await (await ask(Buffer.from([0xff, 0x0a]))).text()).toBe('ff0a')
  expect(await (await ask('{', 'application/json; charset=utf-8')).text()).toBe('7b')
  const form = await ask('a=1', 'application/x-www-form-urlencoded')
  expect([form.status, await form.json()]).toEqual([
    415,
    expect.objectContaining({
      detail: 'a body is taken as application/x-ndjson, application/json',
      remedy: 'send lines',
    }),
  ])
  expect((await ask('x'.repeat(11))).status).toBe(413)
  const packed = await ask('x', 'application/json', { 'content-encoding': 'gzip' })
  expect([packed.status, await packed.json()]).toEqual([
    415,
    expect.objectContaining({ detail: 'a body in gzip is not unpacked' }),
  ])
})

test('so many requests are under way at once; the next is told when to come again, and what is given up keeps its place', async () => {
  await serve()
  isHolding = true
  const [first, second] = [ask('1'), ask('2')]
  await heldAre(2)
  const refused = await ask('3')
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
  expect(await refused.json()).toMatchObject({ detail: '2 requests are under way already' })
  held.shift()?.()
  await first
  const third = ask('3')
  await heldAre(2)
  for (const answer of held.splice(0)) answer()
  expect((await Promise.all([second, third])).map(({ status }) => status)).toEqual([200, 200])

  const { port } = new URL(url)
  for (let request = 0; request < 2; request++) {
    const socket = connect(Number(port), '127.0.0.1')
    socket.write('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n1')
    await heldAre(request + 1)
    const isClosed = new Promise(resolve => socket.once('close', resolve))
    socket.destroy()
    await isClosed
  }
  // Nobody waits for them any more, but what they have sent is still in memory.
  isHolding = false
  expect((await ask('4')).status).toBe(429)
  for (const answer of held.splice(0)) answer()
  await until('there is room again', 60_000, async () => (await ask('4')).status === 200)
})

test('a body that does not come in time does not keep its place', async () => {
  await serve(50)
  const { port } = new URL(url)
  const stuck = [1, 2].map(() => {
    const socket = connect(Number(port), '127.0.0.1')
    socket.write('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n1')
    return new Promise(resolve => socket.once('close', resolve).once('error', () => {}))
  })
  await Promise.all(stuck)
  expect((await ask('1')).status).toBe(200)
})
