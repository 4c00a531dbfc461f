import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { CENTRIFUGO_PATH, STREAM_PATH, SUBPROTOCOL } from '../../protocol/message.ts'
import type { Visitor } from '../access/visitor.ts'
import { isAllowedHost, isAllowedOrigin } from '../allowed-host.ts'
import { PROBLEM_TYPE, ProblemError, problemOf, tooManyClients, wrongHost, wrongOrigin } from '../problem-error.ts'
import type { Hub } from './hub.ts'
import { MAX_FRAME_BYTES } from './stream-limits.ts'
import { openCentrifugoStream } from './wire/centrifugo.ts'
import { openJsonStream } from './wire/json-v1.ts'

type Wire = {
  /** undefined: none may be offered. */
  readonly subprotocol: string | undefined
  readonly open: (hub: Hub, socket: WebSocket, visitor: Visitor) => void
}

const wires: Readonly<Record<string, Wire>> = {
  [STREAM_PATH]: { subprotocol: SUBPROTOCOL, open: openJsonStream },
  [CENTRIFUGO_PATH]: { subprotocol: undefined, open: openCentrifugoStream },
}

/**
 * Opens streams on the server's upgrade requests. Everything that speaks against one is found before the upgrade, and
 * answered as any other request is: with a problem that says what to do.
 *
 * @param listening the address that the server listens on.
 * @param visitorOf tells who asks.
 */
export function acceptStreams(
  server: Server,
  listening: string,
  hub: Hub,
  visitorOf: (request: IncomingMessage) => Visitor,
): void {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    // What a message may come in: each piece costs some hundred bytes, however small it is.
    maxFragments: 256,
    maxBufferedChunks: 4_096,
    // Compression keeps some 100 kB of state for every client.
    perMessageDeflate: false,
    autoPong: false,
    handleProtocols: offered => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // The peer may be gone already; there is nobody left to tell.
    socket.on('error', () => socket.destroy())
    const wire = wireOf(request)
    const problem = wire instanceof ProblemError ? wire : refusal(request, listening, wire, hub)
    if (problem !== undefined) refuse(socket, problem, request.url ?? '/')
    else sockets.handleUpgrade(request, socket, head, opened => (wire as Wire).open(hub, opened, visitorOf(request)))
  })
}

function wireOf(request: IncomingMessage): Wire | ProblemError {
  const path = request.url?.split('?', 1)[0] ?? ''
  const wire = wires[path]
  const remedy = `open ${STREAM_PATH}, or ${CENTRIFUGO_PATH} with a client of Centrifugo`
  return wire ?? new ProblemError('unknown-route', `there is no stream at ${path.slice(0, 200)}`, remedy)
}

function refusal(
  request: IncomingMessage,
  listening: string,
  { subprotocol }: Wire,
  hub: Hub,
): ProblemError | undefined {
  const { host, origin } = request.headers
  if (!isAllowedHost(listening, host)) return wrongHost(host)
  if (!isAllowedOrigin(origin, host)) return wrongOrigin(`a page of ${origin} may not open a stream of ${host}`)
  const offered = request.headers['sec-websocket-protocol']
  if (offered !== undefined && !offered.split(',').some(name => name.trim() === subprotocol)) {
    const detail = `none of the offered subprotocols is spoken here: ${offered.slice(0, 200)}`
    const remedy =
      subprotocol === undefined ? 'offer none: JSON is spoken, no protobuf' : `offer ${subprotocol}, or none`
    return new ProblemError('wrong-subprotocol', detail, remedy)
  }
  return hub.full ? tooManyClients() : undefined
}

function refuse(socket: Duplex, problem: ProblemError, instance: string): void {
  const body = JSON.stringify(problemOf(problem, instance))
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
      `Content-Type: ${PROBLEM_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}
