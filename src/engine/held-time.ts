import type { AlertBook } from '../alerts/book.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import type { Instant } from '../event/instant.ts'
import { type SegmentKey, segmentKey } from '../event/segment.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import type { Truth } from '../model/truth.ts'
import { HELD_TOO_LONG_MS, type HeldTime, heldTimeRule, judgeHeldTime } from '../rules/held-time.ts'
import type { WatchingRule } from '../rules/rule.ts'

const whole: SegmentKey = segmentKey([])

/** Watches the time of one process: it is held where an instant T is due and is not evaluated. */
export class HeldTimeWatch {
  readonly #rule: WatchingRule
  readonly #process: ProcessDefinition
  readonly #book: AlertBook
  #last: Instant | undefined
  #since: Instant | undefined
  /** Whether T has moved since this watch began: before that it is not known whether an alert of an earlier run is over. */
  #hasMoved = false

  /** @param book of the process. */
  constructor(process: ProcessDefinition, book: AlertBook) {
    this.#process = process
    this.#rule = heldTimeRule(process)
    this.#book = book
  }

  /** Since when T has been due and is not evaluated, by the wall clock; undefined: it goes on. */
  get since(): Instant | undefined {
    return this.#since
  }

  /**
   * @param last T as evaluated last.
   * @param isDue whether the next one is due.
   * @param told asked only where an alert changes.
   * @returns the transitions of the alert on held time, to be made durable and told like any others.
   */
  look(
    now: Instant,
    last: Instant,
    isDue: boolean,
    told: () => Pick<HeldTime, 'watermark' | 'waitsFor'>,
  ): readonly AlertTransition[] {
    if (last !== this.#last) {
      this.#hasMoved ||= this.#last !== undefined
      this.#last = last
      this.#since = undefined
    }
    if (!isDue) {
      this.#since = undefined
      this.#hasMoved = true
    } else this.#since ??= now
    const isTooLong = this.#since !== undefined && now - this.#since >= HELD_TOO_LONG_MS
    const isOpen = this.#book.segmentsOf(this.#rule).length > 0
    if (isTooLong === isOpen || (isOpen && !this.#hasMoved)) return []
    const advance = (at: Instant, isHeld: Truth) =>
      this.#book.advance(at, this.#rule, whole, judgeHeldTime(this.#process, { isHeld, at: last, now, ...told() }))
    // It began when T was due, which nobody could know to be the beginning of something.
    return isTooLong ? [...advance(this.#since as Instant, true), ...advance(now, true)] : advance(now, false)
  }
}
