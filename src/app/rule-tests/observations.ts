import type { AlertPhase, AlertTransition } from '../../alerts/transition.ts'
import type { JudgedListener } from '../../engine/evaluator.ts'
import type { Instant } from '../../event/instant.ts'
import { type SegmentKey, type SegmentLabels, segmentLabels } from '../../event/segment.ts'
import type { OutboxMessage } from '../../journal/outbox.ts'
import type { Truth } from '../../rules/explanation.ts'
import { explanationObject } from '../replay-output/lines.ts'

/** A verdict as it was at an instant that a test asks about. */
export type SeenVerdict = {
  readonly labels: SegmentLabels
  readonly breached: Truth
  readonly samples: number
  readonly explanation: object
}

export type SentMessage = {
  readonly message: OutboxMessage
  /** Those that it lists, as it tells of them. */
  readonly alerts: readonly AlertTransition[]
}

/** What a rule did in a test, kept as far as the test asks for it. */
export class Observations {
  readonly transitions: AlertTransition[] = []
  readonly sent: SentMessage[] = []
  readonly #asked: ReadonlySet<number>
  /** By rule, then T: the verdicts by segment. */
  readonly #verdicts = new Map<string, Map<number, Map<string, SeenVerdict>>>()
  /** By rule: the segments that had data, and since when. */
  readonly #withData = new Map<string, Map<string, Instant>>()

  /** Every verdict asks for its segment's key. */
  readonly #keys = new Map<string, string>()

  /** @param asked the instants T that are asked for. */
  constructor(asked: Iterable<number>) {
    this.#asked = new Set(asked)
  }

  readonly judged: JudgedListener = ({ definition, dimensions }, segment, at, verdict) => {
    const known = entryOf(this.#withData, definition.name)
    const isAsked = this.#asked.has(at)
    const key = this.#keyOf(dimensions, segment)
    if (!isAsked && known.has(key)) return
    const { explanation } = verdict
    if (explanation.samples > 0 && !known.has(key)) known.set(key, at)
    if (!isAsked) return
    entryOf(entryOf(this.#verdicts, definition.name), at).set(key, {
      labels: segmentLabels(dimensions, segment),
      breached: verdict.breached,
      samples: explanation.samples,
      explanation: explanationObject(explanation),
    })
  }

  /** By labels. */
  verdictsAt(rule: string, at: number): ReadonlyMap<string, SeenVerdict> {
    return this.#verdicts.get(rule)?.get(at) ?? none
  }

  /** Whether the rule had something to judge in that segment before. */
  hadData(rule: string, labels: SegmentLabels, before: number): boolean {
    return (this.#withData.get(rule)?.get(labelsKey(labels)) ?? Infinity) < before
  }

  /** By segment: the last transition of the rule's alerts until an instant. */
  latest(rule: string, until: number): AlertTransition[] {
    const latest = new Map<string, AlertTransition>()
    for (const transition of this.transitions) {
      if (transition.rule !== rule || transition.at > until) continue
      latest.set(labelsKey(transition.segment), transition)
    }
    return [...latest.values()]
  }

  stateOf(rule: string, labels: SegmentLabels, until: number): AlertPhase {
    const key = labelsKey(labels)
    return this.latest(rule, until).find(({ segment }) => labelsKey(segment) === key)?.state ?? 'inactive'
  }

  #keyOf(dimensions: readonly string[], segment: SegmentKey): string {
    const names = `${dimensions.join()}${segment}`
    const known = this.#keys.get(names) ?? labelsKey(segmentLabels(dimensions, segment))
    this.#keys.set(names, known)
    return known
  }

  /** Whether an alert of the rule has fired by then; of one segment, or of any. */
  hasFired(rule: string, labels: SegmentLabels | undefined, until: number): boolean {
    const key = labels && labelsKey(labels)
    return this.transitions.some(
      transition =>
        transition.rule === rule &&
        transition.at <= until &&
        transition.firedAt !== undefined &&
        (key === undefined || labelsKey(transition.segment) === key),
    )
  }
}

const none: ReadonlyMap<string, SeenVerdict> = new Map()

/** The same for the same labels, whatever their order. */
export const labelsKey = (labels: SegmentLabels): string =>
  JSON.stringify(Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1)))

function entryOf<K, L, V>(map: Map<K, Map<L, V>>, key: K): Map<L, V> {
  const known = map.get(key) ?? new Map<L, V>()
  map.set(key, known)
  return known
}
