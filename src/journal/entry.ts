import type { AlertAction } from '../alerts/alert-action.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import type { Instant } from '../event/instant.ts'
import type { AuditEntry, AuditHead } from './audit.ts'
import type { FirstTelling } from './first-told.ts'
import type { Kept } from './kept-items.ts'
import type { Task } from './open-tasks.ts'
import type { OutboxMessage, Settlement } from './outbox.ts'
import type { ToldGroup } from './told-groups.ts'
import type { Told } from './told-states.ts'

/** An hour, counted from the epoch, with what is remembered of it. */
export type RememberedHour = { readonly hour: number; readonly values: unknown }

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
      /** What the evaluator remembers of hours that have begun since the entry before; absent: none have. */
      readonly hours?: readonly RememberedHour[]
      /** Hours before this one are asked for no more. */
      readonly keepFrom?: number
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
  /** What a person did to an alert. */
  | { readonly kind: 'action'; readonly action: AlertAction }
  /** A message has to be delivered. */
  | { readonly kind: 'queued'; readonly message: OutboxMessage }
  /** A message that was given up is to be delivered after all. */
  | { readonly kind: 'redriven'; readonly message: OutboxMessage }
  /** A message was delivered, or never will be. */
  | { readonly kind: 'settled'; readonly settlement: Settlement }
  /** ClickHouse has acknowledged transitions (named by `transitionKey`), actions (by id) or audit entries (by hash). */
  | { readonly kind: 'fed'; readonly what: FedKind; readonly keys: readonly string[] }

export type FedKind = 'transitions' | 'actions' | 'audit'

/** Entries that the journal makes by itself. */
export type OwnEntry =
  /** Somebody did something. The journal links it to the one before. */
  | { readonly kind: 'audit'; readonly entry: AuditEntry }
  /** What a segment takes over from the one before, beside evaluations and decisions. */
  | {
      readonly kind: 'kept'
      readonly transitions: Kept<AlertTransition>
      readonly actions: Kept<AlertAction>
      readonly audit: Kept<AuditEntry>
      readonly auditHead: AuditHead
      readonly queued: readonly OutboxMessage[]
      readonly settled: readonly Settlement[]
      /** Absent in segments of before there were messages. */
      readonly told?: readonly Told[]
      /** Absent where there were none. */
      readonly tasks?: readonly Task[]
      /** Absent where there were none. */
      readonly groups?: readonly ToldGroup[]
      /** Absent where nobody took note. */
      readonly firstTold?: readonly FirstTelling[]
    }

/** How a transition is named in `fed`: by what ClickHouse tells them apart by. */
export const transitionKey = ({ process, id, at, state }: AlertTransition): string =>
  JSON.stringify([process, id, at, state])
