import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** A mail as it was handed in. */
export type ReceivedMail = {
  readonly from: string
  readonly to: readonly string[]
  /** Head and body, as they came. */
  readonly text: string
}

/** What the server does with a mail: takes it, answers a code, or nothing at all. */
export type MailAnswer = 'takes it' | { readonly code: number; readonly message: string } | 'is silent'

/** A real SMTP server that takes mails down, and answers as the test wants. */
export class SmtpReceiver {
  readonly received: ReceivedMail[] = []
  answer: (nth: number) => MailAnswer = () => 'takes it'
  /** Addresses that it knows nobody at. */
  readonly unknown = new Set<string>()
  /** Who may hand in; undefined: everybody. */
  password: string | undefined
  readonly #server: SMTPServer
  readonly #port: number

  private constructor(server: SMTPServer, port: number) {
    this.#server = server
    this.#port = port
  }

  /** @param port 0: any free one. */
  static async start(port = 0): Promise<SmtpReceiver> {
    let self: SmtpReceiver | undefined
    let asked = 0
    const server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      authOptional: true,
      allowInsecureAuth: true,
      disableReverseLookup: true,
      onAuth: (auth, _session, callback) => {
        if (auth.password === self?.password) callback(null, { user: 'watch' })
        else callback(Object.assign(new Error('wrong password'), { responseCode: 535 }))
      },
      onRcptTo: ({ address }, _session, callback) =>
        self?.unknown.has(address) === true
          ? callback(Object.assign(new Error(`nobody at ${address}`), { responseCode: 550 }))
          : callback(),
      onData: (stream, session, callback) => {
        let text = ''
        stream.on('data', chunk => {
          text += chunk
        })
        stream.on('end', () => {
          const answer = self?.answer(++asked) ?? 'takes it'
          if (answer === 'is silent') return
          if (answer !== 'takes it') {
            callback(Object.assign(new Error(answer.message), { responseCode: answer.code }))
            return
          }
          const { mailFrom, rcptTo } = session.envelope
          const from = mailFrom === false ? '' : mailFrom.address
          self?.received.push({ from, to: rcptTo.map(({ address }) => address), text })
          callback()
        })
      },
    })
    server.on('error', () => {
      // A client that gives up is what some tests are about.
    })
    const listening = server.listen(port, '127.0.0.1')
    await once(listening, 'listening')
    self = new SmtpReceiver(server, (listening.address() as AddressInfo).port)
    return self
  }

  get port(): number {
    return this.#port
  }

  close(): Promise<void> {
    return new Promise(resolve => this.#server.close(() => resolve()))
  }
}

/** Takes connections and never says a word. */
export async function silentServer(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const server: Server = createServer(socket => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
