import { computed, effect, signal } from '@preact/signals'
import { type Role, roles, type Session, sessionSchema } from '../../protocol/session.ts'
import { ask } from './api.ts'
import { connection, startLive } from './live.ts'
import { post } from './post.ts'
import { stream } from './stream.ts'

/*
 * Who is at the page. Where people sign in, the stream is opened for somebody who is known; when it breaks, the server is
 * asked whether he still is. Signing in and out load the page anew, so that it keeps nothing of whoever was there before.
 */

const PATH = '/api/v1/session'
/** Why the issuer sent somebody back who is not signed in; read before the address is tidied up. */
export const cameBackWith = new URLSearchParams(location.search).get('sign_in_problem') ?? undefined

/** undefined: the server has not said yet. */
const session = signal<Session | undefined>(undefined)

/** undefined: nobody who is known. */
export const visitor = computed(() => session.value?.visitor ?? undefined)
/** How people sign in; undefined: nobody has to. */
export const signIn = computed(() => session.value?.sign_in ?? undefined)
export const mustSignIn = computed(() => signIn.value !== undefined && visitor.value === undefined)

/** Whether whoever is at the page may do what takes this role. */
export const may = (least: Role): boolean =>
  visitor.value !== undefined && roles.indexOf(visitor.value.role) >= roles.indexOf(least)

export function followSession(): void {
  askWho()
  effect(() => {
    const { phase } = connection.value
    // A stream that is refused says no more than that.
    if (phase === 'waiting' || phase === 'refused') askWho()
  })
}

async function askWho(): Promise<void> {
  const answer = await ask(PATH, sessionSchema, new AbortController().signal)
  if (answer.kind === 'found') session.value = answer.value
  if (mustSignIn.value) {
    stream.value?.close()
    stream.value = undefined
  } else stream.value ??= startLive()
}

/** @returns why it was refused, as `refusalOf` says. */
export async function signInBy(token: string): Promise<string | undefined> {
  const refusal = await refusalOf(PATH, { token })
  if (refusal === undefined) location.reload()
  return refusal
}

export async function signOut(): Promise<void> {
  if ((await refusalOf(`${PATH}/end`, {})) === undefined) location.reload()
}

/** Where a browser signs in at the issuer, and then comes back to the page as it is. */
export const addressOfIssuer = (): string => `${PATH}/issuer?page=${encodeURIComponent(location.search)}`

/** @returns the last word of the problem that it was refused with; `away`: there is no answer that the page can read. */
async function refusalOf(path: string, body: Readonly<Record<string, unknown>>): Promise<string | undefined> {
  const done = await post(path, sessionSchema, { body })
  if (done.kind === 'done') return undefined
  return done.kind === 'away' ? 'away' : done.problem.type.split(':').at(-1)
}
