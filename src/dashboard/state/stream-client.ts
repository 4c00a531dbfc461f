import { Centrifuge, disconnectedCodes, State, type Subscription } from 'centrifuge'
import { type ServerMessage, serverMessageSchema } from '../../protocol/message.ts'

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
 * Keeps a stream open, with Centrifugo's client: after every break it pauses (doubling, up to 15 s, half of it random),
 * connects again and goes on from the last alert that it has; where the server cannot, it gives the state of everything.
 * A hole in the alerts' offsets is a break, too, after which it starts over. The pauses are not left to the client, which
 * would not tell when it tries again.
 */
export function openStream(options: StreamClientOptions): StreamClient {
  const { url, onMessage, onConnection, random = Math.random } = options
  let client: Centrifuge | undefined
  let attempts = 0
  let brokenSince = Date.now()
  let retry: ReturnType<typeof setTimeout> | undefined
  let watchdog: ReturnType<typeof setTimeout> | undefined
  let alertOffset: number | undefined
  let ended = false

  function connect(): void {
    clearTimeout(retry)
    retry = undefined
    onConnection({ phase: 'connecting', since: brokenSince })
    client ??= newClient()
    client.connect()
    watch()
  }

  function newClient(): Centrifuge {
    const opened = new Centrifuge(url, { name: 'page' })
    opened.on('connecting', ({ code }) => {
      if (opened === client && code !== 0) pause()
    })
    opened.on('error', () => {
      // Where it was a refusal, the client says so next.
      queueMicrotask(() => {
        if (opened === client && opened.state === State.Connecting) pause()
      })
    })
    opened.on('disconnected', ({ code }) => {
      if (opened !== client || code === disconnectedCodes.disconnectCalled) return
      const isUnreadable = code === disconnectedCodes.badProtocol || code === disconnectedCodes.messageSizeLimit
      end(isUnreadable ? 'unreadable' : 'code')
    })
    const alerts = follow(opened, 'alerts', { state: true })
    alerts.on('subscribed', ({ recovered, data, streamPosition }) => {
      if (opened !== client) return
      if (!recovered) {
        alertOffset = streamPosition?.offset
        hear(data)
      }
      // The message may have been unreadable.
      if (ended) return
      attempts = 0
      onConnection({ phase: 'open' })
    })
    follow(opened, 'status')
    return opened
  }

  function follow(opened: Centrifuge, channel: string, data?: object): Subscription {
    const subscription = opened.newSubscription(channel, data === undefined ? {} : { data })
    subscription.on('publication', publication => {
      if (opened === client && !ended) hear(publication.data)
    })
    subscription.on('unsubscribed', ({ code }) => {
      // By the server: the page has no business there.
      if (opened === client && code >= 100) end('code')
    })
    subscription.subscribe()
    return subscription
  }

  /** Of the processes that there are, and of no others. */
  function followStatistics(processes: readonly string[]): void {
    const opened = client
    if (opened === undefined) return
    const channels = new Set(processes.map(name => `${STATISTICS}${name}`))
    for (const [channel, subscription] of Object.entries(opened.subscriptions())) {
      if (channel.startsWith(STATISTICS) && !channels.has(channel)) opened.removeSubscription(subscription)
    }
    for (const channel of channels) if (opened.getSubscription(channel) === null) follow(opened, channel)
  }

  function hear(written: unknown): void {
    watch()
    const message = serverMessageSchema.safeParse(written).data
    if (message === undefined) {
      end('unreadable')
      return
    }
    if (message.type === 'snapshot') followStatistics(message.processes.map(({ name }) => name))
    if (message.type === 'alert') {
      if (alertOffset !== undefined && message.alert_offset !== alertOffset + 1) {
        startOver()
        return
      }
      alertOffset = message.alert_offset
    }
    onMessage(message)
  }

  /** What it has is not to be gone on from. */
  function startOver(): void {
    const former = client
    client = undefined
    former?.disconnect()
    alertOffset = undefined
    pause()
  }

  /** Gives up this connection and plans the next one. */
  function pause(): void {
    if (ended || retry !== undefined) return
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempts)
    const pauseMs = longest * (0.5 + random() / 2)
    if (attempts === 0) brokenSince = Date.now()
    attempts += 1
    retry = setTimeout(connect, pauseMs)
    drop()
    onConnection({ phase: 'waiting', since: brokenSince, retryAt: Date.now() + pauseMs })
  }

  function end(why: 'code' | 'unreadable'): void {
    if (ended) return
    ended = true
    drop()
    onConnection({ phase: 'refused', why })
  }

  function drop(): void {
    clearTimeout(watchdog)
    client?.disconnect()
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

const STATISTICS = 'statistics:'
