/**
 * A schema registry, by the REST API that Confluent's has and others speak too: which schema an id stands for.
 *
 * Two questions are asked of it, both about what never changes. The clients that there are bring a decoder of their own,
 * or those of four clouds' key stores, and want another Node; so the questions are asked here.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { WriterSchema } from '../../event/wire-format.ts'

const ANSWER_WITHIN_MS = 5_000
/** A registry of several servers may hear of a new schema a moment later than its producer: so an unknown one is asked for twice. */
const ASK_AGAIN_AFTER_MS = 500
const MAX_ANSWER_BYTES = 16 * 1_048_576
const MAX_REFERENCES = 200

export type RegistrySettings = {
  /** `http` or `https`, with a path where the API has one. */
  readonly url: string
  readonly username?: string
  readonly password?: string
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
}

/** The registry does not answer as one does: asking again may help. */
export class RegistryAway extends Error {
  override readonly name = 'RegistryAway'
  readonly remedy: string

  constructor(message: string, remedy: string, cause?: unknown) {
    super(message, { cause })
    this.remedy = remedy
  }
}

const schemaShape = z.object({
  schema: z.string(),
  schemaType: z.string().optional(),
  references: z.array(z.object({ name: z.string(), subject: z.string(), version: z.number() })).optional(),
})

const errorShape = z.object({ error_code: z.number(), message: z.string().optional() })

type Answer = { readonly kind: 'schema'; readonly found: z.output<typeof schemaShape> } | { readonly kind: 'none' }

export class SchemaRegistry {
  /** For people: without what may be a secret. */
  readonly name: string
  readonly #settings: RegistrySettings
  readonly #base: string
  readonly #agent: HttpAgent

  constructor(settings: RegistrySettings) {
    const { protocol, host, pathname } = new URL(settings.url)
    this.#settings = settings
    this.#base = `${protocol}//${host}${pathname.replace(/\/+$/, '')}`
    this.name = this.#base
    this.#agent =
      protocol === 'https:' ? new HttpsAgent({ keepAlive: true, ...settings.tls }) : new HttpAgent({ keepAlive: true })
  }

  /**
   * What an id stands for, with all that it refers to.
   *
   * @param signal ends the asking, which then rejects.
   * @throws RegistryAway
   */
  async schemaOf(id: number, signal: AbortSignal): Promise<WriterSchema> {
    const path = `/schemas/ids/${id}`
    let answer = await this.#ask(path, signal)
    if (answer.kind === 'none') {
      await wait(ASK_AGAIN_AFTER_MS, undefined, { signal })
      answer = await this.#ask(path, signal)
    }
    if (answer.kind === 'none') return { kind: 'unreadable', id, why: 'the registry has no schema of this id' }
    const { schema, schemaType = 'AVRO', references = [] } = answer.found
    if (schemaType === 'JSON') return { kind: 'json', id }
    if (schemaType !== 'AVRO') return { kind: 'unreadable', id, why: `schemas of type ${schemaType} are not read` }
    const texts = new Map<string, string>()
    const why = await this.#collect(references, texts, signal)
    return why === undefined
      ? { kind: 'avro', id, text: schema, references: [...texts.values()] }
      : { kind: 'unreadable', id, why }
  }

  close(): void {
    this.#agent.destroy()
  }

  /** Those that a schema refers to, each behind its own. @returns why they cannot be had. */
  async #collect(
    references: NonNullable<z.output<typeof schemaShape>['references']>,
    texts: Map<string, string>,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    for (const { subject, version } of references) {
      const place = `${subject}, version ${version}`
      if (texts.has(place)) continue
      if (texts.size >= MAX_REFERENCES) return `it refers to more than ${MAX_REFERENCES} others`
      const answer = await this.#ask(`/subjects/${encodeURIComponent(subject)}/versions/${version}`, signal)
      if (answer.kind === 'none') return `the registry does not have ${place}, to which it refers`
      // Its place is kept now, so that a circle ends; it comes behind its own all the same.
      texts.set(place, '')
      const why = await this.#collect(answer.found.references ?? [], texts, signal)
      if (why !== undefined) return why
      texts.delete(place)
      texts.set(place, answer.found.schema)
    }
    return undefined
  }

  async #ask(path: string, signal: AbortSignal): Promise<Answer> {
    const { status, text } = await this.#get(path, signal)
    const body = parsed(text)
    if (status === 200) {
      const found = schemaShape.safeParse(body)
      if (found.success) return { kind: 'schema', found: found.data }
      throw new RegistryAway(`the schema registry at ${this.name} answers something that is no schema`, checkUrl)
    }
    const error = errorShape.safeParse(body)
    const said = error.success ? error.data : undefined
    // 40401 to 40403: subject, version or schema not found. Any other 404 comes from something else at this address.
    if (status === 404 && said !== undefined && said.error_code >= 40_401 && said.error_code <= 40_403) {
      return { kind: 'none' }
    }
    const reason = `the schema registry at ${this.name} answers ${status}${said?.message === undefined ? '' : `: ${said.message}`}`
    if (status === 401 || status === 403) {
      throw new RegistryAway(
        reason,
        'check username and password of `kafka.schema_registry`, and what this user may read',
      )
    }
    throw new RegistryAway(reason, status < 500 ? checkUrl : 'see the log of the registry')
  }

  async #get(path: string, signal: AbortSignal): Promise<{ readonly status: number; readonly text: string }> {
    const { username, password } = this.#settings
    const request = this.#base.startsWith('https:') ? httpsRequest : httpRequest
    // Not `AbortSignal.any` with a timeout: Node 20 may collect that one as garbage before its time, and nobody is told.
    const within = new AbortController()
    const giveUp = () => within.abort()
    const timer = setTimeout(giveUp, ANSWER_WITHIN_MS)
    signal.addEventListener('abort', giveUp)
    try {
      signal.throwIfAborted()
      return await new Promise((resolve, reject) => {
        const asked = request(
          `${this.#base}${path}`,
          {
            agent: this.#agent,
            signal: within.signal,
            headers: { accept: 'application/vnd.schemaregistry.v1+json, application/json' },
            ...(username !== undefined && { auth: `${username}:${password ?? ''}` }),
          },
          response => textOf(response).then(text => resolve({ status: response.statusCode ?? 0, text }), reject),
        )
        asked.once('error', reject)
        asked.end()
      })
    } catch (cause) {
      signal.throwIfAborted()
      const why = within.signal.aborted ? `no answer within ${ANSWER_WITHIN_MS / 1_000} s` : (cause as Error).message
      const remedy = /certificate|SSL|TLS/i.test(why) ? 'check `kafka.schema_registry.ssl`' : checkUrl
      throw new RegistryAway(`no schema registry answers at ${this.name}: ${why}`, remedy, cause)
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
    }
  }
}

const checkUrl = 'check `kafka.schema_registry.url`'

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What is no JSON is told by what it lacks.
    return undefined
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`its answer is larger than ${MAX_ANSWER_BYTES} bytes`)
  }
  return Buffer.concat(chunks).toString('utf8')
}
