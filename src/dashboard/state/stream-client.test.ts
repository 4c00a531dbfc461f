import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ServerMessage } from '../../protocol/message.ts'
import { type Connection, openStream, type StreamClient } from './stream-client.ts'

/** A socket whose server's part the test plays, in the words of Centrifugo. */
class ScriptedSocket {
  static opened: ScriptedSocket[] = []
  readonly commands: { readonly id: number; readonly [name: string]: unknown }[] = []
  closed = false
  onopen?: () => void
  onmessage?: (event: { data: string }) => void
  onclose?: (event: { code: number; reason: string }) => void

  constructor() {
    ScriptedSocket.opened.push(this)
  }

  send(text: string): void {
    for (const line of text.split('\n')) this.commands.push(JSON.parse(line))
  }

  close(): void {
    this.closed = true
    queueMicrotask(() => this.onclose?.({ code: 1000, reason: '' }))
  }

  /** Lines of one frame. */
  async say(...lines: readonly unknown[]): Promise<void> {
    this.onmessage?.({ data: lines.map(line => JSON.stringify(line)).join('\n') })
    await settled()
  }

  async breakOff(code: number): Promise<void> {
    this.onclose?.({ code, reason: 'the server says so' })
    await settled()
  }

  subscribeTo(channel: string): { readonly id: number; readonly subscribe: object } | undefined {
    return this.commands.find(
      ({ subscribe }) => (subscribe as { channel?: string } | undefined)?.channel === channel,
    ) as { readonly id: number; readonly subscribe: object } | undefined
  }

  /** Lets the client in, and answers what it asks of alerts. */
  async begin(offset: number, answer: object = { data: snapshot(offset) }): Promise<void> {
    this.onopen?.()
    await settled()
    const id = this.commands.find(({ connect }) => connect)?.id
    await this.say({ id, connect: { client: 'c', version: '1', ping: 25, pong: true } })
    const position = { recoverable: true, positioned: true, epoch: 'e', offset }
    await this.say(
      { id: this.subscribeTo('status')?.id, subscribe: {} },
      { id: this.subscribeTo('alerts')?.id, subscribe: { ...position, ...answer } },
    )
  }

  push(message: { readonly alert_offset: number }): Promise<void> {
    return this.say({ push: { channel: 'alerts', pub: { data: message, offset: message.alert_offset } } })
  }
}

/** The client answers itself in promises. */
const settled = () => vi.advanceTimersByTimeAsync(0)

const at = '2026-11-23T07:00:00.000Z'
const envelope = { sequence: 1, at, as_of: null, event_time: null }
const store = { state: 'ready', rows_written: 0, rows_waiting: 0, problem: null }
const status = { version: '1', started_at: at, processes: [], store }
const snapshot = (alertOffset: number) => ({
  type: 'snapshot',
  ...envelope,
  alert_offset: alertOffset,
  processes: [],
  statistics: [],
  alerts: [],
  active_alerts: 0,
  status,
})
const explanation = {
  expression: 'e',
  terms: [],
  result: null,
  window: { start: at, end: at },
  watermark: null,
  samples: 0,
  min_samples: 0,
}
const alert = (alertOffset: number) => ({
  type: 'alert',
  ...envelope,
  alert_offset: alertOffset,
  alert: {
    id: `a${alertOffset}`,
    process: 'p',
    rule: 'r',
    stage: 's',
    measure: null,
    subject_title: { en: 'S' },
    segment: {},
    state: 'firing',
    from: 'pending',
    because: 'breach-held',
    at,
    since: at,
    fired_at: at,
    severity: 'info',
    owner: 'o',
    owner_title: { en: 'O' },
    summary: { en: 'x' },
    action: null,
    runbook: null,
    value: null,
    threshold: null,
    unit: null,
    explanation,
  },
})

let messages: ServerMessage[]
let connection: Connection | undefined
let client: StreamClient

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('WebSocket', ScriptedSocket)
  ScriptedSocket.opened = []
  messages = []
  client = openStream({
    url: 'ws://127.0.0.1/connection/websocket',
    onMessage: message => messages.push(message),
    onConnection: next => {
      connection = next
    },
    random: () => 1,
  })
})

afterEach(() => {
  client.close()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

const latest = () => ScriptedSocket.opened.at(-1)!
const types = () => messages.map(({ type }) => type)

test('it subscribes when the socket opens, and is open with the first snapshot', async () => {
  latest().onopen?.()
  await settled()
  expect(latest().subscribeTo('alerts')?.subscribe).toMatchObject({ data: { state: true } })
  expect(latest().subscribeTo('status')).toBeDefined()
  expect(connection?.phase).toBe('connecting')
  await latest().begin(0)
  expect(connection?.phase).toBe('open')
  expect(types()).toEqual(['snapshot'])
})

test('after a break it goes on from the last alert that it has', async () => {
  await latest().begin(4)
  await latest().push(alert(5))
  await latest().breakOff(1006)
  expect(connection?.phase).toBe('waiting')
  await vi.advanceTimersByTimeAsync(500)
  latest().onopen?.()
  await settled()
  expect(latest().subscribeTo('alerts')?.subscribe).toMatchObject({ recover: true, epoch: 'e', offset: 5 })
  const publications = [6, 7].map(offset => ({ data: alert(offset), offset }))
  await latest().begin(5, { was_recovering: true, recovered: true, publications })
  expect(connection?.phase).toBe('open')
  expect(types()).toEqual(['snapshot', 'alert', 'alert', 'alert'])
})

test('where the server cannot go on from there, everything begins with the state that it gives', async () => {
  await latest().begin(4)
  await latest().breakOff(3001)
  await vi.advanceTimersByTimeAsync(500)
  await latest().begin(1, { was_recovering: true, epoch: 'f', data: { ...snapshot(1), recovered: false } })
  await latest().push(alert(2))
  expect(types()).toEqual(['snapshot', 'snapshot', 'alert'])
  expect(connection?.phase).toBe('open')
})

test('it follows the statistics of the processes that there are', async () => {
  const process = {
    ...{ name: 'p', title: { en: 'P' }, owner: 'o', owner_title: { en: 'O' }, timezone: 'UTC', brokers: null },
    ...{ activities: [], sources: [], stages: [], measures: [], pane_ms: 1_000, evaluate_every_ms: 1_000 },
    ...{ takes_events: [], map: { stages: [], edges: [] } },
  }
  await latest().begin(0, { data: { ...snapshot(0), processes: [process] } })
  expect(messages).toHaveLength(1)
  expect(latest().subscribeTo('statistics:p')).toBeDefined()
})

test('pauses double up to a limit, and begin anew after a snapshot', async () => {
  const pauses: number[] = []
  for (let attempt = 0; attempt < 8; attempt += 1) {
    await latest().breakOff(1006)
    if (connection?.phase === 'waiting') pauses.push(connection.retryAt - Date.now())
    await vi.advanceTimersByTimeAsync(pauses.at(-1) ?? 0)
  }
  expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000])
  await latest().begin(0)
  await latest().breakOff(3001)
  expect(connection?.phase === 'waiting' && connection.retryAt - Date.now()).toBe(500)
})

test('a hole in the alerts means a loss: it starts over from a snapshot', async () => {
  await latest().begin(4)
  await latest().push(alert(5))
  const first = latest()
  await first.push(alert(7))
  expect(types()).toEqual(['snapshot', 'alert'])
  expect(first.closed).toBe(true)
  await vi.advanceTimersByTimeAsync(500)
  latest().onopen?.()
  await settled()
  expect(latest().subscribeTo('alerts')?.subscribe).not.toHaveProperty('recover')
  await latest().begin(7)
  await latest().push(alert(8))
  expect(types()).toEqual(['snapshot', 'alert', 'snapshot', 'alert'])
})

test('a socket that was given up says nothing more', async () => {
  const first = latest()
  await first.breakOff(1006)
  await first.begin(0)
  expect(messages).toEqual([])
})

test('a stream that falls silent is given up, though the socket is open', async () => {
  await latest().begin(0)
  await vi.advanceTimersByTimeAsync(11_000)
  expect(connection?.phase).toBe('open')
  await vi.advanceTimersByTimeAsync(1_200)
  expect(connection?.phase).toBe('waiting')
})

test('a refusal for good is not tried again', async () => {
  latest().onopen?.()
  await settled()
  await latest().breakOff(3501)
  expect(connection).toEqual({ phase: 'refused', why: 'code' })
  client.retryNow()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(ScriptedSocket.opened).toHaveLength(1)
})

test('whoever may not follow alerts is not tried again', async () => {
  latest().onopen?.()
  await settled()
  await latest().say({
    id: latest().commands.find(({ connect }) => connect)?.id,
    connect: { client: 'c', version: '1' },
  })
  await latest().say({ id: latest().subscribeTo('alerts')?.id, error: { code: 103, message: 'permission denied' } })
  expect(connection).toEqual({ phase: 'refused', why: 'code' })
})

test('a message of another version ends the stream and says so', async () => {
  await latest().begin(0, { data: { type: 'snapshot', novel: true } })
  expect(connection).toEqual({ phase: 'refused', why: 'unreadable' })
})

test('a reader who does not want to wait connects at once', async () => {
  await latest().breakOff(1006)
  client.retryNow()
  await settled()
  expect(ScriptedSocket.opened).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(ScriptedSocket.opened).toHaveLength(2)
})
