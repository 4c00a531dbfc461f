import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { CENTRIFUGO_PATH, STREAM_PATH, SUBPROTOCOL } from '../../protocol/message.ts'
import { admitStream } from '../access/stream-admission.ts'
import type { Visitor } from '../access/visitor.ts'
import { isAllowedHost, isAllowedOrigin } from '../allowed-host.ts'
import { PROBLEM_TYPE, ProblemError, problemOf, tooManyClients, wrongHost, wrongOrigin } from '../problem-error.ts'
import type { ListenOptions } from '../server.ts'
import type { Hub } from './hub.ts'
import { MAX_FRAME_BYTES } from './stream-limits.ts'
import { openCentrifugoStream } from './wire/centrifugo.ts'
import { openJsonStream } from './wire/json-v1.ts'

type Wire = {
  /** undefined: none may be offered. */
  readonly subprotocol: string | undefined
  readonly open: (hub: Hub, socket: WebSocket, visitor: Visitor) => void
}

const wires: ReadonlyMap<string, Wire> = new Map([
  [STREAM_PATH, { subprotocol: SUBPROTOCOL, open: openJsonStream }],
  [CENTRIFUGO_PATH, { subprotocol: undefined, open: openCentrifugoStream }],
])

type Listening = Required<Pick<ListenOptions, 'host' | 'access' | 'origins'>>

/**
 * Opens streams on the server's upgrade requests. Everything that speaks against one is found before the upgrade, and
 * answered as any other request is: with a problem that says what to do.
 *
 * @param listening where the server listens, and to whom.
 */
export function acceptStreams(server: Server, listening: Listening, hub: Hub): void {
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
    admitted(request, socket, listening, hub).then(
      ({ wire, visitor }) => sockets.handleUpgrade(request, socket, head, opened => wire.open(hub, opened, visitor)),
      (error: Error) => refuse(socket, error instanceof ProblemError ? error : failed(error), request.url ?? '/'),
    )
  })
}

/** @throws ProblemError where he may not open a stream. */
async function admitted(
  request: IncomingMessage,
  socket: Duplex,
  listening: Listening,
  hub: Hub,
): Promise<{ readonly wire: Wire; readonly visitor: Visitor }> {
  const wire = wireOf(request)
  checkHeaders(request, listening, wire)
  if (hub.full) throw tooManyClients()
  return { wire, visitor: await admitStream(listening.access, request, socket) }
}

function wireOf(request: IncomingMessage): Wire {
  const path = request.url?.split('?', 1)[0] ?? ''
  const wire = wires.get(path)
  if (wire !== undefined) return wire
  const remedy = `open ${STREAM_PATH}, or ${CENTRIFUGO_PATH} with a client of Centrifugo`
  throw new ProblemError('unknown-route', `there is no stream at ${path.slice(0, 200)}`, remedy)
}

function checkHeaders(request: IncomingMessage, { host: listensAt, origins }: Listening, { subprotocol }: Wire): void {
  const { host, origin } = request.headers
  if (!isAllowedHost(listensAt, host, origins)) throw wrongHost(host)
  if (!isAllowedOrigin(origin, host, origins)) {
    throw wrongOrigin(`a page of ${origin} may not open a stream of ${host}`)
  }
  const offered = request.headers['sec-websocket-protocol']
  if (offered !== undefined && !offered.split(',').some(name => name.trim() === subprotocol)) {
    const detail = `none of the offered subprotocols is spoken here: ${offered.slice(0, 200)}`
    const remedy =
      subprotocol === undefined ? 'offer none: JSON is spoken, no protobuf' : `offer ${subprotocol}, or none`
    throw new ProblemError('wrong-subprotocol', detail, remedy)
  }
}

function failed(cause: Error): ProblemError {
  return new ProblemError('internal', 'the stream could not be opened', 'try again, and report it', cause)
}

function refuse(socket: Duplex, problem: ProblemError, instance: string): void {
  const body = JSON.stringify(problemOf(problem, instance))
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
      `Content-Type: ${PROBLEM_TYPE}`,
      ...Object.entries(problem.headers).map(([name, value]) => `${name}: ${value}`),
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}
