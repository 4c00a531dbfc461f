import { signal } from '@preact/signals'
import type { Alert } from '../../../../protocol/alert.ts'
import { openAlert } from '../../../state/address.ts'
import { alertDeed, carryOut, type DeedKind } from '../../../state/deeds.ts'
import { mayActOn, readerName } from '../../../state/reader.ts'

/** What a form is filled in for, beside the alert that is open; feedback carries its verdict. */
export type OpenForm =
  | { readonly kind: Exclude<DeedKind, 'feedback'> }
  | { readonly kind: 'feedback'; readonly verdict: 'useful' | 'false_alarm' }

export const openForm = signal<OpenForm | undefined>(undefined)
/** What was done last, to be said aloud. */
export const lastDone = signal<DeedKind | undefined>(undefined)

/** Does what needs nothing but a name, or asks for the name first. */
export function doAtOnce(form: OpenForm, alert: Alert): void {
  // There it says why not.
  if (!mayActOn(alert)) {
    openAlert.value = alert.id
    return
  }
  const by = readerName.peek()
  const deed = by === undefined ? undefined : plainDeed(form, alert, by)
  if (deed === undefined) askFor(form, alert)
  else void carryOut(deed).then(isDone => isDone && tellDone(form.kind))
}

/** The deed of a form in which nothing but the name is filled in; undefined: it takes more. */
export function plainDeed(form: OpenForm, alert: Alert, by: string) {
  if (form.kind === 'acknowledge' || form.kind === 'unacknowledge') return alertDeed(form.kind, alert.id, by)
  if (form.kind === 'feedback') return alertDeed('feedback', alert.id, by, { verdict: form.verdict })
  return undefined
}

export function askFor(form: OpenForm, alert: Alert): void {
  openAlert.value = alert.id
  openForm.value = form
}

export function tellDone(kind: DeedKind): void {
  lastDone.value = kind
}
