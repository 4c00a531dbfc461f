import type { AlertBookState } from '../alerts/book.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import type { Instant } from '../event/instant.ts'
import type { HourOfValues } from '../rules/hourly-values.ts'
import type { FiredAlert } from './corrections.ts'

/** Everything the evaluator has to remember; durable before a transition that follows from it leaves. */
export type EvaluatorState = {
  readonly book: AlertBookState
  /** Alerts that fired, until their numbers are settled; absent: there are none. */
  readonly fired?: readonly FiredAlert[]
  /** Next offset by `topic:partition`, as folded when T was evaluated; after a restart at least as far as before it. */
  readonly offsets: Readonly<Record<string, number>>
}

/** What it has begun to remember of hours, durable with the state; and from which hour on it still asks for them. */
export type EvaluatorHours = { readonly begun: readonly HourOfValues[]; readonly keepFrom: number }

/** What an evaluation brought. */
export type Evaluation = {
  readonly at: Instant
  readonly transitions: readonly AlertTransition[]
}
