import type { Instant } from '../event/instant.ts'
import type { AlertAction, AlertDeed, AlertFeedback, ResolutionCause } from './alert-action.ts'
import type { AlertPhase } from './transition.ts'

type Mark = { readonly by: string; readonly at: Instant }

/**
 * What people have made of an alert: it lies over the alert's state, which only `resolve` changes. Of one episode; the next one of
 * the same rule and segment has another id, and begins untouched.
 */
export type AlertOverlay = {
  /** undefined: nobody has, or it was taken back. The latest counts. */
  readonly acknowledged: Mark | undefined
  readonly assignedTo: string | undefined
  /** The latest counts; it may have passed. */
  readonly snoozedUntil: Instant | undefined
  /** In their order. */
  readonly comments: readonly (Mark & { readonly text: string })[]
  /** The latest counts. */
  readonly feedback: (Mark & { readonly verdict: AlertFeedback }) | undefined
  /** Who ended it, and what it came from; undefined: nobody did. */
  readonly resolution: (Mark & { readonly cause: ResolutionCause; readonly text: string | undefined }) | undefined
}

export const untouched: AlertOverlay = {
  acknowledged: undefined,
  assignedTo: undefined,
  snoozedUntil: undefined,
  comments: [],
  feedback: undefined,
  resolution: undefined,
}

/** @param action the next one on the same alert, in the journal's order. */
export function withAction(overlay: AlertOverlay, action: AlertAction): AlertOverlay {
  const { by, at } = action
  switch (action.kind) {
    case 'acknowledge':
      return { ...overlay, acknowledged: { by, at } }
    case 'unacknowledge':
      return { ...overlay, acknowledged: undefined }
    case 'assign':
      return { ...overlay, assignedTo: action.fields.to ?? undefined }
    case 'snooze':
      return { ...overlay, snoozedUntil: action.fields.until ?? undefined }
    case 'comment':
      return { ...overlay, comments: [...overlay.comments, { by, at, text: action.fields.text }] }
    case 'feedback':
      return { ...overlay, feedback: { by, at, verdict: action.fields.verdict } }
    case 'resolve':
      return { ...overlay, resolution: { by, at, cause: action.fields.cause, text: action.fields.text ?? undefined } }
  }
}

/** Whether nobody is to be told of the alert. @param now by the wall clock. */
export const isSnoozed = ({ snoozedUntil }: AlertOverlay, now: Instant): boolean =>
  snoozedUntil !== undefined && now < snoozedUntil

/** What is to be quiet for longer is no alert: the rule is wrong, or the alert should be looked at once more. */
export const LONGEST_SNOOZE_MS = 30 * 86_400_000

/** So many actions can be taken on one episode: what is kept of it in memory, and sent to pages, stays small. */
export const MOST_ACTIONS = 200

export type ActionRefusal = 'is-over' | 'is-pending' | 'not-acknowledged' | 'too-many' | 'snooze-out-of-range'

/**
 * Why something cannot be done to an alert; undefined: it can.
 *
 * Whoever acknowledges says that he looks after it, whoever snoozes that he will, whoever resolves that he has: that is for alerts under way. What was learned from one is often
 * known afterwards: comments, feedback and who has it may still come when it is over.
 *
 * @param alert how it stands, and how many actions there were on it.
 * @param now by the wall clock.
 */
export function refusalOf(
  deed: AlertDeed,
  { state, overlay, taken }: { readonly state: AlertPhase; readonly overlay: AlertOverlay; readonly taken: number },
  now: Instant,
): ActionRefusal | undefined {
  if (taken >= MOST_ACTIONS) return 'too-many'
  const isOver = state === 'resolved' || state === 'inactive'
  if (isOver && (deed.kind === 'acknowledge' || deed.kind === 'snooze' || deed.kind === 'resolve')) return 'is-over'
  if (deed.kind === 'resolve' && state === 'pending') return 'is-pending'
  if (deed.kind === 'unacknowledge' && overlay.acknowledged === undefined) return 'not-acknowledged'
  if (deed.kind === 'snooze' && deed.fields.until !== null) {
    const { until } = deed.fields
    if (until <= now || until > now + LONGEST_SNOOZE_MS) return 'snooze-out-of-range'
  }
  return undefined
}
