import type { AlertTransition } from '../alerts/transition.ts'
import type { ToldState, ToldStates } from '../journal/told-states.ts'
import { messageId } from './message-id.ts'

/** Whether it says what has become of the beginning of an alert, and not what the alert has come to. */
export const isCorrection = ({ because }: AlertTransition): boolean => because === 'revised' || because === 'withdrawn'

/** A message to whoever was told of an alert, be it over or not. */
export type CorrectionMessage = { readonly id: string; readonly contactPoint: string; readonly state: ToldState }

/** Whom a correction is told to, at once and by itself: all who were told of the alert. */
export function correctionMessages(correction: AlertTransition, told: ToldStates): CorrectionMessage[] {
  const { id: alert, because, at, state } = correction
  const knowing = new Set([...told.contactPointsOf(alert), ...told.formerContactPointsOf(alert)])
  return [...knowing].map(contactPoint => ({
    id: messageId([alert, because, at, contactPoint]),
    contactPoint,
    state: state === 'resolved' ? state : (told.stateOf(alert, contactPoint) ?? 'resolved'),
  }))
}
