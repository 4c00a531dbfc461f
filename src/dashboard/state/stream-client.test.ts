import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ServerMessage } from '../../protocol/message.ts'
import { type Connection, openStream, type StreamClient } from './stream-client.ts'

/** A socket whose server's part the test plays. */
class ScriptedSocket {
  static opened: ScriptedSocket[] = []
  readonly sent: string[] = []
  closed = false
  onopen?: () => void
  onmessage?: (event: { data: unknown }) => void
  onclose?: (event: { code: number }) => void

  constructor() {
    ScriptedSocket.opened.push(this)
  }

  send(text: string): void {
    this.sent.push(text)
  }

  close(): void {
    this.closed = true
  }

  say(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) })
  }
}

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
    url: 'ws://127.0.0.1/api/v1/stream',
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

test('it subscribes when the socket opens, and is open with the first snapshot', () => {
  latest().onopen?.()
  expect(latest().sent).toEqual(['{"type":"subscribe"}'])
  expect(connection?.phase).toBe('connecting')
  latest().say(snapshot(0))
  expect(connection?.phase).toBe('open')
})

test('pauses double up to a limit, and begin anew after a snapshot', () => {
  const pauses: number[] = []
  for (let attempt = 0; attempt < 8; attempt += 1) {
    latest().onclose?.({ code: 1006 })
    if (connection?.phase === 'waiting') pauses.push(connection.retryAt - Date.now())
    vi.advanceTimersToNextTimer()
  }
  expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000])
  latest().say(snapshot(0))
  latest().onclose?.({ code: 3001 })
  expect(connection?.phase === 'waiting' && connection.retryAt - Date.now()).toBe(500)
})

test('a hole in the alerts means a loss: it starts over from a snapshot', () => {
  latest().say(snapshot(4))
  latest().say(alert(5))
  const first = latest()
  first.say(alert(7))
  expect(messages.map(({ type }) => type)).toEqual(['snapshot', 'alert'])
  expect(first.closed).toBe(true)
  vi.advanceTimersByTime(500)
  latest().say(snapshot(7))
  latest().say(alert(8))
  expect(messages.map(({ type }) => type)).toEqual(['snapshot', 'alert', 'snapshot', 'alert'])
})

test('a socket that was given up says nothing more', () => {
  const first = latest()
  first.onclose?.({ code: 1006 })
  first.say(snapshot(0))
  expect(messages).toEqual([])
})

test('a stream that falls silent is given up, though the socket is open', () => {
  latest().say(snapshot(0))
  vi.advanceTimersByTime(11_000)
  expect(connection?.phase).toBe('open')
  vi.advanceTimersByTime(1_200)
  expect(connection?.phase).toBe('waiting')
})

test('a refusal for good is not tried again', () => {
  latest().onclose?.({ code: 3501 })
  expect(connection).toEqual({ phase: 'refused', why: 'code' })
  client.retryNow()
  vi.advanceTimersByTime(60_000)
  expect(ScriptedSocket.opened).toHaveLength(1)
})

test('a message of another version ends the stream and says so', () => {
  latest().say({ type: 'snapshot', novel: true })
  expect(connection).toEqual({ phase: 'refused', why: 'unreadable' })
})

test('a reader who does not want to wait connects at once', () => {
  latest().onclose?.({ code: 1006 })
  client.retryNow()
  expect(ScriptedSocket.opened).toHaveLength(2)
  vi.advanceTimersByTime(5_000)
  expect(ScriptedSocket.opened).toHaveLength(2)
})
