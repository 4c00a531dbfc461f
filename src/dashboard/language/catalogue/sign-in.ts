import type { Role } from '../../../protocol/session.ts'

export type SignInWords = {
  readonly signIn: {
    readonly title: string
    readonly token: string
    readonly tokenNote: string
    readonly submit: string
    readonly issuer: string
    readonly or: string
    readonly signOut: string
    readonly role: Readonly<Record<Role, string>>
    /** By the last word of a problem. */
    readonly problems: ReadonlyMap<string, string>
    readonly otherProblem: string
  }
}
