import type { ServerResponse } from 'node:http'
import { WebSocket } from 'ws'

/** What takes frames to one client, whatever it is made of. */
export type Pipe = {
  /** Not closed, and not being closed. */
  readonly isOpen: boolean
  /** Bytes that were sent and that the operating system has not taken yet. */
  readonly waitingBytes: number
  /** @param taken is called when the operating system has taken it, or never will. */
  send(frame: Buffer, taken?: () => void): void
  /** Ends it when all that was sent has left. */
  close(code: number, reason: string): void
  /** Ends it at once. */
  cut(): void
}

export const socketPipe = (socket: WebSocket): Pipe => ({
  get isOpen() {
    return socket.readyState === WebSocket.OPEN
  },
  get waitingBytes() {
    return socket.bufferedAmount
  },
  send(frame, taken) {
    socket.send(frame, { binary: false }, taken)
  },
  close(code, reason) {
    socket.close(code, reason)
  },
  cut() {
    socket.terminate()
  },
})

/** @param lastFrame is sent before it ends: a response has no close codes. */
export const responsePipe = (response: ServerResponse, lastFrame: (code: number, reason: string) => Buffer): Pipe => ({
  get isOpen() {
    return !response.writableEnded && !response.destroyed
  },
  get waitingBytes() {
    return response.writableLength
  },
  send(frame, taken) {
    response.write(frame, () => taken?.())
  },
  close(code, reason) {
    if (!response.writableEnded) response.end(lastFrame(code, reason))
  },
  cut() {
    response.destroy()
  },
})
