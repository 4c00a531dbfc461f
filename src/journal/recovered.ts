import type { AlertAction } from '../alerts/alert-action.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import type { AuditEntry, AuditHead } from './audit.ts'
import type { FirstTelling } from './first-told.ts'
import type { JournalState, LastEvaluation } from './journal-state.ts'
import type { Task } from './open-tasks.ts'
import type { OutboxMessage, Settlement } from './outbox.ts'
import type { ToldGroup } from './told-groups.ts'
import type { Told } from './told-states.ts'

/** What a journal held when it was opened. */
export type Recovered = {
  /** The last evaluation of each process. */
  readonly evaluations: ReadonlyMap<string, LastEvaluation>
  /** Of the last 24 h before the process's last evaluation, and the latest of every alert that has not ended. */
  readonly transitions: readonly AlertTransition[]
  /** What people did to the alerts that have a transition among these, in the order in which they did it. */
  readonly actions: readonly AlertAction[]
  readonly outbox: {
    /** Messages to deliver, in the order in which they were queued. */
    readonly queued: readonly OutboxMessage[]
    /** What became of those of the last 24 h, by their ids. */
    readonly settled: ReadonlyMap<string, Settlement>
    /** What contact points were told last of alerts that are not over for them, by all messages that were ever queued. */
    readonly told: readonly Told[]
    /** The groups of alerts that were told together and are not over. */
    readonly groups: readonly ToldGroup[]
    /** When somebody was told first of alerts that are not over for everybody. */
    readonly firstTold: readonly FirstTelling[]
    /** The tasks that contact points have for alerts that are not over. */
    readonly tasks: readonly Task[]
  }
  /** The last entry of the audit's chain, and the entries of the last 24 h before it. */
  readonly audit: { readonly head: AuditHead; readonly entries: readonly AuditEntry[] }
  /** What ClickHouse has not acknowledged, however old it is: to be written to it, then told by `fed`. */
  readonly unfed: {
    readonly transitions: readonly AlertTransition[]
    readonly actions: readonly AlertAction[]
    readonly audit: readonly AuditEntry[]
  }
  /** Records that were found to lie in the future, named by `futureKey`. */
  readonly futures: ReadonlySet<string>
  /** Bytes of a torn last line that were cut off: it was never acknowledged. */
  readonly tornBytes: number
}

/** @param tornBytes see `Recovered`. */
export function recoveredFrom(state: JournalState, tornBytes: number): Recovered {
  return {
    evaluations: state.evaluations(),
    transitions: state.transitions(),
    actions: state.actions(),
    outbox: {
      queued: state.outbox.queued(),
      settled: state.outbox.settled(),
      told: state.outbox.told(),
      groups: state.outbox.groups(),
      firstTold: state.outbox.firstTold(),
      tasks: state.outbox.tasks(),
    },
    audit: state.audit(),
    unfed: state.unfed(),
    futures: new Set(state.futures.keys()),
    tornBytes,
  }
}
