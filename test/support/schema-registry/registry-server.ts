import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

type Reference = { readonly name: string; readonly subject: string; readonly version: number }

type Registered = {
  readonly id: number
  readonly schema: string
  readonly schemaType: 'AVRO' | 'JSON' | 'PROTOBUF'
  readonly references: readonly Reference[]
}

/** How it answers: as it should, with an error, not at all, or with a page of something else. */
export type RegistryMood = 'well' | 'broken' | 'silent' | 'something-else'

/** A schema registry of the tests' own: it keeps schemas and speaks the part of the REST API that readers use. */
export class RegistryServer {
  readonly #server: Server
  readonly #byId = new Map<number, Registered>()
  readonly #bySubject = new Map<string, Registered[]>()
  readonly #user: string | undefined
  #port = 0
  #nextId: number
  mood: RegistryMood = 'well'
  /** Paths that were asked for, in order. */
  readonly asked: string[] = []

  private constructor(firstId: number, user: string | undefined, tls: { cert: string; key: string } | undefined) {
    this.#nextId = firstId
    this.#user = user
    const answer = (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response)
    this.#server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer)
  }

  /** @param user `name:password`, without which nothing is answered. */
  static async start(
    options: { firstId?: number; user?: string; tls?: { cert: string; key: string } } = {},
  ): Promise<RegistryServer> {
    const registry = new RegistryServer(options.firstId ?? 1, options.user, options.tls)
    await registry.#listen(0)
    return registry
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get port(): number {
    return this.#port
  }

  /** @returns the id of the schema. */
  register(
    subject: string,
    schema: unknown,
    { schemaType = 'AVRO', references = [] }: Partial<Pick<Registered, 'schemaType' | 'references'>> = {},
  ): number {
    const registered = { id: this.#nextId++, schema: JSON.stringify(schema), schemaType, references }
    this.#byId.set(registered.id, registered)
    this.#bySubject.set(subject, [...(this.#bySubject.get(subject) ?? []), registered])
    return registered.id
  }

  /** Nobody listens at its address any more. */
  async goAway(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async comeBack(): Promise<void> {
    await this.#listen(this.#port)
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.goAway()
  }

  async #listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  #answer({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
    this.asked.push(url)
    if (this.mood === 'silent') return
    const [status, body] = this.#said(url, headers.authorization)
    response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

  #said(url: string, authorization: string | undefined): [status: number, body: unknown] {
    if (this.mood === 'broken') return [500, { error_code: 50_001, message: 'Error in the backend data store' }]
    if (this.mood === 'something-else') return [404, '<html>Not found</html>']
    const credentials = Buffer.from(authorization?.replace(/^Basic /, '') ?? '', 'base64').toString()
    if (this.#user !== undefined && credentials !== this.#user) {
      return [401, { error_code: 401, message: 'Unauthorized' }]
    }
    const [, id] = /^\/schemas\/ids\/(\d+)$/.exec(url) ?? []
    if (id !== undefined) {
      const found = this.#byId.get(Number(id))
      return found === undefined
        ? [404, { error_code: 40_403, message: `Schema ${id} not found` }]
        : [200, bodyOf(found)]
    }
    const [, subject, version] = /^\/subjects\/([^/]+)\/versions\/(\d+)$/.exec(url) ?? []
    const versions = this.#bySubject.get(decodeURIComponent(subject ?? ''))
    if (versions === undefined) return [404, { error_code: 40_401, message: `Subject '${subject}' not found.` }]
    const found = versions[Number(version) - 1]
    if (found === undefined) return [404, { error_code: 40_402, message: `Version ${version} not found.` }]
    return [200, { subject, version: Number(version), id: found.id, ...bodyOf(found) }]
  }
}

/** An Avro schema comes without its type, one without references without a list of them. */
const bodyOf = ({ schema, schemaType, references }: Registered) => ({
  schema,
  ...(schemaType !== 'AVRO' && { schemaType }),
  ...(references.length > 0 && { references }),
})

/** A payload in the frame of a registry. */
export function framed(id: number, payload: Uint8Array | string): Buffer {
  const frame = Buffer.alloc(5)
  frame.writeUInt32BE(id, 1)
  return Buffer.concat([frame, Buffer.from(payload)])
}
