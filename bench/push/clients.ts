import { WebSocket } from 'ws'
import { CENTRIFUGO_PATH } from '../../src/protocol/message.ts'
import type { FromClients, ToClients } from './messages.ts'

/*
 * Many clients of Centrifugo's wire in a process of their own, which say when the last of them has an alert.
 */

const [url = '', count = '0'] = process.argv.slice(2)
const sockets: WebSocket[] = []
/** By alert: how many have it, and when each had it. */
const heard = new Map<number, number[]>()
let expected = 0

const tell = (message: FromClients): void => void process.send?.(message)
const now = (): number => performance.timeOrigin + performance.now()

async function open(): Promise<void> {
  const socket = new WebSocket(url.replace('http', 'ws') + CENTRIFUGO_PATH)
  sockets.push(socket)
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  // One that reads nothing is cut off.
  socket.on('error', () => socket.terminate())
  socket.send('{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"alerts"}}')
  await new Promise(resolve => socket.once('message', resolve))
  socket.on('message', data => hear(String(data)))
}

function hear(text: string): void {
  const at = now()
  const offset = /"offset":(\d+)/.exec(text)?.[1]
  if (offset === undefined) return
  const times = heard.get(Number(offset)) ?? []
  heard.set(Number(offset), times)
  times.push(at)
  if (times.length < expected) return
  heard.delete(Number(offset))
  tell({ kind: 'all-have', offset: Number(offset), times })
}

process.on('message', (message: ToClients) => {
  if (message.kind === 'end') process.exit(0)
  sockets[0]?.pause()
  expected = sockets.length - 1
  tell({ kind: 'stalled' })
})

// Some at a time: a listener's queue is short.
const wanted = Number(count)
while (sockets.length < wanted) {
  await Promise.all(Array.from({ length: Math.min(100, wanted - sockets.length) }, open))
}
expected = sockets.length
tell({ kind: 'open' })
