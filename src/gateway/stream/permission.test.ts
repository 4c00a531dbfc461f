import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { PlainEngine } from '../../../test/browser/plain-engine.ts'
import { quickDelivery } from '../../../test/browser/quick-delivery.ts'
import { openStreamServer, type StreamServer } from '../../../test/support/stream/stream-server.ts'
import { CENTRIFUGO_PATH, STREAM_PATH } from '../../protocol/message.ts'
import { problemSchema } from '../../protocol/problem.ts'
import { type Role, roles } from '../../protocol/session.ts'
import { anybody } from '../access/visitor.ts'
import { type ChannelName, channels, mayFollow } from './channels.ts'

/*
 * Nobody follows a channel whose permission he has not, whatever the wire. Every role may read, so what is let in by
 * mistake is somebody without any.
 */

const stranger = { ...anybody, name: 'stranger', role: undefined as unknown as Role }
/** Somebody who was let in, and has no role any more when he says what he wants. */
let guest: typeof stranger
let server: StreamServer

beforeEach(async () => {
  guest = { ...stranger, role: 'viewer' }
  server = await openStreamServer(new PlainEngine([quickDelivery]), {}, { visitor: guest })
})

afterEach(() => server.close())

const open = (path: string) => new WebSocket(server.url.replace('http', 'ws') + path)

test('over json.v1 the stream ends', async () => {
  const socket = open(STREAM_PATH)
  socket.once('message', () => {
    guest.role = stranger.role
    socket.send('{"type":"subscribe"}')
  })
  const [code, said] = await new Promise<[number, string]>(resolve => {
    socket.once('close', (closedWith, reason) => resolve([closedWith, String(reason)]))
  })
  expect([code, said]).toEqual([3507, 'not allowed'])
})

test("over Centrifugo's protocol every channel, and the state, is an error", async () => {
  const socket = open(CENTRIFUGO_PATH)
  const names = ['alerts', 'status', 'statistics:quick-delivery']
  const commands = names.map((channel, index) => ({ id: index + 2, subscribe: { channel } }))
  const lines = [{ id: 1, connect: {} }, ...commands, { id: 9, rpc: { method: 'state' } }]
  socket.once('open', () => {
    guest.role = stranger.role
    socket.send(lines.map(line => JSON.stringify(line)).join('\n'))
  })
  const answer = await new Promise<string>(resolve => {
    socket.once('message', data => resolve(String(data)))
  })
  socket.terminate()
  const errors = answer.split('\n').map(line => (JSON.parse(line) as { error?: { code: number } }).error?.code)
  expect(errors).toEqual([undefined, 103, 103, 103, 103])
})

test.each([STREAM_PATH, CENTRIFUGO_PATH])('who has none from the beginning opens no socket (%s)', async path => {
  guest.role = stranger.role
  const refused = await new Promise(resolve => open(path).once('error', ({ message }) => resolve(message)))
  expect(refused).toBe('Unexpected server response: 403')
})

test('as server-sent events it is refused with what to do', async () => {
  guest.role = stranger.role
  const response = await fetch(server.url + STREAM_PATH)
  expect(response.status).toBe(403)
  expect(problemSchema.parse(await response.json())).toMatchObject({ type: 'urn:stagewatch:problem:not-allowed' })
})

test('every role may follow what it may read', () => {
  for (const name of Object.keys(channels) as ChannelName[]) {
    for (const role of roles) expect(mayFollow({ role }, name), `${role} ${name}`).toBe(true)
    expect(mayFollow(stranger, name)).toBe(false)
  }
})
