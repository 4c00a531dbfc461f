import type { SegmentLabels } from '../event/segment.ts'
import type { ProcessDefinition, Severity } from '../model/definitions.ts'
import type { InhibitRule } from '../model/inhibit-rule.ts'
import { compileMatchers, type Labels } from '../model/label-matcher.ts'
import { upstreamOf } from '../model/stage-graph.ts'
import { lacksWork, mayHoldWorkBack } from '../rules/starvation.ts'
import { labelsToMatch } from './alert-labels.ts'
import type { AlertTransition } from './transition.ts'

/** So many alerts are looked at for one that inhibits another in a ring. */
const MOST_IN_RING = 100

type Alerts = Map<string, AlertTransition>

type Matching = Pick<InhibitRule, 'equal'> & {
  readonly isSource: (labels: Labels) => boolean
  readonly isTarget: (labels: Labels) => boolean
  /** Open alerts that the source's matchers match and the target's do not, by the values of `equal`. */
  readonly sources: Map<string, Alerts>
  /** Those that both match. */
  readonly bothSides: Map<string, Alerts>
}

/**
 * Which open alert explains another one, of which nobody is told meanwhile.
 *
 * By the process graph: an alert that lacks work is explained by one of a stage upstream that may hold the work back, that
 * covers its segment and is no less severe. By matchers: as `inhibit_rules` of Alertmanager say. Both follow from the open
 * alerts alone, so a restart changes nothing.
 *
 * Alerts that would inhibit each other in a ring would all be told to nobody. So within a ring only earlier ones inhibit later
 * ones, by when they fired.
 */
export class InhibitionBook {
  readonly #open: Alerts = new Map()
  /** Those that may hold work back: by process and stage, then names of dimensions, then their values. */
  readonly #holding = new Map<string, Map<string, Map<string, Alerts>>>()
  /** The stages upstream of each, the nearest first; by process and stage. */
  readonly #upstream: ReadonlyMap<string, readonly string[]>
  readonly #rules: readonly Matching[]
  /** What was worked out since the last transition, by id. */
  readonly #known = new Map<string, AlertTransition | undefined>()

  /** @param transitions of before, in their order. */
  constructor(
    processes: readonly ProcessDefinition[],
    rules: readonly InhibitRule[],
    transitions: readonly AlertTransition[] = [],
  ) {
    this.#upstream = new Map(
      processes.flatMap(process =>
        process.stages.map(({ name }, index): [string, string[]] => [
          stageKey(process.name, name),
          upstreamOf(process, index).map(each => stageKey(process.name, process.stages[each]?.name ?? '')),
        ]),
      ),
    )
    this.#rules = rules.map(({ sourceMatchers, targetMatchers, equal }) => ({
      equal,
      isSource: compileMatchers(sourceMatchers),
      isTarget: compileMatchers(targetMatchers),
      sources: new Map(),
      bothSides: new Map(),
    }))
    this.take(transitions)
  }

  /** Transitions as they come, in their order. */
  take(transitions: readonly AlertTransition[]): void {
    if (transitions.length > 0) this.#known.clear()
    for (const transition of transitions) {
      const former = this.#open.get(transition.id)
      if (former !== undefined) this.#remove(former)
      if (isOpen(transition)) this.#add(transition)
    }
  }

  openAlerts(): readonly AlertTransition[] {
    return [...this.#open.values()]
  }

  /** The alert because of which nobody is told of another one; undefined: there is none. */
  inhibitorOf(alert: AlertTransition): AlertTransition | undefined {
    if (this.#known.has(alert.id)) return this.#known.get(alert.id)
    const found = this.#firstOf(alert)
    this.#known.set(alert.id, found)
    return found
  }

  #firstOf(alert: AlertTransition): AlertTransition | undefined {
    for (const source of this.#sourcesOf(alert)) {
      if (isEarlier(source, alert) || !this.#leadsTo(source, alert)) return source
    }
    return undefined
  }

  /** All that explain an alert if nothing stands against it: by the graph the nearest first, then by rules in their order; of these the earliest. */
  *#sourcesOf(alert: AlertTransition): Generator<AlertTransition> {
    if (!isOpen(alert)) return
    if (alert.stage !== undefined && (alert.state === 'no_data' || lacksWork(alert.explanation))) {
      for (const stage of this.#upstream.get(stageKey(alert.process, alert.stage)) ?? []) {
        yield* earliestFirst(this.#holdingBack(stage, alert))
      }
    }
    const labels = this.#rules.length === 0 ? {} : labelsToMatch(alert)
    for (const rule of this.#rules) {
      if (!rule.isTarget(labels)) continue
      const key = equalKey(rule, labels)
      // As Alertmanager has it: what is source and target alike is not inhibited by others of which the same is true.
      const both = rule.isSource(labels) ? undefined : rule.bothSides.get(key)
      yield* earliestFirst([...(rule.sources.get(key)?.values() ?? []), ...(both?.values() ?? [])])
    }
  }

  /** Alerts of a stage that hold back what another one lacks. One on a part of the cases does not explain it of all. */
  #holdingBack(stage: string, { segment, severity }: AlertTransition): AlertTransition[] {
    const found: AlertTransition[] = []
    for (const [names, byValues] of this.#holding.get(stage) ?? []) {
      const dimensions = JSON.parse(names) as string[]
      if (!dimensions.every(name => Object.hasOwn(segment, name))) continue
      found.push(...(byValues.get(valuesOf(segment, dimensions))?.values() ?? []))
    }
    return found.filter(source => severityRank[source.severity] <= severityRank[severity])
  }

  /** Whether one is explained by another, directly or by way of others. */
  #leadsTo(alert: AlertTransition, other: AlertTransition): boolean {
    const seen = new Map([[alert.id, alert]])
    for (const each of seen.values()) {
      for (const source of this.#sourcesOf(each)) {
        if (source.id === other.id) return true
        if (seen.size < MOST_IN_RING) seen.set(source.id, source)
      }
    }
    return false
  }

  #add(alert: AlertTransition): void {
    this.#open.set(alert.id, alert)
    const { stage, process, segment } = alert
    if (stage !== undefined && mayHoldWorkBack(alert.explanation)) {
      const names = Object.keys(segment).sort()
      const key = stageKey(process, stage)
      const byNames = this.#holding.get(key) ?? new Map<string, Map<string, Alerts>>()
      this.#holding.set(key, byNames)
      const byValues = byNames.get(JSON.stringify(names)) ?? new Map<string, Alerts>()
      byNames.set(JSON.stringify(names), byValues)
      added(byValues, valuesOf(segment, names), alert)
    }
    const labels = this.#rules.length === 0 ? {} : labelsToMatch(alert)
    for (const rule of this.#rules) {
      if (!rule.isSource(labels)) continue
      added(rule.isTarget(labels) ? rule.bothSides : rule.sources, equalKey(rule, labels), alert)
    }
  }

  #remove(alert: AlertTransition): void {
    this.#open.delete(alert.id)
    const { stage, process, segment } = alert
    if (stage !== undefined) {
      const names = Object.keys(segment).sort()
      const byValues = this.#holding.get(stageKey(process, stage))?.get(JSON.stringify(names))
      if (byValues !== undefined) removed(byValues, valuesOf(segment, names), alert)
    }
    const labels = this.#rules.length === 0 ? {} : labelsToMatch(alert)
    for (const rule of this.#rules) {
      for (const sources of [rule.sources, rule.bothSides]) removed(sources, equalKey(rule, labels), alert)
    }
  }
}

const isOpen = ({ state }: AlertTransition): boolean =>
  state === 'firing' || state === 'recovering' || state === 'no_data'

const severityRank: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 }

const valuesOf = (segment: SegmentLabels, names: readonly string[]): string =>
  JSON.stringify(names.map(name => segment[name]))

/** The first is nearly always the one, so the others are sorted when they are asked for. */
function* earliestFirst(alerts: readonly AlertTransition[]): Generator<AlertTransition> {
  const first = alerts.reduce<AlertTransition | undefined>(
    (earliest, each) => (earliest === undefined || byTime(each, earliest) < 0 ? each : earliest),
    undefined,
  )
  if (first === undefined) return
  yield first
  yield* alerts.filter(each => each !== first).sort(byTime)
}

const isEarlier = (left: AlertTransition, right: AlertTransition): boolean => byTime(left, right) < 0

const byTime = (left: AlertTransition, right: AlertTransition): number =>
  (left.firedAt ?? left.since) - (right.firedAt ?? right.since) ||
  (left.id < right.id ? -1 : left.id > right.id ? 1 : 0)

const stageKey = (process: string, stage: string): string => JSON.stringify([process, stage])

const equalKey = ({ equal }: Matching, labels: Labels): string =>
  JSON.stringify(equal.map(name => (Object.hasOwn(labels, name) ? labels[name] : '')))

function added(alerts: Map<string, Alerts>, key: string, alert: AlertTransition): void {
  const there = alerts.get(key) ?? new Map()
  alerts.set(key, there.set(alert.id, alert))
}

function removed(alerts: Map<string, Alerts>, key: string, { id }: AlertTransition): void {
  const there = alerts.get(key)
  there?.delete(id)
  if (there?.size === 0) alerts.delete(key)
}
