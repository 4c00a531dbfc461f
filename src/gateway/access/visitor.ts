import type { Role } from '../../protocol/session.ts'

/** Who asks, as far as it matters to what he may. */
export type Visitor = {
  /** By which people know him: what he does is kept under it. */
  readonly name: string
  readonly role: Role
  /** Owners on whose alerts he may act; undefined: on all. */
  readonly owners: ReadonlySet<string> | undefined
  /** Aborted when he is signed out or his session ends: what is open for him closes then. */
  readonly ended: AbortSignal
}

/** What is known of somebody, whichever way he came. */
export type Identity = Omit<Visitor, 'ended'>

/** Whoever reaches a server that asks nobody to sign in. */
export const anybody: Visitor = {
  name: 'anybody',
  role: 'admin',
  owners: undefined,
  ended: new AbortController().signal,
}
