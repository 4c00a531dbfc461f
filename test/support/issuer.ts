import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'

type Key = { readonly id: string; readonly algorithm: string; readonly privateKey: CryptoKey; readonly publicKey: JWK }

type Asked = { readonly nonce: string; readonly challenge: string; readonly redirectUri: string }

async function newKey(algorithm = 'ES256'): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  const id = randomUUID()
  return {
    id,
    algorithm,
    privateKey,
    publicKey: { ...(await exportJWK(publicKey)), kid: id, alg: algorithm, use: 'sig' },
  }
}

/**
 * A small OpenID provider: discovery, keys, and an authorization endpoint at which everybody is `claims` at once. It holds
 * clients to what the standards say: PKCE, one use of a code, the redirect address, the client's secret.
 */
export class TestIssuer {
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: Error) => response.writeHead(400).end(error.message))
  })
  readonly #codes = new Map<string, Asked>()
  #key: Key
  #keys: readonly Key[]
  address = ''
  clientId = 'stagewatch'
  clientSecret: string | undefined = 'a secret: 1'
  /** Who signs in. */
  claims: JWTPayload = { sub: 'u-1', preferred_username: 'li.wei', groups: ['ops'] }
  /** What its answers have in place of what they should. */
  amiss: {
    readonly azp?: string
    readonly nonce?: string
    readonly iss?: string
    readonly state?: string
    readonly audience?: string
  } = {}
  /** Paths that were asked for, in order. */
  readonly asked: string[] = []

  private constructor(key: Key) {
    this.#key = key
    this.#keys = [key]
  }

  static async open(): Promise<TestIssuer> {
    const issuer = new TestIssuer(await newKey())
    await new Promise<void>(resolve => issuer.#server.listen(0, '127.0.0.1', resolve))
    issuer.address = `http://127.0.0.1:${(issuer.#server.address() as AddressInfo).port}`
    return issuer
  }

  /** Signs with a new key from now on; the former one is shown no more. */
  async rotate(algorithm?: string): Promise<void> {
    this.#key = await newKey(algorithm)
    this.#keys = [this.#key]
  }

  /** A token that is good for five minutes, but for what is said otherwise. */
  async sign(
    claims: Readonly<Record<string, unknown>> = {},
    header: Readonly<Record<string, unknown>> = {},
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1_000)
    const payload = { iss: this.address, aud: 'api', iat: now, exp: now + 300, ...this.claims, ...claims }
    return new SignJWT(payload)
      .setProtectedHeader({ alg: this.#key.algorithm, kid: this.#key.id, ...header })
      .sign(this.#key.privateKey)
  }

  /** The public part of its key, which everybody has. */
  get publicKey(): JWK {
    return this.#key.publicKey
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', this.address)
    this.asked.push(url.pathname)
    const json = (body: object) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        json({
          issuer: this.address,
          jwks_uri: `${this.address}/keys`,
          authorization_endpoint: `${this.address}/authorize`,
          token_endpoint: `${this.address}/token`,
          authorization_response_iss_parameter_supported: true,
        })
        return
      case '/keys':
        json({ keys: this.#keys.map(({ publicKey }) => publicKey) })
        return
      case '/authorize': {
        const { code_challenge_method: method, ...asked } = Object.fromEntries(url.searchParams)
        if (method !== 'S256' || asked.client_id !== this.clientId)
          throw new Error('an unknown client, or without S256')
        const code = randomUUID()
        const { nonce = '', code_challenge: challenge = '', redirect_uri: redirectUri = '', state = '' } = asked
        this.#codes.set(code, { nonce, challenge, redirectUri })
        const back = new URL(redirectUri)
        back.search = String(
          new URLSearchParams({ code, state: this.amiss.state ?? state, iss: this.amiss.iss ?? this.address }),
        )
        response.writeHead(302, { location: back.href }).end()
        return
      }
      case '/token': {
        const body = new URLSearchParams(await text(request))
        const credentials = [this.clientId, this.clientSecret ?? ''].map(encodeURIComponent).join(':')
        const isClient = request.headers.authorization === `Basic ${Buffer.from(credentials).toString('base64')}`
        const code = body.get('code') ?? ''
        const asked = this.#codes.get(code)
        this.#codes.delete(code)
        const verifier = createHash('sha256').update(body.get('code_verifier') ?? '')
        const isAsked =
          asked?.challenge === verifier.digest('base64url') && asked.redirectUri === body.get('redirect_uri')
        if (!isClient || !isAsked) throw new Error('no such code of this client')
        const { nonce = asked.nonce, audience = this.clientId, azp } = this.amiss
        json({ access_token: 'none', token_type: 'Bearer', id_token: await this.sign({ nonce, aud: audience, azp }) })
        return
      }
      default:
        response.writeHead(404).end()
    }
  }
}
