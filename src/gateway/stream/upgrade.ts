import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { STREAM_PATH, SUBPROTOCOL } from '../../protocol/message.ts'
import { admitStream } from '../access/stream-admission.ts'
import type { Visitor } from '../access/visitor.ts'
import { isAllowedHost, isAllowedOrigin } from '../allowed-host.ts'
import { PROBLEM_TYPE, ProblemError, problemOf, wrongHost, wrongOrigin } from '../problem-error.ts'
import type { ListenOptions } from '../server.ts'
import type { Hub } from './hub.ts'
import { MAX_FRAME_BYTES } from './stream-limits.ts'

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
    // Compression keeps some 100 kB of state for every client.
    perMessageDeflate: false,
    handleProtocols: offered => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // The peer may be gone already; there is nobody left to tell.
    socket.on('error', () => socket.destroy())
    admitted(request, socket, listening, hub).then(
      visitor => sockets.handleUpgrade(request, socket, head, opened => hub.add(opened, visitor)),
      (error: Error) => refuse(socket, error instanceof ProblemError ? error : failed(error), request.url ?? '/'),
    )
  })
}

/** @throws ProblemError where he may not open a stream. */
async function admitted(request: IncomingMessage, socket: Duplex, listening: Listening, hub: Hub): Promise<Visitor> {
  const problem = refusal(request, listening, hub)
  if (problem !== undefined) throw problem
  return admitStream(listening.access, request, socket)
}

function refusal(request: IncomingMessage, listening: Listening, hub: Hub): ProblemError | undefined {
  const { host, origin } = request.headers
  const path = request.url?.split('?', 1)[0]
  if (path !== STREAM_PATH) {
    const remedy = `open ${STREAM_PATH}`
    return new ProblemError('unknown-route', `there is no stream at ${path}`, remedy)
  }
  if (!isAllowedHost(listening.host, host, listening.origins)) return wrongHost(host)
  if (!isAllowedOrigin(origin, host, listening.origins))
    return wrongOrigin(`a page of ${origin} may not open a stream of ${host}`)
  const offered = request.headers['sec-websocket-protocol']
  if (offered !== undefined && !offered.split(',').some(name => name.trim() === SUBPROTOCOL)) {
    const detail = `none of the offered subprotocols is spoken here: ${offered.slice(0, 200)}`
    return new ProblemError('wrong-subprotocol', detail, `offer ${SUBPROTOCOL}, or none`)
  }
  if (hub.full) {
    const remedy = 'close streams that are not needed, or try again later'
    return new ProblemError('too-many-clients', 'no further stream may be opened', remedy)
  }
  return undefined
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
