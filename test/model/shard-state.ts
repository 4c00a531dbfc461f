import type { DecodedRecord } from '../../src/decode/decoded-record.ts'
import type { CaseId, Event } from '../../src/event/event.ts'
import { instant } from '../../src/event/instant.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import type { VisitRow } from '../../src/shard/output.ts'
import { ShardReplica } from '../../src/shard/replica.ts'
import { Shard } from '../../src/shard/shard.ts'
import { allVisits, type VisitPolicy } from '../../src/shard/visit-policy.ts'
import { paneStart } from '../../src/windows/span.ts'
import { type Comparable, comparableFrom, countNames, type Facts, isAllZero, type PaneFact } from './comparable.ts'
import type { MeasureFact } from './measures.ts'
import type { OracleArrival } from './oracle.ts'
import { measureFact, paneFact, visitLine } from './row-facts.ts'
import type { OracleEvent } from './runs.ts'

export { type Comparable, comparableOf } from './comparable.ts'

/** Topics of a process, in the order in which a shard numbers them. */
export const topicsOf = (process: ProcessDefinition): string[] => process.sources.flatMap(({ topics }) => [...topics])

/** A shard that is fed by arrivals, with the rows that it has put out so far. */
export class FedShard {
  /** As of the last publication. */
  readonly replica: ShardReplica
  readonly process: ProcessDefinition
  readonly shard: Shard
  readonly #topics: readonly string[]
  /** By the rows' keys. */
  readonly #visits = new Map<string, string>()
  readonly #panes = new Map<string, PaneFact>()
  readonly #measurePanes = new Map<string, MeasureFact>()
  readonly #offsets: number[]
  readonly #record: DecodedRecord

  /** @param visits which of them have rows. */
  constructor(process: ProcessDefinition, from?: FedShard, visits: VisitPolicy = allVisits) {
    this.process = process
    this.#topics = topicsOf(process)
    this.#offsets = from === undefined ? this.#topics.map(() => 0) : from.#offsets.slice()
    this.shard = new Shard({ process, partition: 0, topics: this.#topics, epoch: 0, isPublished: true, visits })
    this.replica = new ShardReplica(process, 0)
    this.#record = this.shard.newRecord()
    if (from === undefined) return
    this.shard.restore(structuredClone(from.shard.snapshot()))
    for (const [key, line] of from.#visits) this.#visits.set(key, line)
    for (const [key, fact] of from.#panes) this.#panes.set(key, fact)
    for (const [key, fact] of from.#measurePanes) this.#measurePanes.set(key, fact)
  }

  take({ topic, events }: OracleArrival): void {
    const index = this.#topics.indexOf(topic)
    // All events of a record are of one case.
    const records: (typeof events)[number][][] = []
    let last: string | undefined
    for (const event of events) {
      const caseId = 'ignored' in event ? last : event.case
      if (records.length === 0 || (last !== undefined && caseId !== last)) records.push([])
      records.at(-1)!.push(event)
      last = caseId
    }
    for (const own of records) {
      const offset = this.#offsets[index] as number
      this.#offsets[index] = offset + 1
      const record = { offset, key: null, value: null, timestamp: undefined, notAfter: instant(Infinity) }
      this.#record.fill({ kind: 'events', events: own.map(event => ('ignored' in event ? event : eventFrom(event))) })
      this.shard.fold(index, record, this.#record)
    }
  }

  /** Tells the replica what changed, by way of bytes. */
  publish(): void {
    this.replica.apply(structuredClone(this.shard.publish()))
  }

  /** Takes out the shard's rows, as a store would. @returns those of visits. */
  drain(): readonly VisitRow[] {
    const { visits, panes, measurePanes } = this.shard.takeOutput()
    for (const row of visits) {
      const key = `${row.stage}|${row.case}|${row.start}|${row.ordinal}`
      if (row.deleted) this.#visits.delete(key)
      else this.#visits.set(key, visitLine(this.process, row))
    }
    for (const row of panes) {
      const key = `${row.stage}|${row.total}|${JSON.stringify(row.segment)}|${row.start}`
      if (isAllZero(row)) this.#panes.delete(key)
      else this.#panes.set(key, paneFact(this.process, row))
    }
    for (const row of measurePanes) {
      const key = `${row.measure}|${row.total}|${JSON.stringify(row.segment)}|${row.start}`
      if (row.count === 0) this.#measurePanes.delete(key)
      else this.#measurePanes.set(key, measureFact(this.process, row))
    }
    return visits
  }

  /** The panes of measures that hold anything. */
  measureFacts(): MeasureFact[] {
    this.drain()
    return [...this.#measurePanes.values()]
  }

  /** Whether the stage says that some of its segments were counted together. */
  isPartial(stage: number): boolean {
    return this.shard.isPartial(stage)
  }

  state(): Comparable {
    return comparableFrom(this.facts())
  }

  facts(): Facts {
    this.drain()
    const counts = this.#topics.map((topic, index) => {
      const all = this.shard.countsOf(index)
      return [topic, Object.fromEntries(countNames.map(name => [name, all[name]]))] as const
    })
    return {
      visits: [...this.#visits.values()],
      panes: [...this.#panes.values()],
      open: this.shard.stages.flatMap((stage, index) => {
        const isCut = this.process.stages[index]!.by.length > 0
        const series = isCut ? [...stage.segments] : [['[]', stage.total] as const]
        return series.flatMap(([segment, { open }]) =>
          open.entries().map(([pane, visits]) => ({
            stage: index,
            segment,
            entryPane: paneStart(pane, this.process.paneMs),
            visits,
          })),
        )
      }),
      counts: Object.fromEntries(counts),
    }
  }
}

const eventFrom = ({ case: caseId, activity, at, id, attributes }: OracleEvent): Event => ({
  case: caseId as CaseId,
  activity,
  at: instant(at),
  id,
  attributes,
})
