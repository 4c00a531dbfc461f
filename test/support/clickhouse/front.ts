import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { createGunzip, gzipSync } from 'node:zlib'
import { Engine, type Request } from './engine.ts'
import { Exception } from './exception.ts'
import { Faults } from './faults.ts'
import {
  type Fault,
  type FaultPlan,
  type FrontOptions,
  type FrontReport,
  planPath,
  reportPath,
  type SeenRequest,
} from './front-options.ts'
import { signIn } from './sign-in.ts'

/*
 * The program of a process of its own: as much of ClickHouse's HTTP interface as its client uses, in front of the
 * embedded engine. The engine is the same as a server's; what stands between it and the network is written here by what
 * is known of a server, so what a test finds holds for a real one only as far as this file is like it.
 */
const options = JSON.parse(process.argv[2] ?? '') as FrontOptions
const engine = new Engine(createRequire(import.meta.url)(options.chdb), options.directory)
const faults = new Faults()
const seen: SeenRequest[] = []
const seenAtMost = 1_000

const listener: RequestListener = (request, response) => {
  answer(request, response).catch((error: unknown) => sendException(response, Exception.from(error)))
}
const server =
  options.tls === undefined
    ? createServer(listener)
    : createTlsServer({ ...options.tls, requestCert: options.tls.ca !== undefined }, listener)
server.keepAliveTimeout = 10_000
server.listen(options.port, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
// Whoever started it has gone: nobody is left to end it.
process.stdin.on('end', () => process.exit()).resume()

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  if (pathname === '/ping') return void response.end('Ok.\n')
  if (pathname === planPath) {
    faults.set(JSON.parse((await bodyOf(request)).toString()) as FaultPlan)
    return void response.end()
  }
  if (pathname === reportPath) {
    return void response.end(JSON.stringify({ injected: faults.injected, requests: seen } satisfies FrontReport))
  }
  const user = signIn(request, searchParams, options.users)
  const asked = requestOf(request.method ?? '', searchParams, (await bodyOf(request)).toString())
  const { method, statement, address } = asked
  seen.push({ method, user: user.name, statement: statement.slice(0, 500), address: Object.fromEntries(address) })
  if (seen.length > seenAtMost) seen.shift()

  const fault = /^\s*INSERT\b/i.test(statement)
    ? faults.next('inserts')
    : /^\s*SELECT\b/i.test(statement)
      ? faults.next('reads')
      : undefined
  if (fault === 'hang') return
  if (fault === 'refuse') throw injected
  if (fault === 'die') setTimeout(() => process.kill(process.pid, 'SIGKILL'), faults.chance() * 20)
  const body = await engine.run(asked, user)
  if (fault === 'run-and-hang' || fault === 'die') return
  if (fault === 'lose-answer') throw injected
  response.setHeader('X-ClickHouse-Query-Id', address.get('query_id') ?? '')
  response.setHeader('X-ClickHouse-Timezone', 'UTC')
  if (fault === undefined) sendBody(request, response, address, body)
  else sendHalf(response, body, fault)
}

const injected = new Exception(
  241,
  'Query memory limit exceeded: a fault that the test injected',
  'MEMORY_LIMIT_EXCEEDED',
)

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const compressed = request.headers['content-encoding'] === 'gzip'
  const chunks: Buffer[] = []
  for await (const chunk of compressed ? request.pipe(createGunzip()) : request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The statement stands in the address, in the body, or begins in the one and goes on in the other. */
function requestOf(method: string, searchParams: URLSearchParams, body: string): Request {
  const address = new Map(searchParams)
  const begun = address.get('query')
  const statement = begun === undefined ? body : `${begun}\n${body}`
  const version = options.version
  return { method, address, statement: version ? statement.replaceAll('version()', `'${version}'`) : statement }
}

function sendBody(
  request: IncomingMessage,
  response: ServerResponse,
  address: ReadonlyMap<string, string>,
  body: Uint8Array,
): void {
  const wanted = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  if (address.get('enable_http_compression') !== '1' || !wanted) return void response.end(body)
  response.setHeader('Content-Encoding', 'gzip')
  response.end(gzipSync(body))
}

/** @param fault `cut`, `stall` or `fail-midway`. */
function sendHalf(response: ServerResponse, body: Uint8Array, fault: Fault['kind']): void {
  const tag = 'abcdefghijklmnop'
  if (fault === 'fail-midway') response.setHeader('X-ClickHouse-Exception-Tag', tag)
  response.flushHeaders()
  response.write(body.subarray(0, Math.ceil(body.length / 2)))
  if (fault === 'stall') return
  if (fault === 'cut') return void response.socket?.destroySoon()
  const text = `${injected.message}\n`
  response.end(`\r\n__exception__\r\n${tag}\r\n${text}${text.length} ${tag}\r\n__exception__\r\n`)
}

/** Where the client has gone there is nobody to tell. */
function sendException(response: ServerResponse, exception: Exception): void {
  if (response.destroyed) return
  response.writeHead(exception.status, { 'X-ClickHouse-Exception-Code': exception.code })
  response.end(`${exception.message} (version ${options.version ?? '26.7.2.1'} (official build))\n`)
}
