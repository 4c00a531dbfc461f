import type { IncomingMessage } from 'node:http'
import type { JWTPayload } from 'jose'
import { ProblemError } from '../problem-error.ts'
import type { Access } from './access.ts'
import { AuthorizationCode, type AuthorizationCodeOptions } from './authorization-code.ts'
import { type ClaimRules, identityOf } from './claims.ts'
import { ClientAddresses, type ProxyNetwork } from './client-address.ts'
import { cookieOf, setCookie } from './cookies.ts'
import { SESSION_COOKIE } from './described.ts'
import { FailedSignIns } from './failed-sign-ins.ts'
import { Issuer, type IssuerOptions } from './issuer.ts'
import { notSignedIn, withoutRole } from './refusals.ts'
import { defaultSessionLimits, type SessionLimits, Sessions } from './sessions.ts'
import { type StaticToken, StaticTokens } from './static-tokens.ts'
import { StreamQuota } from './stream-quota.ts'
import type { Visitor } from './visitor.ts'

export type OidcOptions = IssuerOptions & {
  readonly claims: ClaimRules
  /** Whom the tokens are for that programs send; undefined: they may send none of this issuer. */
  readonly audience: string | undefined
  /** undefined: people cannot sign in by it. */
  readonly people: AuthorizationCodeOptions | undefined
}

export type AccessLimits = {
  /** Tokens that do not count, from one address. */
  readonly failedSignInsPerMinute: number
  readonly streamsOfVisitor: number
  readonly streamsOfAddress: number
}

export const defaultAccessLimits: AccessLimits = {
  failedSignInsPerMinute: 30,
  streamsOfVisitor: 50,
  streamsOfAddress: 200,
}

export type SignInOptions = {
  readonly tokens: readonly StaticToken[]
  readonly oidc?: OidcOptions | undefined
  readonly proxies?: readonly ProxyNetwork[]
  readonly sessions?: Partial<SessionLimits>
  readonly limits?: Partial<AccessLimits>
  readonly now?: () => number
  /** Told of what whoever runs this should see. */
  readonly warn?: (details: object, message: string) => void
}

const counted = [
  'not-signed-in',
  'not-allowed',
  'too-many-sign-ins',
  'sign-in-unavailable',
  'too-many-streams',
] as const

export type AccessCounts = {
  readonly sessions: number
  /** Tokens and streams since the start, by the last word of the problem that they were refused with. */
  readonly refused: Readonly<Record<(typeof counted)[number], number>>
}

/** Held by a browser that is at the issuer. */
const WAY_COOKIE = 'stagewatch_sign_in'
const WAY_WITHIN_S = 600

/** Longer than any token that is of use. */
const LONGEST_TOKEN = 16_384

/*
 * Who asks: a token of the configuration, a token of the issuer, or a session that began with one of these.
 *
 *     Authorization: Bearer ─┬─▶ static tokens
 *                            └─▶ issuer ─▶ claims ─▶ role, owners
 *     cookie ─▶ sessions ◀─ POST /api/v1/session, or back from the issuer
 */
export class SignIn implements Access {
  readonly #tokens: StaticTokens
  readonly #oidc: (OidcOptions & { readonly issuer: Issuer; readonly way: AuthorizationCode | undefined }) | undefined
  readonly #sessions: Sessions
  readonly #addresses: ClientAddresses
  readonly #failed: FailedSignIns
  readonly #streams: StreamQuota
  readonly #sessionLimits: SessionLimits
  readonly #now: () => number
  readonly #warn: NonNullable<SignInOptions['warn']>
  readonly #refused = new Map<string, number>()
  readonly signIn = this

  constructor({ tokens, oidc, proxies = [], sessions, limits, now = Date.now, warn = () => {} }: SignInOptions) {
    const { failedSignInsPerMinute, streamsOfVisitor, streamsOfAddress } = { ...defaultAccessLimits, ...limits }
    this.#tokens = new StaticTokens(tokens)
    if (oidc !== undefined) {
      const issuer = new Issuer(oidc)
      const way = oidc.people && new AuthorizationCode(issuer, oidc.people)
      this.#oidc = { ...oidc, issuer, way }
    }
    this.#sessionLimits = { ...defaultSessionLimits, ...sessions }
    this.#sessions = new Sessions(this.#sessionLimits, now)
    this.#addresses = new ClientAddresses(proxies)
    this.#failed = new FailedSignIns(failedSignInsPerMinute, now)
    this.#streams = new StreamQuota({ ofVisitor: streamsOfVisitor, ofAddress: streamsOfAddress })
    this.#now = now
    this.#warn = warn
  }

  /** Whether people may sign in at an issuer. */
  get hasIssuer(): boolean {
    return this.#oidc?.way !== undefined
  }

  counts(): AccessCounts {
    const refused = Object.fromEntries(counted.map(word => [word, this.#refused.get(word) ?? 0]))
    return { sessions: this.#sessions.size, refused: refused as AccessCounts['refused'] }
  }

  async visitorOf(request: IncomingMessage): Promise<Visitor | ProblemError> {
    const { authorization } = request.headers
    if (authorization === undefined) {
      const id = cookieOf(request, SESSION_COOKIE)
      if (id === undefined) return notSignedIn('nobody has said who asks')
      return this.#sessions.visitorOf(id) ?? notSignedIn('the session has ended')
    }
    const [, token] = /^bearer +(\S+)$/i.exec(authorization) ?? []
    if (token === undefined) return notSignedIn('the header Authorization has no bearer token', true)
    return this.#visitorBy(token, request)
  }

  openStream(visitor: Visitor, request: IncomingMessage): (() => void) | ProblemError {
    const close = this.#streams.open(visitor.name, this.#addresses.of(request))
    if (close instanceof ProblemError) return this.#counted(close)
    const letGo = this.#sessions.hold(visitor)
    return () => {
      letGo()
      close()
    }
  }

  /** Signs in by a token. @returns what the browser is to keep. @throws ProblemError where the token does not count. */
  async begin(
    token: string,
    request: IncomingMessage,
  ): Promise<{ readonly visitor: Visitor; readonly cookie: string }> {
    const visitor = await this.#visitorBy(token, request)
    if (visitor instanceof ProblemError) throw visitor
    return { visitor, cookie: this.#open(visitor, request) }
  }

  /** Signs out. @returns what the browser is to keep. */
  end(request: IncomingMessage): string {
    this.#endFormer(request)
    return setCookie({ name: SESSION_COOKIE, value: '', sameSite: 'Strict', maxAgeS: 0 }, isByHttps(request))
  }

  /** Sends a browser to the issuer. @throws ProblemError `sign-in-unavailable`. */
  async leave(page: string, request: IncomingMessage): Promise<{ readonly leadsTo: string; readonly cookie: string }> {
    const { leadsTo, kept } = await this.#way().begin(page)
    // Whoever comes back comes from another site, to which a strict cookie is not sent.
    const way = { name: WAY_COOKIE, value: kept, sameSite: 'Lax', maxAgeS: WAY_WITHIN_S } as const
    return { leadsTo, cookie: setCookie(way, isByHttps(request)) }
  }

  /** Signs in whoever comes back from the issuer. @throws ProblemError where he may not. */
  async comeBack(
    answered: URLSearchParams,
    request: IncomingMessage,
  ): Promise<{ readonly page: string; readonly cookies: readonly string[] }> {
    const { claims, page } = await this.#way().finish(answered, cookieOf(request, WAY_COOKIE) ?? '')
    const visitor = this.#visitorOf(claims, () => new AbortController().signal)
    const session = this.#open(visitor, request)
    return { page, cookies: [session, this.wayForgotten(request)] }
  }

  wayForgotten(request: IncomingMessage): string {
    return setCookie({ name: WAY_COOKIE, value: '', sameSite: 'Lax', maxAgeS: 0 }, isByHttps(request))
  }

  async #visitorBy(token: string, request: IncomingMessage): Promise<Visitor | ProblemError> {
    const address = this.#addresses.of(request)
    const blockedForMs = this.#failed.blockedForMs(address)
    if (blockedForMs > 0) return this.#counted(tooMany(blockedForMs))
    const found = token.length > LONGEST_TOKEN ? undefined : this.#tokens.visitorOf(token)
    if (found !== undefined) return found
    const refusal = await this.#byIssuer(token)
    if (!(refusal instanceof ProblemError)) return refusal
    if (refusal.word === 'not-signed-in' && this.#failed.add(address)) {
      this.#warn({ address }, 'tokens of this address are not looked at for a minute: too many did not count')
    }
    return this.#counted(refusal)
  }

  async #byIssuer(token: string): Promise<Visitor | ProblemError> {
    const audience = this.#oidc?.audience
    const isOfIssuer = token.length <= LONGEST_TOKEN && token.split('.').length === 3
    if (this.#oidc === undefined || audience === undefined || !isOfIssuer) {
      return notSignedIn('the token is none of those that are known here', true)
    }
    try {
      const claims = await this.#oidc.issuer.claimsOf(token, audience)
      return this.#visitorOf(claims, () => AbortSignal.timeout(timerMs(claims.exp * 1_000 - this.#now())))
    } catch (error) {
      if (error instanceof ProblemError) return error
      throw error
    }
  }

  /** @throws ProblemError where the claims stand for no role. */
  #visitorOf(claims: JWTPayload, ending: () => AbortSignal): Visitor {
    const { role, ...rest } = identityOf(claims, (this.#oidc as OidcOptions).claims)
    if (role === undefined) throw withoutRole(rest.name)
    let signal: AbortSignal | undefined
    return {
      ...rest,
      role,
      // Most requests are over before their token is: a timer is for those who ask.
      get ended() {
        signal ??= ending()
        return signal
      },
    }
  }

  #counted(refusal: ProblemError): ProblemError {
    this.#refused.set(refusal.word, (this.#refused.get(refusal.word) ?? 0) + 1)
    return refusal
  }

  #endFormer(request: IncomingMessage): void {
    const id = cookieOf(request, SESSION_COOKIE)
    if (id !== undefined) this.#sessions.end(id)
  }

  #open(visitor: Visitor, request: IncomingMessage): string {
    // A browser holds one: nobody would end the one before.
    this.#endFormer(request)
    const maxAgeS = Math.ceil(this.#sessionLimits.absoluteMs / 1_000)
    const value = this.#sessions.open(visitor)
    return setCookie({ name: SESSION_COOKIE, value, sameSite: 'Strict', maxAgeS }, isByHttps(request))
  }

  #way(): AuthorizationCode {
    const way = this.#oidc?.way
    if (way !== undefined) return way
    const remedy = 'sign in with a token, or have http.sign_in.oidc configured'
    throw new ProblemError('unknown-route', 'nobody signs in at an issuer here', remedy)
  }
}

/** Whether a browser reached this by https: the proxy that it spoke to says so. Who lies is bound to https himself. */
const isByHttps = ({ headers }: IncomingMessage): boolean =>
  String(headers['x-forwarded-proto']).split(',', 1)[0]?.trim() === 'https'

/** A timer takes no longer time: 24 days. */
const LONGEST_TIMER_MS = 2_147_483_647
const timerMs = (ms: number): number => Math.min(Math.max(0, ms), LONGEST_TIMER_MS)

function tooMany(forMs: number): ProblemError {
  const seconds = Math.ceil(forMs / 1_000)
  const detail = 'too many tokens that do not count came from this address'
  const remedy = `wait ${seconds} s, and mend the program that sends them`
  return new ProblemError('too-many-sign-ins', detail, remedy, undefined, { 'retry-after': String(seconds) })
}
