import type { $ZodType } from 'zod/v4/core'
import { alertMessageSchema, statisticsMessageSchema, statusMessageSchema } from '../../protocol/message.ts'
import type { Role } from '../../protocol/session.ts'
import { isAllowed, type Permission } from '../access/permission.ts'

/** What somebody can follow. */
export type Channel = {
  readonly permission: Permission
  /** `history`: every message, in order, and those missed; `latest`: the newest message only. */
  readonly keeps: 'history' | 'latest'
  readonly message: $ZodType
  /** One sentence. */
  readonly summary: string
}

/** By its name, as the description of the stream has it. Every one says what it takes to be allowed. */
export const channels = {
  alerts: {
    permission: 'read',
    keeps: 'history',
    message: alertMessageSchema,
    summary: 'Every transition of an alert of any process, and every action on one',
  },
  'statistics:{process}': {
    permission: 'read',
    keeps: 'latest',
    message: statisticsMessageSchema,
    summary: 'The statistics of a process after an evaluation',
  },
  status: {
    permission: 'read',
    keeps: 'latest',
    message: statusMessageSchema,
    summary: 'How fresh the numbers are, and what keeps them from being fresher',
  },
} as const satisfies Readonly<Record<string, Channel>>

/** A channel by name, with the process that the name ends in, where it does. */
export type ChannelName = 'alerts' | 'status' | `statistics:${string}`

export const statisticsOf = (process: string): ChannelName => `statistics:${process}`

/** @returns undefined: there is no such channel. */
export function channelNamed(name: string, processes: readonly { readonly name: string }[]): ChannelName | undefined {
  if (name === 'alerts' || name === 'status') return name
  const process = processes.find(candidate => statisticsOf(candidate.name) === name)
  return process && statisticsOf(process.name)
}

/** @param role undefined: he has not said who he is. */
export function mayFollow({ role }: { readonly role: Role | undefined }, name: ChannelName): boolean {
  const declared = name === 'alerts' || name === 'status' ? name : 'statistics:{process}'
  return isAllowed(role, channels[declared].permission)
}
