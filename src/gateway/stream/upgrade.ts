import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { STREAM_PATH, SUBPROTOCOL } from '../../protocol/message.ts'
import { anybody } from '../access/visitor.ts'
import { isAllowedHost, isAllowedOrigin } from '../allowed-host.ts'
import { PROBLEM_TYPE, ProblemError, problemOf, wrongHost, wrongOrigin } from '../problem-error.ts'
import type { Hub } from './hub.ts'
import { MAX_FRAME_BYTES } from './stream-limits.ts'

/**
 * Opens streams on the server's upgrade requests. Everything that speaks against one is found before the upgrade, and
 * answered as any other request is: with a problem that says what to do.
 *
 * @param listening the address that the server listens on.
 */
export function acceptStreams(server: Server, listening: string, hub: Hub): void {
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
    const problem = refusal(request, listening, hub)
    if (problem === undefined) sockets.handleUpgrade(request, socket, head, opened => hub.add(opened, anybody))
    else refuse(socket, problem, request.url ?? '/')
  })
}

function refusal(request: IncomingMessage, listening: string, hub: Hub): ProblemError | undefined {
  const { host, origin } = request.headers
  const path = request.url?.split('?', 1)[0]
  if (path !== STREAM_PATH) {
    const remedy = `open ${STREAM_PATH}`
    return new ProblemError('unknown-route', `there is no stream at ${path}`, remedy)
  }
  if (!isAllowedHost(listening, host)) return wrongHost(host)
  if (!isAllowedOrigin(origin, host)) return wrongOrigin(`a page of ${origin} may not open a stream of ${host}`)
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
