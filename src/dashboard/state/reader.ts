import { computed } from '@preact/signals'
import type { Alert } from '../../protocol/alert.ts'
import { remembered } from './remembered.ts'
import { may, signIn, visitor } from './session.ts'

/** The name that the reader gave where nobody signs in; undefined: none yet. The browser keeps it. */
export const givenName = remembered('reader')

/** Where people sign in, the server knows who does what, and takes no other name. */
export const isNameKnown = computed(() => signIn.value !== undefined)

/** By whom what the reader does is said to be done; undefined: nobody has said yet. */
export const readerName = computed(() => (isNameKnown.value ? visitor.value?.name : givenName.value))

/** Whether the server lets the reader act on an alert. */
export function mayActOn({ owner }: Pick<Alert, 'owner'>): boolean {
  const { owners = null } = visitor.value ?? {}
  return may('responder') && (owners === null || owners.includes(owner))
}
