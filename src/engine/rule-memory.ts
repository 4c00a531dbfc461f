import { type Instant, instant } from '../event/instant.ts'
import type { SegmentKey } from '../event/segment.ts'
import { leastOf } from '../model/bounded.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import { type BoundedLookup, isUsual, type UsualName } from '../model/statistics.ts'
import { betweenHours, type ControlLimits, controlLimits, HOUR_MS, sameHoursOfWeek } from '../rules/control-limits.ts'
import type { PastValue } from '../rules/explanation.ts'
import { HourlyValues, type HourOfValues } from '../rules/hourly-values.ts'
import type { CompiledRule } from '../rules/rule.ts'
import type { EvaluatorHours } from './evaluator-state.ts'

/** What comparisons reach back to: a week, and the hour that is nearest to it. */
const COMPARED_HOURS = 7 * 24 + 2

/** The past that rules of one process look at: what is usual, what is expected, what was there an hour and a week ago. */
export class RuleMemory {
  readonly #timezone: string
  readonly #hours: HourlyValues
  /** By hour. */
  readonly #limits = new Map<number, Map<string, ControlLimits | undefined>>()
  /** By hour and weeks: each is asked for every segment. */
  readonly #sameHours = new Map<string, readonly number[]>()

  constructor({ timezone }: ProcessDefinition, rules: readonly CompiledRule[]) {
    this.#timezone = timezone
    this.#hours = new HourlyValues(new Map(rules.map(rule => [rule.definition.name, reachOf(rule)])))
  }

  /** Whether an hour has begun of which nothing is remembered yet. */
  isDue(at: Instant): boolean {
    const { last } = this.#hours
    return last === undefined || hourOf(at) > last
  }

  /** @param valuesOf the statistics of every segment of a rule at the instant. */
  remember(
    at: Instant,
    rules: readonly CompiledRule[],
    valuesOf: (rule: CompiledRule) => Iterable<readonly [SegmentKey, BoundedLookup]>,
  ): void {
    const values: Record<string, Record<SegmentKey, number | null>> = {}
    for (const rule of rules) {
      const { remembered } = rule
      if (remembered === undefined) continue
      const ofRule: Record<SegmentKey, number | null> = {}
      for (const [segment, lookup] of valuesOf(rule)) {
        ofRule[segment] = leastOf(lookup(remembered.statistic, remembered.windowMs)) ?? null
      }
      values[rule.definition.name] = ofRule
    }
    this.#hours.begin({ hour: hourOf(at), values })
  }

  /** What has been remembered since it was taken, to become durable with the evaluation. */
  take(): EvaluatorHours {
    return { begun: this.#hours.take(), keepFrom: this.#hours.oldest }
  }

  restore(hours: readonly HourOfValues[]): void {
    for (const hour of hours) this.#hours.add(hour)
  }

  /** The same with what is usual, of a rule of deviation; the very same of any other. */
  withUsual(rule: CompiledRule, segment: SegmentKey, at: Instant, lookup: BoundedLookup): BoundedLookup {
    if (rule.definition.kind?.kind !== 'deviation') return lookup
    return (name, windowMs) =>
      isUsual(name) ? limitNamed(name, this.#limitsOf(rule, segment, at)) : lookup(name, windowMs)
  }

  /** The segments in which something should happen, of a rule of absence. */
  expectedOf({ definition: { name, kind } }: CompiledRule, at: Instant): readonly SegmentKey[] {
    if (kind?.kind !== 'absent') return []
    return kind.expected ?? this.#hours.segmentsAbove0(name, Math.ceil((at - kind.expireMs) / HOUR_MS))
  }

  /** Until when a segment has not been there for as long as the rule gives it, if it is known; undefined: it has. */
  graceOf(
    { definition: { name, graceMs } }: CompiledRule,
    segment: SegmentKey,
    at: Instant,
  ): { readonly until: Instant | undefined } | undefined {
    if (graceMs === 0) return undefined
    const first = this.#hours.firstHour(name, segment)
    if (first === undefined) return { until: undefined }
    const until = first * HOUR_MS + graceMs
    return at < until ? { until: instant(until) } : undefined
  }

  /** What the statistic that a rule is about was an hour ago and a week ago, as far as that is remembered. */
  pastOf({ definition: { name } }: CompiledRule, segment: SegmentKey, at: Instant): readonly PastValue[] {
    return (
      [
        ['hour_before', 1],
        ['week_before', 7 * 24],
      ] as const
    ).flatMap(([when, hours]) => {
      const hour = Math.round(at / HOUR_MS) - hours
      const value = this.#hours.valueAt(name, segment, hour)
      return value === undefined ? [] : [{ when, at: instant(hour * HOUR_MS), value }]
    })
  }

  #limitsOf(rule: CompiledRule, segment: SegmentKey, at: Instant): ControlLimits | undefined {
    const hour = hourOf(at)
    const begun = this.#limitsOfHour(rule, segment, hour)
    const share = at / HOUR_MS - hour
    if (share === 0 || begun === undefined) return begun
    const next = this.#limitsOfHour(rule, segment, hour + 1)
    return next === undefined ? undefined : betweenHours(begun, next, share)
  }

  #limitsOfHour({ definition: { name, kind } }: CompiledRule, segment: SegmentKey, hour: number) {
    if (kind?.kind !== 'deviation') return undefined
    const ofHour = this.#limitsAt(hour)
    const key = `${name} ${segment}`
    if (ofHour.has(key)) return ofHour.get(key)
    const first = this.#hours.firstHour(name, segment)
    // When a segment was first seen its window had just begun.
    const values = this.#sameHoursOf(hour, kind.weeks).flatMap(each =>
      each === first ? [] : (this.#hours.valueAt(name, segment, each) ?? []),
    )
    // One week of many says nothing about how much weeks differ.
    const isEnough = values.length >= Math.max(1, Math.ceil(kind.weeks / 2))
    const limits = isEnough ? controlLimits(values, kind.limits, kind.minChange) : undefined
    ofHour.set(key, limits)
    return limits
  }

  /** By rule and segment; kept for two hours, between which the present lies. */
  #limitsAt(hour: number): Map<string, ControlLimits | undefined> {
    const known = this.#limits.get(hour) ?? new Map<string, ControlLimits | undefined>()
    this.#limits.set(hour, known)
    for (const other of this.#limits.keys()) if (Math.abs(other - hour) > 1) this.#limits.delete(other)
    return known
  }

  #sameHoursOf(hour: number, weeks: number): readonly number[] {
    const key = `${hour} ${weeks}`
    const known = this.#sameHours.get(key) ?? sameHoursOfWeek(hour, weeks, this.#timezone)
    if (this.#sameHours.size >= MOST_SAME_HOURS) this.#sameHours.clear()
    this.#sameHours.set(key, known)
    return known
  }
}

const MOST_SAME_HOURS = 100

const hourOf = (at: Instant): number => Math.floor(at / HOUR_MS)

function reachOf({ definition: { kind, graceMs } }: CompiledRule): number {
  const grace = Math.ceil(graceMs / HOUR_MS) + 1
  if (kind?.kind === 'absent') return Math.max(COMPARED_HOURS, grace, Math.ceil(kind.expireMs / HOUR_MS) + 1)
  return Math.max(COMPARED_HOURS, grace, kind?.kind === 'deviation' ? kind.weeks * 7 * 24 + 3 : 0)
}

function limitNamed(name: UsualName, limits: ControlLimits | undefined): number | undefined {
  if (name === 'usual') return limits?.usual
  return name === 'lower_limit' ? limits?.lower : limits?.upper
}
