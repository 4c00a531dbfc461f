/**
 * The alerts of one process: the state of every rule × segment that is not simply inactive.
 *
 * Verdicts come in, transitions come out; what is inactive takes no memory. Two open episodes of one rule and segment
 * cannot exist, because there is one state for them. The whole book is one plain object (`snapshot`) that has to be
 * durable before its transitions leave; a book restored from it goes on exactly as this one would have, so a restart
 * neither resets `for` nor fires again.
 */
import type { Instant } from '../event/instant.ts'
import { type SegmentKey, type SegmentLabels, segmentLabels, TOTAL } from '../event/segment.ts'
import type { Verdict, WatchingRule } from '../rules/rule.ts'
import { episodeId } from './episode-id.ts'
import { type AlertState, advanceAlert, inactive, resolveByHand } from './lifecycle.ts'
import type { AlertPhase, AlertTransition, UnexplainedTransition } from './transition.ts'

/** One alert as it is kept: plain JSON, `undefined` being the same as absent. */
export type KeptAlert = {
  readonly rule: string
  readonly segment: SegmentKey
  readonly labels: SegmentLabels
  readonly state: AlertState
  /** The latest transition of the running episode; undefined while there is none. */
  readonly latest: AlertTransition | undefined
}

/** Sorted by rule, then segment. */
export type AlertBookState = { readonly process: string; readonly alerts: readonly KeptAlert[] }

export class AlertBook {
  readonly #process: string
  readonly #rules: ReadonlyMap<string, WatchingRule>
  readonly #alerts = new Map<string, Map<SegmentKey, KeptAlert>>()

  /** @param rules All rules of the process; their names are unique. */
  constructor(process: string, rules: readonly WatchingRule[]) {
    this.#process = process
    this.#rules = new Map(rules.map(rule => [rule.definition.name, rule]))
  }

  /**
   * @param at The evaluation instant T; never before that of an earlier call.
   * @param segment Of the rule's `by` dimensions, in their order.
   * @returns No or one transition.
   */
  advance(at: Instant, rule: WatchingRule, segment: SegmentKey, verdict: Verdict): readonly AlertTransition[] {
    const kept = this.#alerts.get(rule.definition.name)?.get(segment)
    const state = kept?.state ?? inactive
    const { next, entered, because } = advanceAlert(state, verdict, at, rule.definition)
    if (entered === undefined) {
      if (next !== state) this.#keep({ ...(kept ?? this.#newAlert(rule, segment)), state: next })
      return []
    }
    const alert = kept ?? this.#newAlert(rule, segment)
    const transition: AlertTransition = {
      ...episodeOf(this.#process, alert, next),
      process: this.#process,
      rule: rule.definition.name,
      ...rule.subject,
      segment: alert.labels,
      state: entered,
      from: state.phase,
      because,
      at,
      value: verdict.value,
      owner: rule.definition.owner,
      severity: rule.definition.severity,
      summary: tellsOfBreach(entered)
        ? verdict.summary(alert.labels)
        : (alert.latest?.summary ?? verdict.summary(alert.labels)),
      explanation: verdict.explanation,
    }
    this.#keep({ ...alert, state: next, latest: next.phase === 'inactive' ? undefined : transition })
    return [transition]
  }

  /**
   * Ends an open alert because a person says so.
   *
   * @param id of its episode.
   * @param at The last evaluation instant.
   * @returns undefined: no such alert is open.
   */
  resolve(id: string, at: Instant): AlertTransition | undefined {
    for (const segments of this.#alerts.values()) {
      for (const alert of segments.values()) {
        const { latest, state } = alert
        const step = latest?.id === id ? resolveByHand(state, at) : undefined
        if (latest === undefined || step === undefined) continue
        this.#keep({ ...alert, state: step.next, latest: undefined })
        return { ...latest, state: 'resolved', from: state.phase, because: step.because, at }
      }
    }
    return undefined
  }

  /**
   * What came late has made other numbers of those by which an alert fired. Withdrawn it is over; revised it stays as it is.
   *
   * @param fired the transition by which it fired; it may be over by now.
   * @param at The evaluation instant.
   */
  correct(
    fired: UnexplainedTransition,
    segment: SegmentKey,
    because: 'revised' | 'withdrawn',
    at: Instant,
    { value, explanation }: Pick<AlertTransition, 'value' | 'explanation'>,
  ): AlertTransition {
    const kept = this.#alerts.get(fired.rule)?.get(segment)
    if (kept?.latest?.id !== fired.id) {
      return { ...fired, state: 'resolved', from: 'resolved', because, at, value, explanation }
    }
    const from = kept.state.phase
    const state = because === 'withdrawn' ? 'resolved' : from
    // What was open then, and what came in, nobody can tell any more: that stays as it was told.
    const told = { ...kept.latest.explanation, ...explanation }
    const transition: AlertTransition = { ...kept.latest, state, from, because, at, value, explanation: told }
    const isOver = because === 'withdrawn'
    this.#keep(isOver ? { ...kept, state: inactive, latest: undefined } : { ...kept, latest: transition })
    return transition
  }

  /** The latest transition of every alert that is pending, firing, recovering or without data, by rule, then segment. */
  openAlerts(): readonly AlertTransition[] {
    return this.#sorted().flatMap(({ latest }) => (latest === undefined ? [] : [latest]))
  }

  /** The segments in which the rule has to be judged even where no statistics are left, sorted. */
  segmentsOf(rule: WatchingRule): readonly SegmentKey[] {
    const alerts = this.#alerts.get(rule.definition.name)
    if (alerts === undefined || alerts.size === 0) return none
    const segments = [...alerts.keys()].sort()
    return rule.dimensions.length === 0 ? segments : segments.filter(segment => segment !== TOTAL)
  }

  /** How many alerts of the rule are under way. */
  countOf(rule: WatchingRule): number {
    let count = 0
    for (const { latest } of this.#alerts.get(rule.definition.name)?.values() ?? []) if (latest !== undefined) count++
    return count
  }

  /**
   * The first open alerts of a stage, by rule in the order of the file, then segment: those that fire, recover or have no
   * data. Asked for every alert of a storm, so it sorts no more than it gives.
   */
  openAt(stage: string, most: number): readonly AlertTransition[] {
    const found: AlertTransition[] = []
    for (const [name, { subject }] of this.#rules) {
      if (subject.stage !== stage) continue
      const first: KeptAlert[] = []
      for (const kept of this.#alerts.get(name)?.values() ?? []) {
        if (kept.latest === undefined || kept.latest.state === 'pending') continue
        let at = first.length
        while (at > 0 && kept.segment < (first[at - 1] as KeptAlert).segment) at--
        if (at < most) first.splice(at, 0, kept)
        if (first.length > most) first.pop()
      }
      for (const { latest } of first) if (latest !== undefined) found.push(latest)
      if (found.length >= most) return found.slice(0, most)
    }
    return found
  }

  /** The state of a rule's alert at a segment, and the latest transition of its episode. */
  kept(rule: WatchingRule, segment: SegmentKey): Pick<KeptAlert, 'state' | 'latest'> {
    return this.#alerts.get(rule.definition.name)?.get(segment) ?? { state: inactive, latest: undefined }
  }

  snapshot(): AlertBookState {
    return { process: this.#process, alerts: this.#sorted() }
  }

  /**
   * Goes on from a snapshot, which replaces what the book holds. Alerts whose rule is no longer there, or cuts by other
   * dimensions than it did, end: what they watched is not judged any more.
   *
   * @param at The last evaluation instant; the transitions carry it.
   * @returns One transition for every alert that so ended: resolved if it was open, inactive if it was pending.
   * @throws Error on the snapshot of another process.
   */
  restore(state: AlertBookState, at: Instant): readonly AlertTransition[] {
    if (state.process !== this.#process) {
      throw new Error(`the alerts of process ${state.process} cannot go on as those of ${this.#process}`)
    }
    this.#alerts.clear()
    return state.alerts.flatMap(kept => {
      const rule = this.#rules.get(kept.rule)
      // A rule that is cut has one alert of no segment: that on a storm.
      if (rule !== undefined && (kept.segment === TOTAL || sameNames(rule.dimensions, Object.keys(kept.labels)))) {
        this.#keep(kept)
        return []
      }
      return kept.latest === undefined ? [] : [endOf(kept.latest, at)]
    })
  }

  #newAlert(rule: WatchingRule, segment: SegmentKey): KeptAlert {
    const labels = segmentLabels(rule.dimensions, segment)
    return { rule: rule.definition.name, segment, labels, state: inactive, latest: undefined }
  }

  #keep(alert: KeptAlert): void {
    const segments = this.#alerts.get(alert.rule)
    if (isForgotten(alert.state)) segments?.delete(alert.segment)
    else if (segments === undefined) this.#alerts.set(alert.rule, new Map([[alert.segment, alert]]))
    else segments.set(alert.segment, alert)
  }

  #sorted(): readonly KeptAlert[] {
    return [...this.#alerts]
      .sort(([left], [right]) => byCodeUnits(left, right))
      .flatMap(([, segments]) =>
        [...segments].sort(([left], [right]) => byCodeUnits(left, right)).map(([, kept]) => kept),
      )
  }
}

const none: readonly SegmentKey[] = []

const isForgotten = (state: AlertState): boolean =>
  state.phase === 'inactive' && state.unknownSince === undefined && state.resolvedByHandAt === undefined

/** On the way out the summary stays what it was: with the values of a recovery it would call a stall what is none. */
const tellsOfBreach = (state: AlertPhase): boolean => state === 'pending' || state === 'firing' || state === 'no_data'

const byCodeUnits = (left: string, right: string) => (left < right ? -1 : left > right ? 1 : 0)

/** Whatever their order: an object lists names that look like integers first. */
function sameNames(left: readonly string[], right: readonly string[]): boolean {
  return JSON.stringify([...left].sort()) === JSON.stringify([...right].sort())
}

/** The episode that a step enters, or the one that it leaves for inactive. */
function episodeOf(process: string, { rule, labels, state }: KeptAlert, next: AlertState) {
  const episode = next.phase === 'inactive' ? state : next
  if (episode.phase === 'inactive')
    throw new Error(`an alert of ${rule} went from inactive to inactive with a transition`)
  return {
    id: episodeId(process, rule, labels, episode.since),
    since: episode.since,
    firedAt: episode.phase === 'pending' ? undefined : episode.firedAt,
  }
}

function endOf(latest: AlertTransition, at: Instant): AlertTransition {
  const state = latest.state === 'pending' ? 'inactive' : 'resolved'
  return { ...latest, state, from: latest.state, at, because: 'rule-removed' }
}
