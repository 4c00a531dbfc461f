import { namedDue } from './deadlines.ts'
import { clockBorders, timesOf } from './drawn-history.ts'
import type { History } from './histories.ts'
import { dueCases } from './late-risk-model.ts'
import { makeOracle, type Oracle, type OracleEvent, type OracleState } from './oracle.ts'
import { topicsOf } from './shard-state.ts'

/*
 * What a history is an example of. A proof by histories says nothing of what they never do, so a test counts in how many
 * of them each of these is met.
 */

/** The names of all that the history is an example of, each once. */
export function featuresOf(history: History): ReadonlySet<string> {
  const model = makeOracle(history.process, topicsOf(history.process), 0)
  // The events first: they are what the model has taken when its state is read.
  return new Set([
    ...ofArrival(history, model),
    ...ofState(model.state()),
    ...ofDeadlines(model.state(), history),
    ...ofTimes(history),
    ...ofNames(history),
  ])
}

const isEvent = (item: OracleEvent | { readonly ignored: string }): item is OracleEvent => !('ignored' in item)

/** What is seen while the records arrive. */
function* ofArrival({ process, arrivals }: History, model: Oracle): Generator<string> {
  const latest = new Map<string, number>()
  const stamps = new Set<string>()
  const watermarks = new Map<string, number>()
  const segments = process.stages.map(() => new Set<string>())
  const seen = new Set<string>()
  for (const arrival of arrivals) {
    if (arrival.events.length > 1) yield 'several events in a record'
    for (const event of arrival.events) {
      if (!isEvent(event)) {
        model.take({ ...arrival, events: [event] })
        continue
      }
      const { case: caseId, at } = event
      const kept = model.keptOf(caseId)
      const isForgotten = seen.has(caseId) && !model.isInMemory(caseId)
      model.take({ ...arrival, events: [event] })
      if (isForgotten && model.isInMemory(caseId)) yield 'a case comes again after it left memory'
      if (model.keptOf(caseId) > kept) {
        const isOutOfOrder = at < (latest.get(caseId) ?? at)
        if (isOutOfOrder) yield 'out of order'
        if (kept >= 20) yield '20 events of a case within settle'
        if (kept >= 20 && isOutOfOrder) yield 'out of order among 20 events of its case within settle'
        if (stamps.has(`${at} ${caseId}`)) yield 'equal stamps'
        stamps.add(`${at} ${caseId}`)
      }
      seen.add(caseId)
      latest.set(caseId, Math.max(at, latest.get(caseId) ?? at))
      watermarks.set(arrival.topic, Math.max(at, watermarks.get(arrival.topic) ?? at))
      for (const [stage, known] of segments.entries()) for (const one of model.segmentsOf(stage)) known.add(one)
    }
  }
  if (watermarks.size > 1) yield 'several topics'
  if (Math.max(...watermarks.values()) - Math.min(...watermarks.values()) > 86_400_000) yield 'topics a day apart'
  if (watermarks.size < process.sources.length) yield 'a topic without an event'
  for (const [stage, { by, maxSegments }] of process.stages.entries()) {
    if (by.length > 0 && segments[stage]!.size > maxSegments) yield 'more segments than slots'
  }
}

/** What is seen at the end. */
function* ofState(state: OracleState): Generator<string> {
  for (const counts of Object.values(state.counts)) {
    for (const [name, count] of Object.entries(counts)) if (count > 0) yield `counted as ${name}`
  }
  const firstVisits = new Set<string>()
  for (const visit of state.visits) {
    yield `visit ${visit.outcome}`
    if (visit.visit > 1) yield 'rework'
    if (visit.ordinal > 0) yield 'two visits from one instant'
    if (visit.end === visit.start) yield 'visit of no length'
    if (visit.end !== undefined && visit.start < 0 && visit.end > 0) yield 'visit across the epoch'
    if (visit.entrySegment !== visit.segment) yield 'segment changes during a visit'
    const key = JSON.stringify([visit.case, visit.stage])
    if (visit.visit === 1 && firstVisits.has(key)) yield 'several runs of a case'
    if (visit.visit === 1) firstVisits.add(key)
  }
  const completed = state.visits.filter(({ outcome }) => outcome === 'completed').length
  const exits = state.panes.filter(({ segment }) => segment === 'total').reduce((sum, { exited }) => sum + exited, 0)
  if (completed !== exits) yield 'settled panes that no longer are what the visits say'
  if (state.panes.some(({ breached }) => breached > 0)) yield 'target breached'
  for (const { business, sum, breached } of state.panes) {
    if (business === undefined || sum === 0) continue
    if (business.sum === 0) yield 'visits without any business time'
    if (business.sum > 0 && business.sum < sum) yield 'visits of which a part is business time'
    if (business.sum < sum && breached > 0) yield 'target breached in business time'
  }
}

/** How deadlines stand at the end. */
function* ofDeadlines(state: OracleState, { process, arrivals }: History): Generator<string> {
  const latest = Math.max(...arrivals.flatMap(timesOf))
  for (const [stage, definition] of process.stages.entries()) {
    if (definition.deadline === undefined) continue
    yield definition.deadline.at === undefined ? 'a target judged by a level of its own' : 'a deadline by instants'
    for (const { visit, due, standing } of dueCases(state, stage)) {
      if (definition.deadline.at === undefined) continue
      yield `stands at ${standing.kind}`
      yield due < latest ? 'overdue' : 'not due yet'
      if (due < visit.start) yield 'due before its entry'
      if (namedDue(definition, visit) === undefined) yield 'due by its target for want of an instant'
    }
    for (const visit of state.visits.filter(one => one.stage === stage)) {
      if (definition.deadline.at === undefined) continue
      const named = namedDue(definition, visit)
      if (named === undefined && visit.outcome === 'open') yield 'no due instant is known'
      if (named === undefined || visit.end === undefined) continue
      if (visit.outcome === 'completed') yield visit.end > named ? 'met late' : 'met'
      if (visit.outcome === 'expired') yield 'expired with a due instant'
      if (visit.visit > 1) yield 'due a second time'
    }
  }
  const place = process.attributes.findIndex(({ kind }) => kind === 'instant')
  const named = new Map<string, Set<unknown>>()
  for (const event of arrivals.flatMap(({ events }) => events.filter(isEvent))) {
    const value = event.attributes[place]
    if (typeof value === 'number') named.set(event.case, (named.get(event.case) ?? new Set()).add(value))
  }
  if ([...named.values()].some(values => values.size > 1)) yield 'a due instant that changes'
}

/** Where in time it lies. */
function* ofTimes({ process, arrivals }: History): Generator<string> {
  const times = arrivals.flatMap(timesOf)
  const [first, last] = [Math.min(...times), Math.max(...times)]
  if (first < 0) yield 'instants before the epoch'
  for (const { what, kind, at } of clockBorders) {
    if (!(first < at && at <= last)) continue
    yield `${kind}: ${what}`
    yield process.paneMs >= 3_600_000 ? `${kind} among days` : `${kind} among milliseconds`
  }
}

/** How cases and events are called. */
function* ofNames({ process, arrivals }: History): Generator<string> {
  for (const { topic, events } of arrivals) {
    const isWide = process.sources.some(source => source.topics.includes(topic) && source.events.kind === 'wide')
    if (isWide && events.length > 1) yield 'wide row of several columns'
    for (const { case: caseId, id } of events.filter(isEvent)) {
      if (caseId.length > 100) yield 'long case'
      if (/[^ -~]/.test(caseId)) yield 'case with letters of several bytes'
      if (id !== undefined) yield 'event with id'
      if ((id?.length ?? 0) > 100) yield 'long id'
      if (/[^ -~]/.test(id ?? '')) yield 'id with letters of several bytes'
    }
  }
}
