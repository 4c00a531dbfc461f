import { closeCode, type ServerMessage, SUBPROTOCOL, serverMessageSchema } from '../../protocol/message.ts'

/**
 * - `refused`: the server does not want this client again, or says what this page cannot read: only a reload helps
 * - `waiting`: the stream broke and is opened again at `retryAt` (ms, the browser's clock)
 */
export type Connection =
  | { readonly phase: 'connecting'; readonly since: number }
  | { readonly phase: 'open' }
  | { readonly phase: 'waiting'; readonly since: number; readonly retryAt: number }
  | { readonly phase: 'refused'; readonly why: 'code' | 'unreadable' }

export type StreamClient = {
  /** Tries at once instead of waiting out the pause, where it is waiting. */
  retryNow(): void
  close(): void
}

export type StreamClientOptions = {
  readonly url: string
  readonly onMessage: (message: ServerMessage) => void
  readonly onConnection: (connection: Connection) => void
  /** In [0, 1): spreads the pauses of many pages that lost the same server. */
  readonly random?: () => number
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000
/** The server sends its status every second; a stream that says nothing for so long is dead, whatever TCP thinks. */
const SILENT_FOR_MS = 12_000

/**
 * Keeps a stream open: after every break it pauses (doubling, up to 15 s, half of it random), connects again and
 * starts over from a snapshot, so nothing that happened meanwhile is missed. A hole in the alerts' offsets is a break
 * too.
 */
export function openStream(options: StreamClientOptions): StreamClient {
  const { url, onMessage, onConnection, random = Math.random } = options
  let socket: WebSocket | undefined
  let attempts = 0
  let brokenSince = Date.now()
  let retry: ReturnType<typeof setTimeout> | undefined
  let watchdog: ReturnType<typeof setTimeout> | undefined
  let alertOffset: number | undefined
  let ended = false

  function connect(): void {
    clearTimeout(retry)
    retry = undefined
    alertOffset = undefined
    onConnection({ phase: 'connecting', since: brokenSince })
    const opened = new WebSocket(url, SUBPROTOCOL)
    socket = opened
    listen(opened)
    watch()
  }

  function listen(opened: WebSocket): void {
    opened.onopen = () => opened.send(JSON.stringify({ type: 'subscribe' }))
    opened.onmessage = ({ data }) => {
      if (socket === opened) hear(data)
    }
    opened.onclose = ({ code }) => {
      if (socket !== opened) return
      if (code >= closeCode.badRequest && code < 4_000) end('code')
      else pause()
    }
  }

  function hear(data: unknown): void {
    watch()
    const message = readMessage(data)
    if (message === undefined) {
      end('unreadable')
      return
    }
    if (message.type === 'snapshot') {
      attempts = 0
      alertOffset = message.alert_offset
      onConnection({ phase: 'open' })
    }
    if (message.type === 'alert') {
      if (alertOffset !== undefined && message.alert_offset !== alertOffset + 1) {
        pause()
        return
      }
      alertOffset = message.alert_offset
    }
    onMessage(message)
  }

  /** Gives up this socket and plans the next one. */
  function pause(): void {
    drop()
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempts)
    const pauseMs = longest * (0.5 + random() / 2)
    if (attempts === 0) brokenSince = Date.now()
    attempts += 1
    onConnection({ phase: 'waiting', since: brokenSince, retryAt: Date.now() + pauseMs })
    retry = setTimeout(connect, pauseMs)
  }

  function end(why: 'code' | 'unreadable'): void {
    drop()
    ended = true
    onConnection({ phase: 'refused', why })
  }

  function drop(): void {
    clearTimeout(watchdog)
    const dropped = socket
    socket = undefined
    dropped?.close()
  }

  function watch(): void {
    clearTimeout(watchdog)
    watchdog = setTimeout(pause, SILENT_FOR_MS)
  }

  connect()
  return {
    retryNow() {
      if (!ended && retry !== undefined) connect()
    },
    close() {
      ended = true
      clearTimeout(retry)
      drop()
    },
  }
}

function readMessage(data: unknown): ServerMessage | undefined {
  if (typeof data !== 'string') return undefined
  try {
    return serverMessageSchema.safeParse(JSON.parse(data)).data
  } catch {
    return undefined
  }
}
