import type { IncomingMessage } from 'node:http'
import { ProblemError } from '../problem-error.ts'
import { isAllowed, leastRoleFor, type Permission } from './permission.ts'
import { notSignedIn } from './refusals.ts'
import type { SignIn } from './sign-in.ts'
import { anybody, type Visitor } from './visitor.ts'

/**
 * Who asks, and how much of the server one may hold. It outlives what it guards: when the rules are read anew, everything is
 * closed and opened again, and whoever was signed in stays so.
 */
export type Access = {
  /** How people sign in; undefined: nobody has to. */
  readonly signIn: SignIn | undefined
  /** @returns why nobody is known to ask, to be told where that matters. */
  visitorOf(request: IncomingMessage): Promise<Visitor | ProblemError>
  /** Counts a stream as open. @returns what ends that, to be called once; or why no further one may be opened. */
  openStream(visitor: Visitor, request: IncomingMessage): (() => void) | ProblemError
}

/** For a server that only this machine can reach. */
export const openToAnybody: Access = {
  signIn: undefined,
  visitorOf: async () => anybody,
  openStream: () => () => {},
}

/**
 * Who may do what he asks for; undefined: nobody who is known, where it takes nothing.
 *
 * @throws ProblemError `not-signed-in` or `not-allowed`.
 */
export async function admit(
  access: Access,
  request: IncomingMessage,
  permission: Permission,
): Promise<Visitor | undefined> {
  const found = await access.visitorOf(request)
  const least = leastRoleFor(permission)
  if (least === undefined) return found instanceof ProblemError ? undefined : found
  if (found instanceof ProblemError) throw found
  if (isAllowed(found.role, permission)) return found
  const detail = `this takes the role ${least}, and ${found.name} has the role ${found.role}`
  throw new ProblemError(
    'not-allowed',
    detail,
    `ask whoever runs this for the role ${least}, or for somebody who has it`,
  )
}

/** Whoever was admitted where it takes a role. @throws ProblemError where a route that takes none needs to know who asks. */
export function known(visitor: Visitor | undefined): Visitor {
  if (visitor === undefined) throw notSignedIn('nobody has said who asks')
  return visitor
}
