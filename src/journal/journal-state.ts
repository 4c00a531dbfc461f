import type { AlertAction } from '../alerts/alert-action.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import type { Instant } from '../event/instant.ts'
import { type AuditEntry, type AuditHead, beginningOfAudit } from './audit.ts'
import { type FedKind, type JournalEntry, type OwnEntry, type RememberedHour, transitionKey } from './entry.ts'
import { JournalError } from './journal-error.ts'
import { KeptItems } from './kept-items.ts'
import { Outbox } from './outbox.ts'

/** The last evaluation of a process, and the hours that it remembers, in their order. */
export type LastEvaluation = {
  readonly at: Instant
  readonly state: unknown
  readonly hours: readonly RememberedHour[]
}

/** How long transitions of ended alerts are kept, counted back from the process's last evaluation; and audit entries. */
const keptMs = 24 * 3_600_000

type FutureEntry = Extract<JournalEntry, { kind: 'future' }>

/** How a record that lies in the future is named in `Recovered.futures`. */
export const futureKey = ({ process, topic, partition, offset }: Omit<FutureEntry, 'kind'>): string =>
  JSON.stringify([process, topic, partition, offset])

/** What the entries of a journal come to, and all that a new segment has to begin with. */
export class JournalState {
  readonly #evaluations = new Map<string, { readonly at: Instant; readonly state: () => unknown }>()
  /** By process, by hour. */
  readonly #hours = new Map<string, Map<number, RememberedHour>>()
  readonly futures = new Map<string, FutureEntry>()
  readonly outbox = new Outbox()
  readonly #transitions = new KeptItems<AlertTransition>(transitionKey)
  readonly #actions = new KeptItems<AlertAction>(({ id }) => id)
  readonly #audit = new KeptItems<AuditEntry>(({ hash }) => hash)
  #auditHead: AuditHead = beginningOfAudit

  /** @param stateOf gives the state of an evaluation as it was written: the evaluator may go on changing its own. */
  apply(entry: JournalEntry | OwnEntry, stateOf: () => unknown): void {
    switch (entry.kind) {
      case 'evaluation':
        this.#evaluations.set(entry.process, { at: entry.at, state: stateOf })
        for (const transition of entry.transitions) this.#transitions.add(transition)
        this.#remember(entry)
        break
      case 'future':
        this.futures.set(futureKey(entry), entry)
        break
      case 'passed':
        for (const [key, { process, topic, partition, offset }] of this.futures) {
          const same = process === entry.process && topic === entry.topic && partition === entry.partition
          if (same && offset < entry.offset) this.futures.delete(key)
        }
        break
      case 'action':
        this.#actions.add(entry.action)
        break
      case 'queued':
        this.outbox.queue(entry.message)
        break
      case 'redriven':
        this.outbox.queueAgain(entry.message)
        break
      case 'settled':
        this.outbox.settle(entry.settlement)
        break
      case 'audit':
        this.#audit.add(entry.entry)
        this.#auditHead = headOf(entry.entry)
        break
      case 'fed':
        this.#keptOf(entry.what).fed(entry.keys)
        break
      case 'kept':
        this.#takeOver(entry)
        break
      default:
        throw unknownKind(entry)
    }
  }

  evaluations(): Map<string, LastEvaluation> {
    return new Map(
      [...this.#evaluations].map(([process, { at, state }]) => [
        process,
        { at, state: state(), hours: [...(this.#hours.get(process)?.values() ?? [])] },
      ]),
    )
  }

  /**
   * Those of the last 24 h, and the latest of every alert that has not ended however old it is, or that somebody has not been
   * told the end of; in journal order.
   */
  transitions(): AlertTransition[] {
    const isWanted = this.#wantedTransitions()
    return [...this.#transitions.values()].filter(isWanted)
  }

  /** Those on alerts that have a transition among `transitions()`, in journal order. */
  actions(): AlertAction[] {
    const alerts = new Set(this.transitions().map(({ id }) => id))
    return [...this.#actions.values()].filter(({ alert }) => alerts.has(alert))
  }

  /** The last entry of the chain, and those of the 24 h before the newest. */
  audit(): { readonly head: AuditHead; readonly entries: readonly AuditEntry[] } {
    return { head: this.#auditHead, entries: [...this.#audit.values()].filter(this.#wantedAudit()) }
  }

  get auditHead(): AuditHead {
    return this.#auditHead
  }

  /** What ClickHouse has not acknowledged, however old it is; in journal order. */
  unfed(): {
    readonly transitions: readonly AlertTransition[]
    readonly actions: readonly AlertAction[]
    readonly audit: readonly AuditEntry[]
  } {
    return { transitions: this.#transitions.unfed(), actions: this.#actions.unfed(), audit: this.#audit.unfed() }
  }

  /** Entries from which another state becomes equal to this one. Forgets what is not in them. */
  opening(): (JournalEntry | OwnEntry)[] {
    const transitions = this.#transitions.keep(this.#wantedTransitions())
    const alerts = new Set(transitions.items.map(({ id }) => id))
    return [
      ...[...this.evaluations()].map(([process, { at, state, hours }]): JournalEntry => {
        return { kind: 'evaluation', process, at, transitions: [], state, ...(hours.length > 0 && { hours }) }
      }),
      ...this.futures.values(),
      {
        kind: 'kept',
        transitions,
        actions: this.#actions.keep(({ alert }) => alerts.has(alert)),
        audit: this.#audit.keep(this.#wantedAudit()),
        auditHead: this.#auditHead,
        queued: this.outbox.queued(),
        settled: [...this.outbox.settled().values()],
        told: this.outbox.told(),
        tasks: this.outbox.tasks(),
        groups: this.outbox.groups(),
        firstTold: this.outbox.firstTold(),
      },
    ]
  }

  #remember({ process, hours = [], keepFrom = -Infinity }: Extract<JournalEntry, { kind: 'evaluation' }>): void {
    const known = this.#hours.get(process) ?? new Map<number, RememberedHour>()
    if (hours.length > 0) this.#hours.set(process, known)
    for (const hour of hours) known.set(hour.hour, hour)
    for (const hour of known.keys()) if (hour < keepFrom) known.delete(hour)
  }

  #takeOver(kept: Extract<OwnEntry, { kind: 'kept' }>): void {
    const {
      transitions,
      actions,
      audit,
      auditHead,
      queued,
      settled,
      told = [],
      tasks = [],
      groups = [],
      firstTold = [],
    } = kept
    this.#transitions.restore(transitions)
    this.#actions.restore(actions)
    this.#audit.restore(audit)
    this.#auditHead = auditHead
    for (const settlement of settled) this.outbox.settle(settlement)
    for (const message of queued) this.outbox.queue(message)
    this.outbox.restoreTold(told)
    this.outbox.restoreTasks(tasks)
    this.outbox.restoreGroups(groups)
    this.outbox.restoreFirstTold(firstTold)
  }

  #keptOf(what: FedKind) {
    return { transitions: this.#transitions, actions: this.#actions, audit: this.#audit }[what]
  }

  #wantedTransitions(): (transition: AlertTransition) => boolean {
    const latest = new Map([...this.#transitions.values()].map(transition => [transition.id, transition]))
    const untold = new Set(this.outbox.told().map(({ alert }) => alert))
    return transition => {
      const now = this.#evaluations.get(transition.process)?.at ?? transition.at
      if (transition.at >= now - keptMs) return true
      const isLatest = latest.get(transition.id) === transition
      return isLatest && (!hasEnded(transition) || untold.has(transition.id))
    }
  }

  #wantedAudit(): (entry: AuditEntry) => boolean {
    const newest = [...this.#audit.values()].reduce((at, entry) => Math.max(at, entry.at), -Infinity)
    return ({ at }) => at >= newest - keptMs
  }
}

const hasEnded = ({ state }: AlertTransition): boolean => state === 'resolved' || state === 'inactive'

const unknownKind = (entry: never): JournalError =>
  new JournalError(
    `the journal holds an entry of kind ${JSON.stringify((entry as { kind: unknown }).kind)}, which this release does not know`,
    'Use the release that wrote it or a newer one.',
  )

const headOf = ({ sequence, hash }: AuditEntry): AuditHead => ({ sequence, hash })
