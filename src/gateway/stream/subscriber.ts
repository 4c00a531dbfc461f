import { WebSocket } from 'ws'
import { closeCode } from '../../protocol/message.ts'
import type { StreamLimits } from './stream-limits.ts'

/**
 * One open stream. It decides what still fits: alerts are sent or end the stream, anything else is replaced by its
 * next edition.
 */
export class Subscriber {
  readonly socket: WebSocket
  /** undefined: not subscribed yet. */
  wanted: { readonly processes: ReadonlySet<string> | 'all' } | undefined
  /** Processes with statistics that this client has not been sent, oldest first. */
  readonly pending = new Set<string>()
  statisticsSentAt = Number.NEGATIVE_INFINITY
  awaitingPong = false
  readonly #bound: number
  readonly #closeWithinMs: number
  /** A snapshot may be larger than the bound: while it is on its way, it comes on top. */
  #snapshotBytes = 0
  #second = 0
  #messagesInSecond = 0

  constructor(socket: WebSocket, { bufferedBytes, closeWithinMs }: StreamLimits) {
    this.socket = socket
    this.#bound = bufferedBytes
    this.#closeWithinMs = closeWithinMs
  }

  wants(process: string): boolean {
    return this.wanted !== undefined && (this.wanted.processes === 'all' || this.wanted.processes.has(process))
  }

  sendSnapshot(message: Buffer): void {
    this.#snapshotBytes = message.byteLength
    this.socket.send(message, { binary: false }, () => {
      this.#snapshotBytes = 0
    })
  }

  /** Sent at once, or the client is closed and starts over from a snapshot. */
  sendAlert(message: Buffer): void {
    // Closing already, for one that did not fit.
    if (this.socket.readyState !== WebSocket.OPEN) return
    if (this.#fits(message.byteLength, this.#bound)) this.socket.send(message, { binary: false })
    else this.close(closeCode.slow, 'too slow: connect again')
  }

  /** @returns whether it was sent; half of the bound stays free for alerts. */
  offer(message: Buffer): boolean {
    if (!this.#fits(message.byteLength, this.#bound / 2)) return false
    this.socket.send(message, { binary: false })
    return true
  }

  /** Counts a message of the client; false: more than `limit` within the second of `now`. */
  admits(now: number, limit: number): boolean {
    const second = Math.floor(now / 1_000)
    if (second !== this.#second) {
      this.#second = second
      this.#messagesInSecond = 0
    }
    this.#messagesInSecond += 1
    return this.#messagesInSecond <= limit
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason)
    // A client that reads nothing never answers the close, and what waits for it would stay in memory.
    setTimeout(() => this.socket.terminate(), this.#closeWithinMs).unref()
  }

  #fits(bytes: number, bound: number): boolean {
    if (this.socket.readyState !== WebSocket.OPEN) return false
    return this.socket.bufferedAmount + bytes <= bound + this.#snapshotBytes
  }
}
