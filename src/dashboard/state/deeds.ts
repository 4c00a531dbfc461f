import { signal } from '@preact/signals'
import * as z from 'zod/mini'
import type { Trouble } from './api.ts'
import { apiPath } from './api-path.ts'
import { post } from './post.ts'

/*
 * What the reader does to alerts. Each deed is sent under an id of its own, which stays the same for as long as it is
 * the same deed: whoever did not hear the answer sends it again, and it is done once.
 */

export const deedKinds = [
  'acknowledge',
  'unacknowledge',
  'assign',
  'snooze',
  'comment',
  'feedback',
  'resolve',
  'silence',
] as const
export type DeedKind = (typeof deedKinds)[number]

export type Deed = {
  readonly kind: DeedKind
  /** The alert that it is done to, or from which it was meant. */
  readonly alert: string
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
}

/** A deed that is not known to be done. */
export type Attempt = {
  readonly deed: Deed
  readonly id: string
  /** Why it is not; undefined: it is under way. */
  readonly trouble: Trouble | undefined
}

/** One at most for each kind and alert. */
export const attempts = signal<ReadonlyMap<string, Attempt>>(new Map())

const placeOf = ({ kind, alert }: Pick<Deed, 'kind' | 'alert'>): string => `${kind} ${alert}`
export const attemptOf = (kind: DeedKind, alert: string): Attempt | undefined =>
  attempts.value.get(placeOf({ kind, alert }))

/** Something that is done to an alert by a person. */
export const alertDeed = (
  kind: Exclude<DeedKind, 'silence'>,
  alert: string,
  by: string,
  fields: Readonly<Record<string, string | null>> = {},
): Deed => ({ kind, alert, path: apiPath('alerts', alert, kind), body: { by, ...fields } })

/** Only whether it was done matters: what it came to is told by the stream. */
const answerSchema = z.object({ repeated: z.boolean() })

/**
 * Does it, once. While the like is under way nothing is sent; what failed before goes under its former id where it is
 * the very same, since the server may have done it.
 *
 * @returns whether it is done.
 */
export async function carryOut(deed: Deed): Promise<boolean> {
  const place = placeOf(deed)
  const former = attempts.peek().get(place)
  if (former !== undefined && former.trouble === undefined) return false
  const isSame = former !== undefined && JSON.stringify(former.deed.body) === JSON.stringify(deed.body)
  const id = isSame ? former.id : newId()
  put(place, { deed, id, trouble: undefined })
  const answer = await post(deed.path, answerSchema, { body: deed.body, id })
  if (answer.kind === 'done') {
    put(place, undefined)
    return true
  }
  put(place, { deed, id, trouble: answer })
  return false
}

/** What failed is no longer wanted. */
export function giveUp({ deed }: Attempt): void {
  put(placeOf(deed), undefined)
}

function put(place: string, attempt: Attempt | undefined): void {
  const next = new Map(attempts.peek())
  if (attempt === undefined) next.delete(place)
  else next.set(place, attempt)
  attempts.value = next
}

/** 128 random bits; crypto.randomUUID is missing where the page comes over plain HTTP. */
const newId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('')
