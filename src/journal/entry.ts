import type { AlertTransition } from '../alerts/transition.ts'
import type { Instant } from '../event/instant.ts'

/** What must be durable before anything else hears of it. Everything in an entry is JSON. */
export type JournalEntry =
  /** One evaluation: the alerts' transitions with the evaluator's state after them, so that neither is ever without the other. */
  | {
      readonly kind: 'evaluation'
      readonly process: string
      /** The evaluation instant T. */
      readonly at: Instant
      readonly transitions: readonly AlertTransition[]
      readonly state: unknown
    }
  /** A record was found to lie in the future when first read; a replay decides the same. */
  | {
      readonly kind: 'future'
      readonly process: string
      readonly topic: string
      readonly partition: number
      readonly offset: number
    }
  /** A durable snapshot covers a partition below this offset: what was decided there is never asked again. */
  | {
      readonly kind: 'passed'
      readonly process: string
      readonly topic: string
      readonly partition: number
      readonly offset: number
    }
