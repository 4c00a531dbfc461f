import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import * as z from 'zod'
import { jsonOf } from './issuer-answer.ts'
import { issuerAway, notSignedIn } from './refusals.ts'

export type IssuerOptions = {
  /** Its address, exactly as its tokens name it. */
  readonly address: string
  /** Least time between two looks for keys that are not known. Default: 30 s. */
  readonly looksAgainAfterMs?: number
}

/** Signatures that only the issuer can make: of a shared secret one could not tell who has made it. */
const ALGORITHMS = ['RS', 'PS', 'ES'].flatMap(kind => ['256', '384', '512'].map(bits => kind + bits))
const ACCEPTED = [...ALGORITHMS, 'EdDSA', 'Ed25519']

/** By so much clocks may differ. */
const CLOCK_TOLERANCE_S = 5
const ANSWERS_WITHIN_MS = 5_000
const KEYS_FOR_MS = 600_000
const METADATA_FOR_MS = 3_600_000
/** An issuer that was away is not asked again before. */
const AWAY_FOR_MS = 2_000

const metadataSchema = z.looseObject({
  issuer: z.string(),
  jwks_uri: z.url(),
  authorization_endpoint: z.url().optional(),
  token_endpoint: z.url().optional(),
  token_endpoint_auth_methods_supported: z.array(z.string()).optional(),
  authorization_response_iss_parameter_supported: z.boolean().optional(),
})
export type IssuerMetadata = z.output<typeof metadataSchema>

type Found = { readonly metadata: IssuerMetadata; readonly keys: JWTVerifyGetKey }

/** Who says who people are (OpenID Connect Discovery 1.0, RFC 7519): its keys are fetched when they are needed. */
export class Issuer {
  readonly address: string
  readonly #looksAgainAfterMs: number
  #found: { readonly until: number; readonly found: Promise<Found> } | undefined

  constructor({ address, looksAgainAfterMs = 30_000 }: IssuerOptions) {
    this.address = address
    this.#looksAgainAfterMs = looksAgainAfterMs
  }

  /** @throws ProblemError `sign-in-unavailable`. */
  async metadata(): Promise<IssuerMetadata> {
    return (await this.#find()).metadata
  }

  /**
   * The claims of a token that this issuer has signed, that is for `audience`, in force now, and ends some day.
   *
   * @throws ProblemError `not-signed-in` with what is wrong with it, or `sign-in-unavailable`.
   */
  async claimsOf(token: string, audience: string): Promise<JWTPayload & { readonly exp: number }> {
    const { keys } = await this.#find()
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: this.address,
        audience,
        algorithms: ACCEPTED,
        clockTolerance: CLOCK_TOLERANCE_S,
        requiredClaims: ['exp', 'sub'],
      })
      return { ...payload, exp: payload.exp as number }
    } catch (error) {
      const wrong = wrongWith(error)
      if (wrong === undefined) throw issuerAway(error as Error)
      throw notSignedIn(`the token ${wrong}`, true)
    }
  }

  #find(): Promise<Found> {
    const now = performance.now()
    if (this.#found !== undefined && now < this.#found.until) return this.#found.found
    const found = this.#ask()
    this.#found = { until: now + METADATA_FOR_MS, found }
    found.catch(() => {
      this.#found = { until: performance.now() + AWAY_FOR_MS, found }
    })
    return found
  }

  async #ask(): Promise<Found> {
    try {
      const url = new URL(`${this.address.replace(/\/$/, '')}/.well-known/openid-configuration`)
      const metadata = metadataSchema.parse(await jsonOf(url, { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) }))
      if (metadata.issuer !== this.address) throw new Error(`it calls itself ${metadata.issuer}, not ${this.address}`)
      const keys = createRemoteJWKSet(new URL(metadata.jwks_uri), {
        timeoutDuration: ANSWERS_WITHIN_MS,
        cooldownDuration: this.#looksAgainAfterMs,
        cacheMaxAge: KEYS_FOR_MS,
      })
      return { metadata, keys }
    } catch (error) {
      throw issuerAway(error as Error)
    }
  }
}

/** @returns undefined where nothing can be told of the token. */
function wrongWith(error: unknown): string | undefined {
  if (error instanceof errors.JWTExpired) return 'has expired'
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason === 'missing') return `has no claim ${error.claim}`
    if (error.claim === 'iss') return 'is of another issuer'
    if (error.claim === 'aud') return 'is for another audience'
    if (error.claim === 'nbf') return 'is not in force yet'
    return `has a claim ${error.claim} that does not hold`
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'is not signed by the issuer'
  if (error instanceof errors.JWKSNoMatchingKey) return 'is signed by a key that the issuer does not have'
  if (error instanceof errors.JWKSMultipleMatchingKeys) return 'does not say by which key of the issuer it is signed'
  if (error instanceof errors.JOSEAlgNotAllowed) return 'is signed in a way that is not accepted'
  const malformed = [errors.JWTInvalid, errors.JWSInvalid, errors.JOSENotSupported]
  return malformed.some(kind => error instanceof kind) ? 'is malformed' : undefined
}
