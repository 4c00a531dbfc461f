import type { Instant } from '../../event/instant.ts'
import type { Episode } from './episodes.ts'
import type { Breaches, LeadTimes } from './lead-time.ts'
import type { Mark } from './marks.ts'

/** What one rule would have told. */
export type RuleScore = {
  readonly rule: string
  /** Episodes that fired. */
  readonly alerts: number
  readonly minutesFiring: number
  /** Messages to its owner, counted as if he had one contact point. */
  readonly notifications: number
  /** Episodes that fired again soon after one of the same segment had ended. */
  readonly flaps: number
  /** Episodes that meet a mark; undefined: there are no marks. */
  readonly marked: number | undefined
  /** undefined: nothing says when visits of its stage are due, or it never fired. */
  readonly lead: LeadTimes | undefined
}

/** How a mark was found. */
export type Found = {
  readonly mark: Mark
  /** The first alert that meets it; undefined: none does. */
  readonly rule: string | undefined
  /** From the beginning of the mark until it fired; negative: before. */
  readonly hours: number | undefined
}

const HOUR_MS = 3_600_000

export function scoreOf(
  rule: string,
  episodes: readonly Episode[],
  notifications: number,
  {
    end,
    flapWithinMs,
    marks,
    breaches,
  }: {
    readonly end: Instant
    readonly flapWithinMs: number
    readonly marks: readonly Mark[]
    readonly breaches: Pick<Breaches, 'leadOf'>
  },
): RuleScore {
  const endOf = new Map<string, number>()
  let flaps = 0
  let firingMs = 0
  for (const { segment, fired, resolved } of episodes) {
    const key = JSON.stringify(segment)
    const before = endOf.get(key)
    if (before !== undefined && fired - before <= flapWithinMs) flaps++
    endOf.set(key, resolved ?? Infinity)
    firingMs += Math.min(resolved ?? end, end) - fired
  }
  return {
    rule,
    alerts: episodes.length,
    minutesFiring: Math.round(firingMs / 60_000),
    notifications,
    flaps,
    marked: marks.length === 0 ? undefined : episodes.filter(one => marks.some(mark => meets(one, mark))).length,
    lead: breaches.leadOf(episodes, end),
  }
}

/**
 * Whether an episode is about a mark: it was open at some time within it, and is of its stage, segment and rules, as far as
 * the mark says them.
 */
export function meets({ rule, stage, segment, fired, resolved }: Episode, mark: Mark): boolean {
  if (fired >= mark.to || (resolved !== undefined && resolved <= mark.from)) return false
  if (mark.stage !== undefined && mark.stage !== stage) return false
  if (mark.rules !== undefined && !mark.rules.includes(rule)) return false
  return Object.entries(mark.segment).every(([dimension, value]) => {
    const own = segment[dimension]
    return own === undefined || own === value
  })
}

export function foundOf(mark: Mark, episodes: readonly Episode[]): Found {
  const [first] = episodes.filter(episode => meets(episode, mark)).sort((left, right) => left.fired - right.fired)
  if (first === undefined) return { mark, rule: undefined, hours: undefined }
  return { mark, rule: first.rule, hours: (first.fired - mark.from) / HOUR_MS }
}
