import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Identity, Visitor } from './visitor.ts'

/** A token of the configuration, of which only the hash is kept. */
export type StaticToken = Identity & { readonly sha256: Buffer }

/** What somebody may choose as one: nobody guesses it, and a header can carry it. */
export const tokenPattern = /^[\x21-\x7e]{32,}$/

export const tokenHash = (token: string): Buffer => createHash('sha256').update(token).digest()

/** 256 random bits. The beginning lets people and scanners of repositories tell what it is. */
export const newToken = (): string => `sw_${randomBytes(32).toString('base64url')}`

export class StaticTokens {
  readonly #known: readonly { readonly sha256: Buffer; readonly visitor: Visitor }[]

  constructor(tokens: readonly StaticToken[]) {
    // A token ends with the process: which ones there are stands in its configuration.
    const { signal: ended } = new AbortController()
    this.#known = tokens.map(({ sha256, ...identity }) => ({ sha256, visitor: { ...identity, ended } }))
  }

  /** Takes as long for a wrong token as for a right one, wherever that stands. */
  visitorOf(token: string): Visitor | undefined {
    const hash = tokenHash(token)
    let found: Visitor | undefined
    for (const { sha256, visitor } of this.#known) if (timingSafeEqual(sha256, hash)) found = visitor
    return found
  }
}
