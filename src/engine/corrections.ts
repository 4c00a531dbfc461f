import type { AlertTransition, UnexplainedTransition } from '../alerts/transition.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { SegmentKey } from '../event/segment.ts'
import { leastOf } from '../model/bounded.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import { type BoundedLookup, vocabularyOf } from '../model/statistics.ts'
import { type CompiledRule, judge, type Verdict } from '../rules/rule.ts'
import { paneIndexOf, windowPanes } from '../windows/span.ts'
import type { WatchedSegment } from './rule-subject.ts'

/** An alert that fired, and by which numbers: to be looked at once more when these are settled. Plain JSON. */
export type FiredAlert = {
  readonly segment: SegmentKey
  /** The condition, as it stood. */
  readonly when: string
  readonly fired: UnexplainedTransition
  /** Those whose numbers were read. */
  readonly partitions: readonly number[]
  /** What the condition read of the panes that were complete. */
  readonly readings: Readonly<Record<string, number | null>>
}

/** What has become of an alert's beginning. */
export type Corrected = Pick<Verdict, 'value' | 'explanation'> & {
  /** The condition held then neither over the panes that were complete nor with the one that was filling. */
  readonly isFalse: boolean
}

/** More than fire within one settle time; the oldest are let go of. */
const MOST = 10_000

/**
 * Alerts that fired, until their numbers are settled: what comes late may have made others of them.
 *
 * A pane that was filling when an alert fired goes on to fill, which corrects nothing; so what is compared is what the condition
 * read of the panes that were complete.
 */
export class Corrections {
  readonly #process: ProcessDefinition
  #waiting: FiredAlert[] = []

  constructor(process: ProcessDefinition) {
    this.#process = process
  }

  /** Those whose condition reads nothing but statistics over windows: all others are of their instant alone. */
  concerns({ definition, when }: CompiledRule): boolean {
    const { isOfWindow } = vocabularyOf({
      measure: definition.measure,
      deviationOf: definition.kind?.kind === 'deviation' ? definition.kind.of : undefined,
    })
    return when.readings.every(({ statistic }) => isOfWindow(statistic))
  }

  note(
    rule: CompiledRule,
    segment: SegmentKey,
    { explanation: _, ...fired }: AlertTransition,
    watched: WatchedSegment,
    partitions: readonly number[],
  ): void {
    const complete = this.#completeAt(rule, watched, fired.at)
    if (complete === undefined) return
    const readings = readingsOf(rule, complete)
    this.#waiting.push({ segment, when: rule.definition.when, fired, partitions, readings })
    if (this.#waiting.length > MOST) this.#waiting.shift()
  }

  /**
   * Those whose numbers are settled at an instant; they are given once.
   *
   * @param busy ids of alerts that have entered a state at this instant: an alert does so once at a time.
   */
  due(at: Instant, busy: ReadonlySet<string>): readonly FiredAlert[] {
    const isDue = ({ fired }: FiredAlert) =>
      this.#boundaryBefore(fired.at) + this.#process.settleMs <= at && !busy.has(fired.id)
    if (!this.#waiting.some(isDue)) return []
    const due = this.#waiting.filter(isDue)
    this.#waiting = this.#waiting.filter(one => !isDue(one))
    return due
  }

  /**
   * @param watermark of now.
   * @returns undefined: the numbers are what they were, or nobody can tell any more.
   */
  look(
    rule: CompiledRule,
    { when, fired, partitions: then, readings }: FiredAlert,
    watched: WatchedSegment,
    partitions: readonly number[],
    watermark: Instant | undefined,
  ): Corrected | undefined {
    if (when !== rule.definition.when || then.join() !== partitions.join()) return undefined
    const complete = this.#completeAt(rule, watched, fired.at)
    if (complete === undefined) return undefined
    const now = readingsOf(rule, complete)
    if (Object.entries(readings).every(([name, value]) => now[name] === value)) return undefined
    const boundary = this.#boundaryBefore(fired.at)
    const { paneMs } = this.#process
    const { first } = windowPanes(boundary, rule.definition.windowMs, paneMs)
    const window = { start: instant(first * paneMs), end: boundary }
    // What of a stage is open, and how many there are to judge, is of now and says nothing of then.
    const definition = { ...rule.definition, minSamples: 0 }
    const samples = definition.measure === undefined ? 'exited' : rule.samples
    const { value, explanation: told } = judge(
      { ...rule, definition, samples },
      { lookup: complete, window, watermark },
    )
    const { flow: _, ...explanation } = told
    const holds = rule.when.holds(complete)
    // After the others: a window stands at one instant at a time.
    const filled =
      boundary === fired.at ? holds : rule.when.holds(watched.statisticsAt(instant(boundary + paneMs - 1)).lookup)
    return { value, explanation, isFalse: holds === false && filled === false }
  }

  snapshot(): readonly FiredAlert[] {
    return this.#waiting
  }

  restore(waiting: readonly FiredAlert[]): void {
    this.#waiting = [...waiting]
  }

  #boundaryBefore(at: Instant): Instant {
    return instant(paneIndexOf(at, this.#process.paneMs) * this.#process.paneMs)
  }

  /** undefined: some of these panes are gone. */
  #completeAt({ definition, when }: CompiledRule, watched: WatchedSegment, at: Instant): BoundedLookup | undefined {
    const { paneMs } = this.#process
    const boundary = this.#boundaryBefore(at)
    const first = Math.min(
      ...when.readings.map(({ windowMs = definition.windowMs }) => windowPanes(boundary, windowMs, paneMs).first),
    )
    return watched.keptSince() > first ? undefined : watched.statisticsAt(boundary).lookup
  }
}

const readingsOf = ({ when }: CompiledRule, lookup: BoundedLookup): Record<string, number | null> =>
  Object.fromEntries(
    when.readings.map(({ name, statistic, windowMs }) => [name, leastOf(lookup(statistic, windowMs)) ?? null]),
  )
