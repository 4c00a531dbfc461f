import { type Role, roles } from '../../protocol/session.ts'

/**
 * What somebody has to be allowed for a route or a channel, and the least role that is. Every route and every channel
 * names one, so that none is open because nobody thought of it.
 */
const leastRole = {
  /** Of those who have not said who they are, too: probes, and signing in itself. */
  nothing: undefined,
  /** Seeing numbers, cases, alerts and rules. */
  read: 'viewer',
  /** Acting on alerts, and silencing them. */
  respond: 'responder',
  /** Looking after what the program does for people: messages that were given up. */
  steward: 'steward',
  /** Sending events, which are counted. */
  send: 'steward',
  /** Saying that a definition is in force. */
  approve: 'approver',
  /** Running the program. */
  administer: 'admin',
} as const satisfies Readonly<Record<string, Role | undefined>>

export type Permission = keyof typeof leastRole

/** @param role of whoever asks; undefined: he has not said who he is. */
export function isAllowed(role: Role | undefined, permission: Permission): boolean {
  const least = leastRole[permission]
  if (least === undefined) return true
  return role !== undefined && roles.indexOf(role) >= roles.indexOf(least)
}

/** undefined: it takes none. */
export const leastRoleFor = (permission: Permission): Role | undefined => leastRole[permission]
