import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as it came in, whole. */
export type ReceivedRequest = {
  /** Path and query. */
  readonly path: string
  /** By this machine's clock. */
  readonly at: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Of the header; the same on every attempt. */
  readonly id: string
}

/** What the receiver does with a request: a status, or something worse. */
export type Answer =
  | number
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** Begins a body of so many megabytes. */
  | { readonly status: number; readonly megabytes: number }
  /** Takes the body and closes the connection. */
  | 'hangs up'
  /** Takes the body and says nothing until it is closed. */
  | 'is silent'
  /** Acknowledges, and never comes to the end of what it says. */
  | 'goes on'

const MEGABYTE = 'x'.repeat(1_048_576)

/** A real HTTP server that takes messages down, and answers as the test wants. */
export class WebhookReceiver {
  readonly received: ReceivedRequest[] = []
  readonly acknowledged: ReceivedRequest[] = []
  /** Of long bodies, what the other side has taken. */
  megabytesSent = 0
  /** Decides about each request; until it is set, all are taken with 204. */
  answer: (request: ReceivedRequest, nth: number) => Answer | Promise<Answer> = () => 204
  readonly #server: Server
  readonly #port: number

  private constructor(server: Server, port: number) {
    this.#server = server
    this.#port = port
    server.on('request', (request, response) => void this.#take(request, response))
  }

  /** @param port 0: any free one. */
  static async start(port = 0): Promise<WebhookReceiver> {
    const server = createServer()
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return new WebhookReceiver(server, (server.address() as AddressInfo).port)
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook`
  }

  get port(): number {
    return this.#port
  }

  /** Bodies by the ids of those that were acknowledged, in the order in which they first were. */
  bodies<Body>(): Body[] {
    const byId = new Map(this.acknowledged.map(({ id, body }) => [id, body]))
    return [...byId.values()].map(body => JSON.parse(body) as Body)
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    request.setEncoding('utf8')
    for await (const chunk of request) body += chunk
    const { headers: sent, url: sentTo = '' } = request
    const taken = { path: sentTo, at: Date.now(), headers: sent, body, id: String(sent['idempotency-key']) }
    const nth = this.received.push(taken)
    const answer = await this.answer(taken, nth)
    if (answer === 'is silent') return
    if (answer === 'hangs up') {
      request.socket.destroy()
      return
    }
    if (answer === 'goes on') {
      this.acknowledged.push(taken)
      response.writeHead(200).write('and so ')
      return
    }
    if (typeof answer === 'object' && 'megabytes' in answer) {
      response.writeHead(answer.status)
      for (; this.megabytesSent < answer.megabytes && !response.destroyed; this.megabytesSent++) {
        if (!response.write(MEGABYTE)) await Promise.race([once(response, 'drain'), once(response, 'close')])
      }
      response.end()
      return
    }
    const { status, headers = {}, body: text = '' } = typeof answer === 'number' ? { status: answer } : answer
    if (status >= 200 && status < 300) this.acknowledged.push(taken)
    response.writeHead(status, headers).end(text)
  }
}
