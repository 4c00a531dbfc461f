import { type IncomingMessage, request } from 'node:http'
import { Centrifuge } from 'centrifuge'
import { WebSocket } from 'ws'
import { CENTRIFUGO_PATH, type ServerMessage, STREAM_PATH, serverMessageSchema } from '../../../src/protocol/message.ts'

/** Finds what hangs, not what is slow. */
const WITHIN_MS = 60_000

export type ReaderOptions = {
  readonly filter?: object
  /** Whose statistics; all where nothing is said. */
  readonly processes?: readonly string[]
}

/** How a stream began, each time that it did. */
export type Beginning = {
  readonly recovered: boolean
  /** The state that came with it. */
  readonly snapshot: Extract<ServerMessage, { type: 'snapshot' }> | undefined
}

/** A client that comes back by itself, goes on from where it was, and keeps all that it is told. */
export abstract class Reader {
  readonly pushed: ServerMessage[] = []
  readonly beginnings: Beginning[] = []
  /** With which the server ended a stream. */
  readonly codes: number[] = []
  protected ended = false
  readonly #waiting = new Set<() => void>()

  abstract pause(): void
  abstract resume(): void
  protected abstract stop(): void

  end(): void {
    this.ended = true
    this.stop()
  }

  get alertOffsets(): number[] {
    return this.pushed.flatMap(message => (message.type === 'alert' ? [message.alert_offset] : []))
  }

  /** Looks whenever the reader has heard something. */
  until(what: string, holds: (reader: this) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const tooLong = setTimeout(() => {
        this.#waiting.delete(look)
        reject(new Error(`not within ${WITHIN_MS / 1_000} s: ${what}`))
      }, WITHIN_MS)
      const look = () => {
        if (!holds(this)) return
        clearTimeout(tooLong)
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }

  begun(times = 1): Promise<void> {
    return this.until(`begin ${times} times`, ({ beginnings }) => beginnings.length >= times)
  }

  protected take(written: unknown): void {
    const message = serverMessageSchema.parse(written)
    if (message.type === 'snapshot') this.begin({ recovered: false, snapshot: message })
    else if (message.type === 'resumed') this.begin({ recovered: true, snapshot: undefined })
    else if (message.type !== 'hello' && message.type !== 'pong') this.pushed.push(message)
    this.#look()
  }

  protected begin(beginning: Beginning): void {
    this.beginnings.push(beginning)
    this.#look()
  }

  protected endedWith(code: number): void {
    this.codes.push(code)
    this.#look()
  }

  #look(): void {
    for (const look of [...this.#waiting]) look()
  }
}

class JsonReader extends Reader {
  readonly #url: string
  readonly #options: ReaderOptions
  #socket: WebSocket | undefined
  #epoch: string | undefined
  #offset: number | undefined

  constructor(url: string, options: ReaderOptions) {
    super()
    this.#url = url.replace('http', 'ws') + STREAM_PATH
    this.#options = options
    this.#open()
  }

  pause(): void {
    this.#socket?.pause()
  }

  resume(): void {
    this.#socket?.resume()
  }

  protected stop(): void {
    this.#socket?.terminate()
  }

  #open(): void {
    const socket = new WebSocket(this.#url, ['json.v1'])
    this.#socket = socket
    const position = () => (this.#offset === undefined ? {} : { epoch: this.#epoch, alert_offset: this.#offset })
    socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', ...this.#options, ...position() })))
    socket.on('message', data => {
      const message = serverMessageSchema.parse(JSON.parse(String(data)))
      this.take(message)
      if (message.type === 'snapshot' || message.type === 'alert') this.#offset = message.alert_offset
      // A position is one of the run that it was heard in.
      if (message.type === 'hello') this.#greetedBy = message.epoch
      else this.#epoch = this.#greetedBy
    })
    socket.on('error', () => socket.terminate())
    socket.on('close', code => {
      this.endedWith(code)
      if (!this.ended) setTimeout(() => this.ended || this.#open(), 1)
    })
  }

  #greetedBy: string | undefined
}

class EventsReader extends Reader {
  readonly #url: string
  #request: ReturnType<typeof request> | undefined
  #response: IncomingMessage | undefined
  #lastId: string | undefined

  constructor(url: string, { filter, processes }: ReaderOptions) {
    super()
    const query = new URLSearchParams({
      ...(filter && { filter: JSON.stringify(filter) }),
      ...(processes && { processes: processes.join(',') }),
    })
    this.#url = `${url}${STREAM_PATH}?${query}`
    this.#open()
  }

  pause(): void {
    this.#response?.pause()
  }

  resume(): void {
    this.#response?.resume()
  }

  protected stop(): void {
    this.#request?.destroy()
  }

  #open(): void {
    const headers = this.#lastId === undefined ? {} : { 'last-event-id': this.#lastId }
    const again = () => {
      if (!this.ended) setTimeout(() => this.ended || this.#open(), 1)
    }
    const asked = request(this.#url, { headers, agent: false }, response => {
      this.#response = response
      let rest = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        const events = (rest + text).split('\n\n')
        rest = events.pop() as string
        for (const event of events) this.#hear(event)
      })
      response.on('error', () => response.destroy())
      response.on('close', again)
    })
    this.#request = asked
    asked.on('error', () => this.#response?.complete === undefined && again())
    asked.end()
  }

  #hear(event: string): void {
    const field = (name: string) => event.match(new RegExp(`^${name}: (.*)$`, 'm'))?.[1]
    const data = field('data')
    if (data === undefined) return
    if (field('event') === 'closed') this.endedWith((JSON.parse(data) as { code: number }).code)
    else this.take(JSON.parse(data))
    this.#lastId = field('id') ?? this.#lastId
  }
}

/** The official client. */
class CentrifugoReader extends Reader {
  readonly #client: Centrifuge
  readonly #sockets: WebSocket[] = []

  constructor(url: string, { filter, processes }: ReaderOptions) {
    super()
    const sockets = this.#sockets
    class Socket extends WebSocket {
      constructor(address: string) {
        super(address)
        sockets.push(this)
      }
    }
    this.#client = new Centrifuge(url.replace('http', 'ws') + CENTRIFUGO_PATH, {
      websocket: Socket,
      minReconnectDelay: 1,
      maxReconnectDelay: 5,
    })
    const alerts = this.#client.newSubscription('alerts', {
      data: { state: true },
      minResubscribeDelay: 1,
      ...(filter && { tagsFilter: filter }),
    })
    alerts.on('subscribed', ({ recovered, data }) => {
      if (data === undefined) this.begin({ recovered, snapshot: undefined })
      else this.take(data)
    })
    const latest = processes?.map(name => `statistics:${name}`) ?? []
    for (const subscription of [alerts, ...['status', ...latest].map(name => this.#client.newSubscription(name))]) {
      subscription.on('publication', ({ data }) => this.take(data))
      subscription.subscribe()
    }
    if (processes === undefined) {
      alerts.on('subscribed', ({ data }) => {
        for (const { name } of (data as Beginning['snapshot'])?.processes ?? []) this.#followStatistics(name)
      })
    }
    this.#client.on('connecting', ({ code }) => this.endedWith(code))
    this.#client.on('disconnected', ({ code }) => this.endedWith(code))
    this.#client.connect()
  }

  pause(): void {
    this.#sockets.at(-1)?.pause()
  }

  resume(): void {
    for (const socket of this.#sockets) socket.resume()
  }

  protected stop(): void {
    this.#client.disconnect()
  }

  #followStatistics(name: string): void {
    const channel = `statistics:${name}`
    if (this.#client.getSubscription(channel) !== null) return
    const subscription = this.#client.newSubscription(channel)
    subscription.on('publication', ({ data }) => this.take(data))
    subscription.subscribe()
  }
}

/** Every wire, by name. */
export const readers: readonly (readonly [name: string, open: (url: string, options?: ReaderOptions) => Reader])[] = [
  ['json.v1', (url, options = {}) => new JsonReader(url, options)],
  ['Centrifugo', (url, options = {}) => new CentrifugoReader(url, options)],
  ['server-sent events', (url, options = {}) => new EventsReader(url, options)],
]
