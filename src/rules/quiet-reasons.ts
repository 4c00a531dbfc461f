import { type Instant, instant } from '../event/instant.ts'
import type { Explanation } from './explanation.ts'

/** Why no alert fires, one thing that would have to be otherwise; and of one that fires, why it is not over. */
export type QuietReason =
  /** The condition, or one of its terms, does not hold. */
  | { readonly kind: 'term-false'; readonly term: string }
  /** A value is missing, so nothing is concluded. */
  | { readonly kind: 'term-unknown'; readonly term: string }
  | { readonly kind: 'too-few-samples'; readonly samples: number; readonly needed: number }
  /** It holds, and has not held for long enough. */
  | { readonly kind: 'pending'; readonly heldMs: number; readonly neededMs: number }
  /** It is over, and has not been over for long enough. */
  | { readonly kind: 'recovering'; readonly heldMs: number; readonly neededMs: number }
  /** The condition no longer holds, but the recovery does not either. */
  | { readonly kind: 'not-recovered' }
  | { readonly kind: 'in-grace'; readonly until: Instant | undefined }
  | { readonly kind: 'not-expected' }
  | { readonly kind: 'feed-silent'; readonly since: Instant }
  /** Nothing has been counted of the segment. */
  | { readonly kind: 'no-segment' }
  /** It holds in so many segments that one alert tells of all. */
  | { readonly kind: 'in-storm'; readonly alert: string | undefined }
  /** A person ended its alert, and is believed until the condition has been seen to end, or until then. */
  | { readonly kind: 'resolved-by-hand'; readonly since: Instant; readonly until: Instant }
  /** It may fire, and nobody is told. */
  | { readonly kind: 'snoozed'; readonly until: Instant }
  | { readonly kind: 'silenced'; readonly silence: string; readonly by: string; readonly until: Instant }
  /** An alert of that rule explains it. */
  | { readonly kind: 'inhibited'; readonly alert: string; readonly rule: string }
  /** It fires and ends again and again; so often since then. */
  | { readonly kind: 'flapping'; readonly times: number; readonly since: Instant }

/** How a rule stands at a segment, as far as it decides on why it is quiet. */
export type Standing = {
  readonly at: Instant
  readonly explanation: Pick<Explanation, 'terms' | 'expression' | 'result' | 'samples' | 'minSamples' | 'silentSince'>
  readonly state:
    | { readonly phase: 'firing' | 'no_data' }
    | { readonly phase: 'inactive'; readonly resolvedByHandAt?: Instant }
    | { readonly phase: 'pending'; readonly since: Instant }
    | { readonly phase: 'recovering'; readonly recoveringSince: Instant }
  /** For how long a person who ended an alert is believed. */
  readonly believedForMs: number
  readonly forMs: number
  readonly keepFiringForMs: number
  readonly hasSegment: boolean
  /** Of a rule of absence: whether something should happen there. Of all others it is. */
  readonly isExpected: boolean
  /** The segment is too new to be judged, until then; `until` undefined: it was never seen. */
  readonly grace: { readonly until: Instant | undefined } | undefined
  /** Segments that have no alert get none for now; with the id of that which tells of all. undefined: it is not so. */
  readonly storm: { readonly alert: string | undefined } | undefined
}

/** Whatever keeps a rule from firing, or an alert from ending, what decides first. Empty: it fires. */
export function quietReasons(standing: Standing): readonly QuietReason[] {
  const { at, explanation, state, forMs, keepFiringForMs } = standing
  const { result } = explanation
  switch (state.phase) {
    case 'pending':
      return [{ kind: 'pending', heldMs: at - state.since, neededMs: forMs }]
    case 'recovering':
      return [{ kind: 'recovering', heldMs: at - state.recoveringSince, neededMs: keepFiringForMs }]
    case 'firing':
    case 'no_data':
      if (result === true) return []
      return result === false ? [{ kind: 'not-recovered' }] : unknownOf(explanation)
    case 'inactive':
      return [
        ...endedByHand(state.resolvedByHandAt, standing),
        ...(standing.storm === undefined ? [] : [{ kind: 'in-storm', ...standing.storm } as const]),
        ...notJudged(standing),
        ...(result === true ? [] : notSo(explanation)),
      ]
  }
}

function endedByHand(since: Instant | undefined, { believedForMs }: Standing): QuietReason[] {
  if (since === undefined) return []
  return [{ kind: 'resolved-by-hand', since, until: instant(since + believedForMs) }]
}

function notJudged({ hasSegment, isExpected, grace }: Standing): QuietReason[] {
  if (!isExpected) return [{ kind: 'not-expected' }]
  return [
    ...(hasSegment ? [] : [{ kind: 'no-segment' } as const]),
    ...(grace === undefined ? [] : [{ kind: 'in-grace', until: grace.until } as const]),
  ]
}

/** A condition is false by its false terms and unknown by its unknown ones; the guard of samples speaks for itself. */
function notSo(explanation: Standing['explanation']): QuietReason[] {
  const { terms, samples, minSamples, silentSince, result, expression } = explanation
  if (silentSince !== undefined) return [{ kind: 'feed-silent', since: silentSince }]
  const isGuarded = minSamples > 0 && samples < minSamples
  const own = minSamples > 0 ? terms.slice(0, -1) : terms
  const wrong = own.filter(term => term.result === result || (term.result === undefined && result !== true))
  const reasons: QuietReason[] = wrong.map(({ text, result: of }) =>
    of === undefined ? { kind: 'term-unknown', term: text } : { kind: 'term-false', term: text },
  )
  if (isGuarded) reasons.unshift({ kind: 'too-few-samples', samples, needed: minSamples })
  // A negation is false by terms that hold.
  return reasons.length > 0 ? reasons : [{ kind: 'term-false', term: expression }]
}

function unknownOf({ terms, silentSince }: Standing['explanation']): QuietReason[] {
  if (silentSince !== undefined) return [{ kind: 'feed-silent', since: silentSince }]
  return terms.flatMap(({ text, result }) =>
    result === undefined ? [{ kind: 'term-unknown', term: text } as const] : [],
  )
}
