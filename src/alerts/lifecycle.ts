/**
 * A verdict and the time → the next state of an alert. The whole life cycle is this one table:
 *
 * | state \ verdict | breached | quiet | recovered | unknown |
 * |---|---|---|---|---|
 * | inactive | pending; firing once held for `for` | – | – | – ² |
 * | pending | firing once held for `for` | inactive | inactive | – ² |
 * | firing | – | – | recovering; resolved if no `keep_firing_for` | – ² |
 * | recovering | firing again | – | resolved once held for `keep_firing_for` | – ² |
 * | no_data | firing | firing, or resolved ¹ | like firing | – |
 *
 * A verdict is *quiet* between the two thresholds of a rule with `recover_when`: no breach, but no recovery yet.
 * A `–` leaves the state as it is: nothing is concluded from what is not known.
 *
 * ¹ It goes back to firing where it had breached before its data stopped, else the silence was all there was: resolved.
 * ² A rule may set `no_data`: unknown for `after`, an alert of state `alert` becomes no_data, which counts as open from
 *   then on (so it needs no `for` once data are back); with `ok` it ends as if it had recovered; `keep` is the default.
 *
 * What a person resolves by hand (`resolveByHand`) is inactive from then on although its condition may still hold: it
 * counts anew once the condition has been seen not to hold, or after a day, so that nothing is forgotten for good.
 *
 * One *episode* runs from pending (or firing) to resolved; its start never changes. Resolved is the way out, not a
 * state: what comes after it is inactive.
 */
import { type DurationMs, durationMs } from '../event/duration.ts'
import type { Instant } from '../event/instant.ts'
import type { RuleDefinition } from '../model/definitions.ts'
import type { Verdict } from '../rules/rule.ts'
import type { AlertPhase, AlertReason } from './transition.ts'

type Silence = {
  /** Since when the condition has been unknown without a break; undefined while it is known. */
  readonly unknownSince: Instant | undefined
}

type Episode = Silence & {
  /** When the condition began to hold, or to be unknown: the start of the episode. */
  readonly since: Instant
}

type OpenEpisode = Episode & { readonly firedAt: Instant }

export type AlertState =
  | (Silence & {
      readonly phase: 'inactive'
      /** A person ended the episode before; the condition has not been seen to end since. Absent: nobody did, or it has. */
      readonly resolvedByHandAt?: Instant
    })
  | (Episode & { readonly phase: 'pending' })
  | (OpenEpisode & { readonly phase: 'firing' })
  | (OpenEpisode & { readonly phase: 'recovering'; readonly recoveringSince: Instant })
  | (OpenEpisode & { readonly phase: 'no_data'; readonly hadBreached: boolean })

export const inactive: AlertState = { phase: 'inactive', unknownSince: undefined }

/** For so long a person who says that it is over is right, whatever the condition says. */
export const BELIEVED_FOR_MS = durationMs(86_400_000)

export type AlertStep = {
  readonly next: AlertState
  /** The state that the alert enters, `resolved` included; undefined: it stays where it is. */
  readonly entered: AlertPhase | undefined
  readonly because: AlertReason
}

export type AlertTimes = {
  /** How long a breach has to hold before it fires; 0: at once. */
  readonly forMs: DurationMs
  /** How long a recovery has to hold before the alert is resolved; 0: at once. */
  readonly keepFiringForMs: DurationMs
  readonly noData: RuleDefinition['noData']
}

/**
 * @param at The evaluation instant; never before that of the step before.
 * @returns `next` is the very same object where nothing changes.
 */
export function advanceAlert(
  state: AlertState,
  verdict: Pick<Verdict, 'breached' | 'recovered'>,
  at: Instant,
  times: AlertTimes,
): AlertStep {
  const reading = readingOf(verdict)
  if (state.phase === 'inactive' && state.resolvedByHandAt !== undefined) {
    const isBelieved = at - state.resolvedByHandAt < BELIEVED_FOR_MS
    if (isBelieved && (reading === 'breached' || reading === 'unknown')) return stay(state, 'resolved-by-hand')
    return advanceAlert(inactive, verdict, at, times)
  }
  if (reading === 'unknown') return withoutData(state, at, times.noData)
  const heard = state.unknownSince === undefined ? state : { ...state, unknownSince: undefined }
  switch (heard.phase) {
    case 'inactive':
      return reading === 'breached' ? breach(heard, at, at, times) : stay(heard, 'no-breach')
    case 'pending':
      if (reading === 'breached') return breach(heard, heard.since, at, times)
      return { next: inactive, entered: 'inactive', because: 'breach-ended-early' }
    case 'firing':
      if (reading === 'recovered') return recover(heard, at, times)
      return stay(heard, reading === 'breached' ? 'already-firing' : 'not-recovered')
    case 'recovering':
      if (reading === 'breached') return fireAgain(heard, 'breached-again')
      if (reading === 'quiet') return stay(heard, 'not-recovered')
      if (at - heard.recoveringSince < times.keepFiringForMs) return stay(heard, 'recovery-too-young')
      return { next: inactive, entered: 'resolved', because: 'recovery-held' }
    case 'no_data':
      if (reading === 'recovered') return recover(heard, at, times)
      if (reading === 'breached' || heard.hadBreached) return fireAgain(heard, 'data-returned')
      return { next: inactive, entered: 'resolved', because: 'data-returned' }
  }
}

/** The episode ends because a person says so. @returns undefined: it is not open. */
export function resolveByHand(state: AlertState, at: Instant): AlertStep | undefined {
  if (state.phase === 'inactive' || state.phase === 'pending') return undefined
  const next: AlertState = { phase: 'inactive', unknownSince: undefined, resolvedByHandAt: at }
  return { next, entered: 'resolved', because: 'resolved-by-hand' }
}

type Reading = 'breached' | 'quiet' | 'recovered' | 'unknown'

function readingOf({ breached, recovered }: Pick<Verdict, 'breached' | 'recovered'>): Reading {
  if (breached === true) return 'breached'
  if (recovered === true) return 'recovered'
  return breached === false ? 'quiet' : 'unknown'
}

const stay = (next: AlertState, because: AlertReason): AlertStep => ({ next, entered: undefined, because })

function breach(state: AlertState, since: Instant, at: Instant, { forMs }: AlertTimes): AlertStep {
  if (at - since >= forMs) {
    return {
      next: { phase: 'firing', since, firedAt: at, unknownSince: undefined },
      entered: 'firing',
      because: 'breach-held',
    }
  }
  if (state.phase === 'pending') return stay(state, 'breach-too-young')
  const next: AlertState = { phase: 'pending', since, unknownSince: undefined }
  return { next, entered: 'pending', because: 'breach-too-young' }
}

function recover({ since, firedAt }: OpenEpisode, at: Instant, { keepFiringForMs }: AlertTimes): AlertStep {
  if (keepFiringForMs === 0) return { next: inactive, entered: 'resolved', because: 'recovery-held' }
  return {
    next: { phase: 'recovering', since, firedAt, recoveringSince: at, unknownSince: undefined },
    entered: 'recovering',
    because: 'recovery-too-young',
  }
}

const fireAgain = ({ since, firedAt }: OpenEpisode, because: AlertReason): AlertStep => ({
  next: { phase: 'firing', since, firedAt, unknownSince: undefined },
  entered: 'firing',
  because,
})

function withoutData(state: AlertState, at: Instant, noData: AlertTimes['noData']): AlertStep {
  if (state.phase === 'no_data') return stay(state, 'still-no-data')
  // Where silence means nothing, it is not even remembered: an inactive alert then needs no memory at all.
  if (noData === undefined || noData.state === 'keep') return stay(state, 'unknown')
  if (noData.state === 'ok' && state.phase === 'inactive') return stay(state, 'unknown')
  const unknownSince = state.unknownSince ?? at
  if (at - unknownSince < noData.afterMs) {
    return stay(state.unknownSince === undefined ? { ...state, unknownSince } : state, 'unknown')
  }
  if (noData.state === 'ok') {
    return { next: inactive, entered: state.phase === 'pending' ? 'inactive' : 'resolved', because: 'no-data-is-ok' }
  }
  const isOpen = state.phase === 'firing' || state.phase === 'recovering'
  return {
    next: {
      phase: 'no_data',
      since: state.phase === 'inactive' ? unknownSince : state.since,
      firedAt: isOpen ? state.firedAt : at,
      hadBreached: isOpen,
      unknownSince,
    },
    entered: 'no_data',
    because: 'no-data',
  }
}
