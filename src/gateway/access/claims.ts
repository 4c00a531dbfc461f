import type { JWTPayload } from 'jose'
import { type Role, roles } from '../../protocol/session.ts'
import type { Identity } from './visitor.ts'

/** What the claims of an issuer make of somebody. A claim is named as it stands, or by a dotted path to it. */
export type ClaimRules = {
  /** undefined: preferred_username, else email, else sub. */
  readonly nameClaim: string | undefined
  readonly roleClaim: string
  readonly roleOf: ReadonlyMap<string, Role>
  /** undefined: everybody may act on the alerts of all owners. */
  readonly ownersClaim: string | undefined
}

const LONGEST_NAME = 200
const MOST_OWNERS = 1_000

/** @returns undefined for `role` where no value of the claim stands for one; of several the one that may do most. */
export function identityOf(claims: JWTPayload, rules: ClaimRules): Omit<Identity, 'role'> & { readonly role?: Role } {
  const nameClaims = rules.nameClaim === undefined ? ['preferred_username', 'email', 'sub'] : [rules.nameClaim, 'sub']
  const name = nameClaims.flatMap(claim => textsAt(claims, claim))[0]?.slice(0, LONGEST_NAME) ?? 'somebody'
  const held = textsAt(claims, rules.roleClaim).flatMap(value => rules.roleOf.get(value) ?? [])
  const role = roles.findLast(candidate => held.includes(candidate))
  const owners =
    rules.ownersClaim === undefined ? undefined : new Set(textsAt(claims, rules.ownersClaim).slice(0, MOST_OWNERS))
  return { name, owners, ...(role !== undefined && { role }) }
}

/** The texts of a claim that is one or has a list of them; empty where it is neither. */
function textsAt(claims: JWTPayload, path: string): readonly string[] {
  const found = Object.hasOwn(claims, path) ? claims[path] : path.split('.').reduce<unknown>(fieldOf, claims)
  return [found].flat().filter((value): value is string => typeof value === 'string' && value.trim() !== '')
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined
