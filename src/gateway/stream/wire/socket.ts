import type { WebSocket } from 'ws'
import { closeCode } from '../../../protocol/message.ts'
import type { Visitor } from '../../access/visitor.ts'
import type { WriteFrame } from '../edition.ts'
import type { Hub } from '../hub.ts'
import { socketPipe } from '../pipe.ts'
import { Subscriber } from '../subscriber.ts'

type SocketParts = {
  readonly visitor: Visitor
  readonly write: WriteFrame
  readonly ping: () => void
  /** Is given the text of a frame. */
  readonly hear: (text: string) => void
}

/** Lets a socket take part until it closes; what comes in is counted before anybody looks at it. */
export function openSocket(hub: Hub, socket: WebSocket, { hear, ...parts }: SocketParts): Subscriber {
  const subscriber = new Subscriber({ pipe: socketPipe(socket), ...parts }, hub.limits)
  const leave = hub.join(subscriber)
  const { framesPerSecond } = hub.limits
  /** @returns false: nobody listens to this client any more. */
  const admits = (): boolean => {
    if (!subscriber.isOpen) return false
    if (subscriber.admitsFrame(Date.now())) return true
    subscriber.close(closeCode.badRequest, `more than ${framesPerSecond} messages a second`)
    return false
  }
  socket.on('message', (data, isBinary) => {
    if (!admits()) return
    if (isBinary) subscriber.close(closeCode.badRequest, 'expected text frames')
    else hear(String(data))
  })
  // Not left to ws, which would answer a flood of pings from a client that reads nothing without a bound.
  socket.on('ping', data => {
    if (admits()) socket.pong(data)
  })
  // A frame that is too large or malformed: ws has already answered it with its close code.
  socket.on('error', () => socket.terminate())
  socket.on('close', leave)
  return subscriber
}
