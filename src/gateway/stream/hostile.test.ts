import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { PlainEngine } from '../../../test/browser/plain-engine.ts'
import { alertOf, quickDelivery, statisticsOf, statusAt } from '../../../test/browser/quick-delivery.ts'
import { type Reader, readers } from '../../../test/support/stream/reader.ts'
import { openStreamServer, type StreamServer } from '../../../test/support/stream/stream-server.ts'
import { until } from '../../../test/support/until.ts'
import { instant } from '../../event/instant.ts'
import { CENTRIFUGO_PATH, STREAM_PATH } from '../../protocol/message.ts'

/*
 * Clients that mean no good. Beside each of them a reader of every wire is told all alerts, and what the bad ones held is
 * let go of.
 */

const now = instant(Date.UTC(2026, 10, 23, 7))
let engine: PlainEngine
let server: StreamServer
let good: Reader[]
const sockets: (WebSocket | Socket)[] = []

beforeEach(async () => {
  engine = new PlainEngine([quickDelivery])
  engine.evaluate(statusAt(now), statisticsOf(1))
  server = await openStreamServer(engine, { closeWithinMs: 200 }, { headersWithinMs: 300 })
  good = readers.map(([, open]) => open(server.url))
  for (const reader of good) await reader.begun()
})

afterEach(async () => {
  // They have heard of everything that happened, on the connection that they had.
  for (let number = 1; number <= 20; number += 1) {
    const alert = { id: `a${number}`, rule: 'picking_slow', segment: {}, at: now, since: now, value: 1 } as const
    engine.announce(alertOf({ ...alert, state: 'firing', from: 'pending' }))
  }
  for (const reader of good) {
    await reader.until('all alerts', ({ alertOffsets }) => alertOffsets.length === 20)
    expect(reader.beginnings).toHaveLength(1)
    expect(reader.codes.filter(code => code > 0)).toEqual([])
  }
  await until('the bad ones are gone', 30_000, () => server.connections.size === good.length)
  for (const socket of sockets.splice(0)) socket instanceof WebSocket ? socket.terminate() : socket.destroy()
  for (const reader of good) reader.end()
  await server.close()
})

const address = (path: string) => server.url.replace('http', 'ws') + path

function open(path: string, options: { origin?: string } = {}) {
  const socket = new WebSocket(address(path), options)
  sockets.push(socket)
  socket.on('error', () => {})
  const opened = new Promise(resolve => socket.once('open', resolve))
  const closed = new Promise<number>(resolve => socket.once('close', resolve))
  const refused = new Promise<number>(resolve =>
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0)),
  )
  return { socket, opened, closed, refused }
}

/** A connection with bytes of its own. */
function raw(text: string): { readonly socket: Socket; readonly closed: Promise<unknown> } {
  const socket = connect(server.port, '127.0.0.1', () => socket.write(text))
  sockets.push(socket)
  socket.on('error', () => socket.destroy())
  // The end is not heard of before what came is read.
  socket.resume()
  return { socket, closed: new Promise(resolve => socket.once('close', resolve)) }
}

const handshake = (path: string) =>
  [
    `GET ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    '\r\n',
  ].join('\r\n')

test.each([STREAM_PATH, CENTRIFUGO_PATH])('%s: pages of other origins are refused before the upgrade', async path => {
  for (const origin of [
    'http://evil.example',
    'null',
    'http://127.0.0.1.evil.example',
    'file://',
    'http://127.0.0.1:1',
  ]) {
    expect(await open(path, { origin }).refused, origin).toBe(403)
  }
})

test.each([STREAM_PATH, CENTRIFUGO_PATH])(
  '%s: huge frames, and messages in very many pieces, end the stream',
  async path => {
    const huge = open(path)
    await huge.opened
    huge.socket.send('x'.repeat(70_000))
    expect(await huge.closed).toBe(1009)

    const inPieces = open(path)
    await inPieces.opened
    for (let piece = 0; piece < 400; piece += 1) inPieces.socket.send('x', { fin: false })
    expect(await inPieces.closed).toBe(1008)

    // 2^40 bytes are announced, and none come.
    const { socket, closed } = raw(handshake(path))
    await new Promise(resolve => socket.once('data', resolve))
    socket.write(Buffer.from('81ff0000010000000000deadbeef', 'hex'))
    await closed
  },
)

test.each([STREAM_PATH, CENTRIFUGO_PATH])(
  '%s: a flood of pings from a client that reads nothing ends it',
  async path => {
    const { socket, opened } = open(path)
    await opened
    let closed: string | undefined
    socket.on('close', () => {
      closed = 'yes'
    })
    socket.pause()
    for (let ping = 0; ping < 10_000; ping += 1) socket.ping('x'.repeat(100))
    await until('the server lets go of it', 30_000, () => server.connections.size === good.length)
    socket.resume()
    await until('it knows', 30_000, () => closed)
  },
)

test('handshakes that are never finished are cut off', async () => {
  const halves = ['GET', 'GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n', ''].flatMap(text =>
    Array.from({ length: 100 }, () => raw(text)),
  )
  await Promise.all(halves.map(({ closed }) => closed))
})

test('ten thousand subscriptions come to as many refusals, or to the end', async () => {
  const { socket, opened, closed } = open(CENTRIFUGO_PATH)
  const replies: { readonly id: number; readonly error?: { readonly code: number } }[] = []
  socket.on('message', data =>
    replies.push(
      ...String(data)
        .split('\n')
        .map(line => JSON.parse(line)),
    ),
  )
  await opened
  socket.send('{"id":1,"connect":{}}')
  const subscribe = (id: number) =>
    `{"id":${id},"subscribe":{"channel":"statistics:${id % 2 ? 'quick-delivery' : id}"}}`
  socket.send(Array.from({ length: 250 }, (_, index) => subscribe(index + 2)).join('\n'))
  await until('the answers', 30_000, () => replies.length >= 251)
  const codes = replies.flatMap(({ error }) => (error ? [error.code] : []))
  expect(new Set(codes)).toEqual(new Set([102, 105]))
  expect(codes).toHaveLength(249)
  for (let frame = 0; frame < 10; frame += 1) {
    socket.send(Array.from({ length: 1_000 }, (_, index) => subscribe(index + 300)).join('\n'))
  }
  expect(await closed).toBe(3501)
})

test('what is no command, or none to begin with, ends the stream', async () => {
  const connected = '{"id":1,"connect":{}}\n'
  const nested = `${'[{"a":'.repeat(5_000)}1${'}]'.repeat(5_000)}`
  const wrong: readonly (readonly [text: string | Buffer, code: number])[] = [
    ['\u0000\uffff', 3501],
    ['[]', 3501],
    ['null', 3501],
    ['{"id":1,"subscribe":{"channel":"alerts"}}', 3501],
    [`${connected}{"id":2,"connect":{}}`, 3501],
    [`${connected}{"subscribe":{"channel":"alerts"}}`, 3501],
    [`${connected}{"id":2,"nonsense":{}}`, 3501],
    [`${connected}{"id":2,"subscribe":{"channel":7}}`, 3501],
    [`${connected}{"id":-1,"subscribe":{"channel":"alerts"}}`, 3501],
    [`${connected}{"send":{"data":{}}}`, 3508],
    [nested, 3501],
    [Buffer.from([1, 2, 3]), 3501],
  ]
  for (const [text, code] of wrong) {
    const { socket, opened, closed } = open(CENTRIFUGO_PATH)
    await opened
    socket.send(text)
    expect(await closed, String(text).slice(0, 80)).toBe(code)
  }
})

test('filters that are none are refused, however deep they are', async () => {
  const { socket, opened } = open(CENTRIFUGO_PATH)
  const replies: { readonly error?: { readonly code: number } }[] = []
  socket.on('message', data =>
    replies.push(
      ...String(data)
        .split('\n')
        .map(line => JSON.parse(line)),
    ),
  )
  await opened
  const deep = `${'{"op":"not","nodes":['.repeat(2_500)}{}${']}'.repeat(2_500)}`
  const wide = `{"op":"or","nodes":[${Array.from({ length: 101 }, () => '{"key":"a","cmp":"ex"}').join()}]}`
  const filters = [
    deep,
    wide,
    '7',
    '{}',
    '{"op":"and"}',
    '{"key":"a","cmp":"like"}',
    '{"key":"a","cmp":"gt","val":"b"}',
  ]
  socket.send('{"id":1,"connect":{}}')
  filters.forEach((tf, index) => {
    socket.send(`{"id":${index + 2},"subscribe":{"channel":"alerts","tf":${tf}}}`)
  })
  await until('the answers', 30_000, () => replies.length === filters.length + 1)
  expect(replies.slice(1).map(({ error }) => error?.code)).toEqual(filters.map(() => 107))
  socket.terminate()
})

test('whoever asks for more states than he reads is closed, and what waited for him is freed', async () => {
  for (let number = 1; number <= 400; number += 1) {
    const alert = { id: `old-${number}`, rule: 'picking_slow', segment: {}, at: now, since: now, value: 1 } as const
    engine.announce(alertOf({ ...alert, state: 'firing', from: 'pending' }))
  }
  for (const reader of good) {
    await reader.until('those', ({ alertOffsets }) => alertOffsets.length === 400)
    reader.pushed.length = 0
  }
  const greedy = Array.from({ length: 10 }, () => open(CENTRIFUGO_PATH))
  for (const { socket, opened } of greedy) {
    await opened
    socket.pause()
    socket.send('{"id":1,"connect":{}}')
    for (let id = 2; id < 29; id += 1) socket.send(`{"id":${id},"rpc":{"method":"state"}}`)
  }
  await until('the server lets go of them', 30_000, () => server.connections.size === good.length)
  for (const { socket } of greedy) socket.terminate()
})
