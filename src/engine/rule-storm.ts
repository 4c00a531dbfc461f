import type { AlertBook } from '../alerts/book.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import type { Instant } from '../event/instant.ts'
import { type SegmentKey, TOTAL } from '../event/segment.ts'
import type { CompiledRule, WatchingRule } from '../rules/rule.ts'
import { judgeStorm, type StormInput, stormRule } from '../rules/storm.ts'

/** Keeps a rule that holds in very many segments at once from opening an alert for each of them. */
export class RuleStorm {
  readonly #rule: CompiledRule
  readonly #own: WatchingRule
  readonly #book: AlertBook
  #isAboveLimit = false

  /** @param book of the rule's process. */
  constructor(rule: CompiledRule, book: AlertBook) {
    this.#rule = rule
    this.#own = stormRule(rule)
    this.#book = book
  }

  /** Whether segments are looked at together. @param known how many there are. */
  mayCome(known: number): boolean {
    return this.#rule.dimensions.length > 0 && (known > this.#rule.definition.maxAlerts || this.isOn)
  }

  /** Whether a segment that has no alert gets none. */
  get isOn(): boolean {
    if (this.#rule.dimensions.length === 0) return false
    const { state } = this.#book.kept(this.#own, TOTAL)
    return this.#isAboveLimit || state.phase !== 'inactive' || state.resolvedByHandAt !== undefined
  }

  /** How many alerts may still be opened before it is known of all segments whether the rule holds. */
  get room(): number {
    return Math.max(0, this.#rule.definition.maxAlerts - this.#book.countOf(this.#rule))
  }

  /** It is known of all segments whether the rule holds. */
  look(at: Instant, input: StormInput): readonly AlertTransition[] {
    const verdict = judgeStorm(this.#rule, input)
    this.#isAboveLimit = verdict.breached === true
    if (!this.#isAboveLimit && !this.isOn) return []
    return this.#book.advance(at, this.#own, TOTAL, verdict)
  }

  /** Whether the segment has an alert of its own, which goes on. */
  isUnderWay(segment: SegmentKey): boolean {
    return this.#book.kept(this.#rule, segment).latest !== undefined
  }
}
