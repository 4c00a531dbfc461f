import type { Instant } from '../event/instant.ts'
import type { LabelMatcher } from '../model/label-matcher.ts'

/** Somebody wants nobody to be told for a while of alerts that all the matchers match. */
export type Silence = {
  /** Chosen by who asks for it; the same on a repeat, which counts once. */
  readonly id: string
  readonly matchers: readonly LabelMatcher[]
  readonly startsAt: Instant
  /** No longer from this instant on. */
  readonly endsAt: Instant
  readonly createdBy: string
  readonly comment: string
  /** By the wall clock. */
  readonly createdAt: Instant
}

/** Somebody has ended a silence before its time, or before it began. */
export type SilenceEnd = {
  readonly silence: string
  /** undefined: he did not say one, and so cannot ask again. */
  readonly id: string | undefined
  readonly by: string
  /** By the wall clock. */
  readonly at: Instant
}

/** A silence as it stands. */
export type KeptSilence = Silence & { readonly expired: SilenceEnd | undefined }

/** Alertmanager's words. */
export const silenceStates = ['pending', 'active', 'expired'] as const
export type SilenceState = (typeof silenceStates)[number]

export const silenceEndsAt = ({ endsAt, expired }: KeptSilence): Instant => expired?.at ?? endsAt

export function silenceState(silence: KeptSilence, now: Instant): SilenceState {
  if (now >= silenceEndsAt(silence)) return 'expired'
  return now < silence.startsAt ? 'pending' : 'active'
}

/** What is to be quiet for longer is no alert: the rule is wrong, or should be taken out. */
export const LONGEST_SILENCE_MS = 366 * 86_400_000

/** So many may be in force or to come. */
export const MOST_SILENCES = 1_000
