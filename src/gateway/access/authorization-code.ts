import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { JWTPayload } from 'jose'
import * as z from 'zod'
import type { Issuer, IssuerMetadata } from './issuer.ts'
import { jsonOf } from './issuer-answer.ts'
import { issuerAway, notSignedIn } from './refusals.ts'

export type AuthorizationCodeOptions = {
  readonly clientId: string
  /** undefined: the issuer knows this client as one that has none. */
  readonly clientSecret: string | undefined
  readonly scopes: readonly string[]
  /** Where the issuer sends people back to, as it knows it. */
  readonly redirectUri: string
}

const ANSWERS_WITHIN_MS = 10_000

/** What a browser keeps until it comes back: that it is the same one, and where it wanted to go. */
const keptSchema = z.strictObject({ state: z.string(), nonce: z.string(), verifier: z.string(), page: z.string() })

const tokensSchema = z.looseObject({ id_token: z.string() })

/**
 * People sign in at the issuer (OpenID Connect Core 1.0, 3.1, with PKCE of RFC 7636). Nothing is kept here meanwhile: the
 * browser has it in a cookie that no script sees, so that whoever comes back is who has left.
 */
export class AuthorizationCode {
  readonly #issuer: Issuer
  readonly #options: AuthorizationCodeOptions

  constructor(issuer: Issuer, options: AuthorizationCodeOptions) {
    this.#issuer = issuer
    this.#options = options
  }

  /** @param page the query of the page that somebody comes from. @throws ProblemError `sign-in-unavailable`. */
  async begin(page: string): Promise<{ readonly leadsTo: string; readonly kept: string }> {
    const { authorization_endpoint: endpoint } = await this.#issuer.metadata()
    if (endpoint === undefined) throw issuerAway(new Error('it names no authorization_endpoint'))
    const { clientId, scopes, redirectUri } = this.#options
    const [state, nonce, verifier] = [random(), random(), random()]
    const url = new URL(endpoint)
    const asked = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: scopes.join(' '),
      state,
      nonce,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value)
    const kept = Buffer.from(JSON.stringify({ state, nonce, verifier, page })).toString('base64url')
    return { leadsTo: url.href, kept }
  }

  /**
   * Who came back.
   *
   * @param answered the query of the address that the issuer has sent him to.
   * @param kept by his browser.
   * @throws ProblemError `not-signed-in` or `sign-in-unavailable`.
   */
  async finish(
    answered: URLSearchParams,
    kept: string,
  ): Promise<{ readonly claims: JWTPayload; readonly page: string }> {
    const { state, nonce, verifier, page } = readKept(kept)
    const metadata = await this.#issuer.metadata()
    if (!isSame(answered.get('state'), state)) throw notSignedIn('the answer of the issuer is not for this browser')
    const from = answered.get('iss')
    const mustSayFrom = metadata.authorization_response_iss_parameter_supported === true
    if (from === null ? mustSayFrom : from !== this.#issuer.address) {
      throw notSignedIn('the answer is not that of the issuer')
    }
    const code = answered.get('code')
    if (code === null) throw notSignedIn(`the issuer says: ${(answered.get('error') ?? 'nothing').slice(0, 100)}`)
    const token = await this.#redeem(metadata, code, verifier)
    const { clientId } = this.#options
    const claims = await this.#issuer.claimsOf(token, clientId)
    if (!isSame(claims.nonce, nonce)) throw notSignedIn('the token of the issuer is not for this sign-in')
    const { azp = clientId } = claims
    if (azp !== clientId) throw notSignedIn('the token of the issuer is for another client')
    return { claims, page }
  }

  async #redeem(metadata: IssuerMetadata, code: string, verifier: string): Promise<string> {
    const { token_endpoint: endpoint, token_endpoint_auth_methods_supported: methods } = metadata
    if (endpoint === undefined) throw issuerAway(new Error('it names no token_endpoint'))
    const { clientId, clientSecret, redirectUri } = this.#options
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    })
    const headers = new Headers({ accept: 'application/json' })
    const isInHeader = methods === undefined || methods.includes('client_secret_basic')
    if (clientSecret !== undefined && isInHeader) {
      const credentials = [clientId, clientSecret].map(encodeURIComponent).join(':')
      headers.set('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`)
    } else {
      body.set('client_id', clientId)
      if (clientSecret !== undefined) body.set('client_secret', clientSecret)
    }
    const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS)
    try {
      return tokensSchema.parse(await jsonOf(new URL(endpoint), { method: 'POST', headers, body, signal })).id_token
    } catch (error) {
      throw issuerAway(error as Error)
    }
  }
}

const random = (): string => randomBytes(32).toString('base64url')

function isSame(said: unknown, expected: string): boolean {
  if (typeof said !== 'string') return false
  const [left, right] = [Buffer.from(said), Buffer.from(expected)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function readKept(kept: string): z.output<typeof keptSchema> {
  try {
    return keptSchema.parse(JSON.parse(Buffer.from(kept, 'base64url').toString('utf8')))
  } catch (cause) {
    const refusal = notSignedIn('this browser has not begun to sign in, or so long ago that it was given up')
    refusal.cause = cause
    throw refusal
  }
}
