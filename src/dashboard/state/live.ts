import { computed, signal } from '@preact/signals'
import { CENTRIFUGO_PATH, type ServerMessage } from '../../protocol/message.ts'
import { pause } from './pause.ts'
import { type Connection, openStream, type StreamClient } from './stream-client.ts'
import { applyMessage, emptyWorld } from './world.ts'

/*
 * The page's one world. Messages wait for the next frame and are applied together, so fifty updates a second cost at
 * most one drawing a frame; a page in the background gets no frames, and applies them when many have gathered.
 */

const MOST_WAITING = 200

export const world = signal(emptyWorld)
export const connection = signal<Connection>({ phase: 'connecting', since: Date.now() })
/** How much the server's clock is ahead of the browser's, in ms: ages are measured on the server's. */
const aheadMs = signal(0)
const browserNow = signal(Date.now())

/** The server's wall clock, in ms; moves every second and with every message. */
export const now = computed(() => browserNow.value + aheadMs.value)
export const processes = computed(() => world.value.processes)
/** They hold still while the page is paused. */
export const statistics = computed(() => pause.value?.statistics ?? world.value.statistics)
export const alerts = computed(() => world.value.alerts)
export const status = computed(() => world.value.status)

const waiting: ServerMessage[] = []
let frame: number | undefined

function applyWaiting(): void {
  if (frame !== undefined) cancelAnimationFrame(frame)
  frame = undefined
  browserNow.value = Date.now()
  world.value = waiting.splice(0).reduce(applyMessage, world.value)
}

function receive(message: ServerMessage): void {
  aheadMs.value = Date.parse(message.at) - Date.now()
  waiting.push(message)
  if (waiting.length >= MOST_WAITING) applyWaiting()
  else frame ??= requestAnimationFrame(applyWaiting)
}

/** Opens the stream of the server that the page came from. */
export function startLive(): StreamClient {
  const address = new URL(CENTRIFUGO_PATH, location.href)
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  const client = openStream({
    url: address.href,
    onMessage: receive,
    onConnection: next => {
      connection.value = next
    },
  })
  setInterval(() => {
    browserNow.value = Date.now()
  }, 1_000)
  addEventListener('online', () => client.retryNow())
  return client
}
