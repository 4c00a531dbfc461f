import type { Labelled } from '../alerts/alert-labels.ts'
import { type AlertMarks, unmarked } from '../alerts/alert-marks.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import type { QuietReason } from '../rules/quiet-reasons.ts'

/** What keeps people from being told of alerts, beside what is done to one of them. */
export interface Hush {
  /** As of now. */
  marksOf(alert: AlertTransition): AlertMarks
  /** Why nobody would be told of an alert with these labels now. @param alert the one under way; undefined: there is none. */
  reasons(labelled: Labelled, alert: AlertTransition | undefined): readonly QuietReason[]
}

/** Everybody is told of everything. */
export const noHush: Hush = { marksOf: () => unmarked, reasons: () => [] }
