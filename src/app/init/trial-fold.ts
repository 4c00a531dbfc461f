import { compareUtf8 } from '../../cases/event-order.ts'
import { CaseEvent } from '../../cases/kept-event.ts'
import { newAttributeTable, planProcess } from '../../cases/process-plan.ts'
import { applyEvent, ROLE, type Role, Run } from '../../cases/run.ts'
import type { DecodedRecord } from '../../decode/decoded-record.ts'
import type { Event } from '../../event/event.ts'
import type { SourceRecord, TopicPartition } from '../../event/record.ts'
import type { ProcessDefinition } from '../../model/definitions.ts'
import type { PartitionCounts } from '../../shard/counts.ts'
import { Shard } from '../../shard/shard.ts'

/** What became of an event; where the engine has no room for it, why: then its record is rejected. */
export type TrialOutcome =
  | { readonly kind: 'counted' | 'late_applied' | 'duplicate' | 'late' }
  | { readonly kind: 'over-limit'; readonly detail: string }

/** One partition of the sample, folded by the engine's own shard, which is asked after every event. */
export class TrialFold {
  readonly #shard: Shard
  readonly #one: DecodedRecord

  constructor(process: ProcessDefinition, { topic, partition }: TopicPartition) {
    this.#shard = new Shard({ process, partition, topics: [topic], epoch: 0, visits: { keep: 'none' } })
    this.#one = this.#shard.newRecord()
  }

  /** How far an instant lies behind the newest event so far, in ms. */
  behindMs(at: number): number {
    return Math.max(0, this.#shard.watermarkOf(0) - at)
  }

  /** Folds one event of a record; several one after the other, so that each is told apart. */
  fold(record: SourceRecord, event: Event): TrialOutcome {
    const before = this.#shard.countsOf(0)
    this.#one.fill({ kind: 'events', events: [event] })
    this.#shard.fold(0, record, this.#one)
    const after = this.#shard.countsOf(0)
    const has = (what: keyof PartitionCounts) => after[what] > before[what]
    if (has('rejected'))
      return { kind: 'over-limit', detail: this.#shard.takeOutput().deadLetters.at(-1)?.detail ?? '' }
    if (has('duplicate')) return { kind: 'duplicate' }
    if (has('late')) return { kind: 'late' }
    return { kind: has('lateApplied') ? 'late_applied' : 'counted' }
  }
}

/**
 * The parts that the counted events of one case play in the end, whatever the order in which they came.
 *
 * @param process a draft: none of its patterns has a condition, so what an event carries does not matter here.
 * @returns a function, since the process is planned once for all cases; its answers stand in the order of the events.
 */
export function roleFinder(process: ProcessDefinition): (events: readonly Event[]) => Role[] {
  const table = newAttributeTable(process)
  const plan = planProcess(process, table)
  const acting = new CaseEvent(plan.split.numbers.length)
  acting.numbers.fill(Number.NaN)
  return events => {
    const roles: Role[] = events.map(() => ROLE.none)
    const run = new Run(plan.stageCount, plan.split.carriedNumbers)
    const order = [...events.keys()].sort((a, b) => compareEvents(events[a] as Event, events[b] as Event))
    for (const index of order) {
      const { at, activity } = events[index] as Event
      acting.at = at
      acting.activity = activity
      roles[index] = applyEvent(plan, table, run, acting, undefined)
    }
    return roles
  }
}

const compareEvents = (left: Event, right: Event): number =>
  left.at - right.at || left.activity - right.activity || compareUtf8(left.id ?? '', right.id ?? '')
