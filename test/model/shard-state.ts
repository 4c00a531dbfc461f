import type { CaseId, Event } from '../../src/event/event.ts'
import { instant } from '../../src/event/instant.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import type { PaneRow, VisitRow } from '../../src/shard/output.ts'
import { Shard } from '../../src/shard/shard.ts'
import { bucketName } from '../../src/windows/histogram.ts'
import { paneStart } from '../../src/windows/span.ts'
import type { OracleArrival, OracleState } from './oracle.ts'
import type { OracleEvent } from './runs.ts'

/** What a shard and the oracle can be compared by: plain texts, sorted. */
export type Comparable = {
  readonly visits: readonly string[]
  readonly panes: readonly string[]
  readonly open: readonly string[]
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** Topics of a process, in the order in which a shard numbers them. */
export const topicsOf = (process: ProcessDefinition): string[] => process.sources.flatMap(({ topics }) => [...topics])

/** A shard that is fed by arrivals, with the rows that it has put out so far. */
export class FedShard {
  readonly process: ProcessDefinition
  readonly shard: Shard
  readonly #topics: readonly string[]
  readonly #visits = new Map<string, VisitRow>()
  readonly #panes = new Map<string, PaneRow>()
  readonly #offsets: number[]

  constructor(process: ProcessDefinition, from?: FedShard) {
    this.process = process
    this.#topics = topicsOf(process)
    this.#offsets = from === undefined ? this.#topics.map(() => 0) : from.#offsets.slice()
    this.shard = new Shard({ process, partition: 0, topics: this.#topics, epoch: 0 })
    if (from === undefined) return
    this.shard.restore(structuredClone(from.shard.snapshot()))
    for (const [key, row] of from.#visits) this.#visits.set(key, row)
    for (const [key, row] of from.#panes) this.#panes.set(key, row)
  }

  take({ topic, events }: OracleArrival): void {
    const index = this.#topics.indexOf(topic)
    const offset = this.#offsets[index] as number
    this.#offsets[index] = offset + 1
    const record = { offset, key: null, value: null, timestamp: undefined, notAfter: instant(Infinity) }
    this.shard.fold(index, record, {
      kind: 'events',
      events: events.map(event => ('ignored' in event ? event : eventFrom(event))),
    })
  }

  /** Takes out the shard's rows, as a store would. */
  drain(): void {
    const { visits, panes } = this.shard.takeOutput()
    for (const row of visits) {
      const key = `${row.stage}|${row.case}|${row.start}|${row.ordinal}`
      if (row.deleted) this.#visits.delete(key)
      else this.#visits.set(key, row)
    }
    for (const row of panes)
      this.#panes.set(`${row.stage}|${row.total}|${JSON.stringify(row.segment)}|${row.start}`, row)
  }

  state(): Comparable {
    this.drain()
    const stageIndex = (name: string) => this.process.stages.findIndex(stage => stage.name === name)
    const counts: Record<string, Record<string, number>> = {}
    this.#topics.forEach((topic, index) => {
      const all = this.shard.countsOf(index)
      counts[topic] = Object.fromEntries(countNames.map(name => [name, all[name]]))
    })
    return {
      visits: [...this.#visits.values()]
        .map(row =>
          JSON.stringify({
            stage: stageIndex(row.stage),
            case: row.case,
            start: row.start,
            ordinal: row.ordinal,
            visit: row.visit,
            outcome: row.outcome,
            end: row.end ?? null,
            reason: row.reason ?? null,
            segment: Object.values(row.segment),
            attributes: row.attributes,
          }),
        )
        .sort(),
      panes: [...this.#panes.values()]
        .filter(row => row.entered || row.exited || row.abandoned || row.expired)
        .map(row =>
          JSON.stringify({
            stage: stageIndex(row.stage),
            segment: row.total ? 'total' : JSON.stringify(Object.values(row.segment)),
            start: row.start,
            entered: row.entered,
            reworked: row.reworked,
            exited: row.exited,
            abandoned: row.abandoned,
            expired: row.expired,
            breached: row.breached,
            sum: row.sumMs,
            min: row.minMs ?? null,
            max: row.maxMs ?? null,
            buckets: bucketsOf(row),
          }),
        )
        .sort(),
      open: this.shard.stages
        .flatMap((stage, index) => {
          const series =
            this.process.stages[index]?.by.length === 0 ? [['[]', stage.total] as const] : [...stage.segments]
          return series.flatMap(([segment, { open }]) =>
            open
              .entries()
              .map(([pane, visits]) =>
                JSON.stringify({ stage: index, segment, entryPane: paneStart(pane, this.process.paneMs), visits }),
              ),
          )
        })
        .sort(),
      counts,
    }
  }
}

/** The oracle's state in the same form. */
export function comparableOf({ process, visits, panes, open, counts }: OracleState): Comparable {
  const topics = topicsOf(process)
  return {
    visits: visits
      .map(visit =>
        JSON.stringify({
          stage: visit.stage,
          case: visit.case,
          start: visit.start,
          ordinal: visit.ordinal,
          visit: visit.visit,
          outcome: visit.outcome,
          end: visit.end ?? null,
          reason: visit.reason ?? null,
          segment: JSON.parse(visit.segment),
          attributes: Object.fromEntries(
            process.attributes.flatMap(({ name, kind }, index) =>
              kind === 'field' ? [] : [[name, visit.attributes[index] ?? null]],
            ),
          ),
        }),
      )
      .sort(),
    panes: panes
      .filter(pane => pane.entered || pane.exited || pane.abandoned || pane.expired)
      .map(pane =>
        JSON.stringify({
          stage: pane.stage,
          segment: pane.segment,
          start: pane.start,
          entered: pane.entered,
          reworked: pane.reworked,
          exited: pane.exited,
          abandoned: pane.abandoned,
          expired: pane.expired,
          breached: pane.breached,
          sum: pane.sum,
          min: pane.min ?? null,
          max: pane.max ?? null,
          buckets: [...pane.buckets].sort(byName),
        }),
      )
      .sort(),
    open: open
      .map(({ stage, segment, entryPane, visits }) => JSON.stringify({ stage, segment, entryPane, visits }))
      .sort(),
    counts: Object.fromEntries(
      topics.map(topic => {
        const all = counts[`${topic}/0`]
        return [topic, Object.fromEntries(countNames.map(name => [name, all?.[name] ?? 0]))]
      }),
    ),
  }
}

const countNames = [
  'events',
  'ignored',
  'duplicate',
  'conflicting',
  'late',
  'counted',
  'lateApplied',
  'beforeStart',
  'afterEnd',
  'unmatchedEnd',
] as const

const byName = ([left]: readonly [string, number], [right]: readonly [string, number]) => (left < right ? -1 : 1)

const bucketsOf = (row: PaneRow): [string, number][] =>
  row.buckets.map(([bucket, count]): [string, number] => [bucketName(bucket), count]).sort(byName)

const eventFrom = ({ case: caseId, activity, at, id, attributes }: OracleEvent): Event => ({
  case: caseId as CaseId,
  activity,
  at: instant(at),
  id,
  attributes,
})
