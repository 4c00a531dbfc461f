import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { instant } from '../../src/event/instant.ts'
import { Edition } from '../../src/gateway/stream/edition.ts'
import { PlainEngine } from '../../test/browser/plain-engine.ts'
import { alertOf, quickDelivery } from '../../test/browser/quick-delivery.ts'
import { openStreamServer } from '../../test/support/stream/stream-server.ts'
import { median, residentBytes } from '../machine.ts'
import type { FromClients, ToClients } from './messages.ts'

/*
 * Runs in a process of its own, compiled: pushes to clients in another one, and prints figures as JSON.
 *
 *     pushing.js fan-out CLIENTS BYTES      one alert to all, again and again
 *     pushing.js stalled CLIENTS            many alerts, before and after one client reads nothing
 */

const [question, clientCount = '0', bytes = '0'] = process.argv.slice(2)
const count = Number(clientCount)
let announced = 0
const engine = new PlainEngine([quickDelivery])
const server = await openStreamServer(engine, { clients: count })
const clients = await openClients()
process.stdout.write(JSON.stringify(question === 'fan-out' ? await fanOut(Number(bytes)) : await stalled()))
clients.send({ kind: 'end' } satisfies ToClients)
await server.close()

/** @param size of the message; 0: that of a whole alert with its explanation. */
async function fanOut(size: number) {
  const rounds = 40
  const measured: { toLastMs: number; cpuMs: number; pushMs: number }[] = []
  for (let round = 0; round < rounds; round += 1) {
    const all = allHave(round + 1)
    const cpu = process.cpuUsage()
    const begun = now()
    if (size === 0) engine.announce(alertNumber(round))
    else server.hub.push(ofSize(size, round + 1))
    const pushMs = now() - begun
    const times = await all
    const { user, system } = process.cpuUsage(cpu)
    measured.push({ toLastMs: Math.max(...times) - begun, cpuMs: (user + system) / 1_000, pushMs })
  }
  // The first ones warm up.
  const warm = measured.slice(10)
  const of = (pick: (one: (typeof warm)[number]) => number) => warm.map(pick).sort((left, right) => left - right)
  const toLast = of(one => one.toLastMs)
  return {
    toLastMs: median(toLast),
    worstMs: toLast.at(-1) ?? 0,
    pushMs: median(of(one => one.pushMs)),
    cpuMicrosecondsAMessage: (median(of(one => one.cpuMs)) * 1_000) / count,
  }
}

/** 50 alerts a second, one client stalled or none. */
async function stalled() {
  await paced(50)
  const before = await paced(200)
  const begun = memoryBytes()
  const told = new Promise(resolve => clients.on('message', (m: FromClients) => m.kind === 'stalled' && resolve(m)))
  clients.send({ kind: 'stall' } satisfies ToClients)
  await told
  const after = await paced(200)
  return {
    p99Ms: before.p99Ms,
    p99StalledMs: after.p99Ms,
    moreBytes: after.mostBytes - Math.max(begun, before.mostBytes),
  }
}

async function paced(alerts: number) {
  const late: number[] = []
  let mostBytes = 0
  for (let alert = 0; alert < alerts; alert += 1) {
    announced += 1
    const all = allHave(announced)
    const begun = now()
    engine.announce(alertNumber(announced))
    for (const at of await all) late.push(at - begun)
    if (alert % 20 === 0) mostBytes = Math.max(mostBytes, memoryBytes())
    await new Promise(resolve => setTimeout(resolve, Math.max(0, 20 - (now() - begun))))
  }
  late.sort((left, right) => left - right)
  return { p99Ms: late[Math.floor(late.length * 0.99)] ?? 0, mostBytes }
}

/** What is held: the heap after a collection and the bytes of buffers beside it. */
function memoryBytes(): number {
  residentBytes()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

async function openClients(): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('./clients.js', import.meta.url))
  const child = fork(script, [server.url, String(count)], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  child.setMaxListeners(0)
  await new Promise<void>((resolve, reject) => {
    child.once('exit', code => reject(new Error(`the clients ended with ${code}`)))
    child.on('message', (message: FromClients) => message.kind === 'open' && resolve())
  })
  return child
}

function allHave(offset: number): Promise<readonly number[]> {
  return new Promise(resolve => {
    const listen = (message: FromClients) => {
      if (message.kind !== 'all-have' || message.offset !== offset) return
      clients.off('message', listen)
      resolve(message.times)
    }
    clients.on('message', listen)
  })
}

function alertNumber(number: number) {
  const at = instant(Date.UTC(2026, 10, 23, 7) + number)
  const alert = {
    id: `alert-${number % 300}`,
    rule: 'picking_slow',
    segment: { warehouse: 'WH-2' },
    at,
    since: at,
  } as const
  return alertOf({ ...alert, state: 'firing', from: 'pending', value: 400_000 })
}

/** A message of so many bytes; there is none so small, but others measure with it. */
function ofSize(size: number, offset: number): Edition {
  const at = new Date(Date.UTC(2026, 10, 23, 7)).toISOString()
  const pong = { type: 'pong', sequence: offset, at, as_of: at, event_time: at } as const
  const padding = 'x'.repeat(size - JSON.stringify({ ...pong, padding: '' }).length)
  return new Edition('alerts', { ...pong, padding } as typeof pong, { offset })
}

function now(): number {
  return performance.timeOrigin + performance.now()
}
