import type { AttributeValue } from '../../../src/event/event.ts'
import type { ProcessDefinition } from '../../../src/model/definitions.ts'
import { countNames, factsOf, lineOf } from '../../model/comparable.ts'
import { addCopy, type Counted, countedOf, identity, type Kept, runsOfKept } from '../../model/kept-event.ts'
import { MeasuredEvents, measureFacts } from '../../model/measures.ts'
import { makeOracle } from '../../model/oracle.ts'
import { describe, noCounts, type OracleCounts, panesFrom } from '../../model/oracle-state.ts'
import type { Mark } from '../../model/panes.ts'
import type { OracleEvent, OracleVisit } from '../../model/runs.ts'
import type { TopicRecord } from './topic.ts'

/*
 * What the store has to hold, from nothing but what the topic holds and the meaning (`test/model`): an event at a time
 * where some event is late, since then the order counts, and else case by case from the set of its events.
 */

/** Lines of text, each a cell with all its values; sorted. */
export type Cells = {
  readonly visits: readonly string[]
  readonly panes: readonly string[]
  readonly measures: readonly string[]
  /** Of each partition, what became of its events. */
  readonly counts: readonly string[]
}

/** @returns undefined for a record that gives no event: it is rejected, and the test knows why. */
export type ReadRecord = (record: TopicRecord) => OracleEvent | undefined

/** How the parcels' records are read, with code of its own. */
export function parcelReader({ activities, attributes }: ProcessDefinition): ReadRecord {
  return ({ value }) => {
    const { event, parcel, step, at, depot = null, lane = null, price = null } = JSON.parse(String(value))
    const cents = price === null ? null : Number(String(price).replace('.', ''))
    const named: Readonly<Record<string, AttributeValue>> = { depot, lane, value: cents }
    return {
      case: parcel,
      activity: activities.indexOf(step),
      at: Date.parse(at),
      id: event,
      attributes: attributes.map(({ name }) => named[name] ?? null),
    }
  }
}

/** What one partition came to. */
type Shard = {
  readonly visits: readonly OracleVisit[]
  readonly marks: readonly ReadonlyMap<number, readonly Mark[]>[]
  readonly counts: OracleCounts
  readonly measured: MeasuredEvents
}

export function expectedCells(
  process: ProcessDefinition,
  topic: string,
  records: readonly (readonly TopicRecord[])[],
  read: ReadRecord = parcelReader(process),
): Cells {
  const shards = records.map((own, partition) => {
    const events = own.flatMap(record => read(record) ?? [])
    return hasLateOnes(events, process.settleMs)
      ? eventByEvent(process, topic, partition, events)
      : fromTheSet(process, topic, partition, events)
  })
  const marks = process.stages.map((_, stage) => joined(shards.map(shard => shard.marks[stage]!)))
  const visits = shards.flatMap(shard => shard.visits)
  const whole = { counts: new Map(), counted: [], watermark: 0, visits, marks, casesInMemory: [] }
  const facts = factsOf(describe(process, whole))
  return {
    visits: facts.visits.toSorted(),
    panes: facts.panes.map(lineOf).sort(),
    measures: shards
      .flatMap(({ measured }, partition) =>
        measureFacts(process, measured.now).map(fact => JSON.stringify({ partition, ...fact })),
      )
      .sort(),
    counts: shards.map(({ counts }, partition) => countsLine(partition, name => counts[name])),
  }
}

/** @param count of a name of `countNames`. */
export const countsLine = (partition: number, count: (name: (typeof countNames)[number]) => number | undefined) =>
  JSON.stringify({ partition, ...Object.fromEntries(countNames.map(name => [name, count(name)])) })

function hasLateOnes(events: readonly OracleEvent[], settleMs: number): boolean {
  let watermark = Number.NEGATIVE_INFINITY
  return events.some(({ at }) => {
    const isLate = at < watermark - settleMs
    watermark = Math.max(watermark, at)
    return isLate
  })
}

function eventByEvent(
  process: ProcessDefinition,
  topic: string,
  partition: number,
  events: readonly OracleEvent[],
): Shard {
  const model = makeOracle(process, [topic], partition)
  for (const event of events) model.take({ topic, partition, events: [event] })
  const { visits, marks, counts } = model.state()
  return { visits, marks, counts: { ...noCounts(), ...counts[`${topic}/${partition}`] }, measured: model.measured }
}

/** Whatever order they came in. */
function fromTheSet(
  process: ProcessDefinition,
  topic: string,
  partition: number,
  events: readonly OracleEvent[],
): Shard {
  const slot = `${topic}/${partition}`
  const cases = new Map<string, Map<string, Kept>>()
  const counts = noCounts()
  let watermark = Number.NEGATIVE_INFINITY
  for (const event of events) {
    watermark = Math.max(watermark, event.at)
    counts.events++
    const own = cases.get(event.case) ?? new Map<string, Kept>()
    cases.set(event.case, own)
    const named = identity(process, event)
    const twin = own.get(named)
    if (twin === undefined) own.set(named, { event, slot, copies: [], folded: false })
    else addCopy(twin, event, slot, true)
    if (twin === undefined) counts.counted++
    else counts.duplicate++
  }
  const measured = new MeasuredEvents(process)
  const visits: OracleVisit[] = []
  const counted: Counted[] = []
  for (const own of cases.values()) {
    const kept = [...own.values()]
    for (const { event } of kept) measured.add(event, Number.NEGATIVE_INFINITY)
    const runs = runsOfKept(process, kept, watermark)
    visits.push(...runs.flatMap(run => run.visits))
    counted.push(...runs.flatMap(countedOf))
  }
  const facts = { counts: new Map([[slot, counts]]), counted, watermark, visits: [], marks: [], casesInMemory: [] }
  const { counts: withRoles } = describe(process, facts)
  return { visits, marks: panesFrom(process, visits), counts: { ...counts, ...withRoles[slot] }, measured }
}

function joined(all: readonly ReadonlyMap<number, readonly Mark[]>[]): Map<number, Mark[]> {
  const panes = new Map<number, Mark[]>()
  for (const one of all) for (const [start, marks] of one) panes.set(start, [...(panes.get(start) ?? []), ...marks])
  return panes
}
