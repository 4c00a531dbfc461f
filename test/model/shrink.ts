import type { ProcessDefinition } from '../../src/model/definitions.ts'
import type { OracleArrival } from './oracle.ts'

/* What is simpler than a history that fails, so that the one that is printed can be read. */

/** The boldest first: without a half of its records, a quarter, …, a single one; then without events within records. */
export function* smallerHistories(arrivals: readonly OracleArrival[]): Generator<OracleArrival[]> {
  for (let size = Math.ceil(arrivals.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < arrivals.length; from += size) yield arrivals.toSpliced(from, size)
  }
  for (const [index, { events, ...place }] of arrivals.entries()) {
    if (events.length < 2) continue
    for (const without of events.keys()) {
      yield arrivals.with(index, { ...place, events: events.toSpliced(without, 1) })
    }
  }
  for (const [index, { events, ...place }] of arrivals.entries()) {
    const plain = events.map(event =>
      'ignored' in event ? event : { ...event, attributes: event.attributes.map(() => null) },
    )
    if (JSON.stringify(plain) !== JSON.stringify(events)) yield arrivals.with(index, { ...place, events: plain })
  }
}

/** With a stage less, without ends, without starts, without targets, without calendars. */
export function* smallerProcesses(process: ProcessDefinition): Generator<ProcessDefinition> {
  if (process.stages.length > 1) {
    for (const without of process.stages.keys()) {
      // Deadlines name stages by their places.
      const left = process.stages.toSpliced(without, 1).map(stage => ({ ...stage, deadline: undefined }))
      yield { ...process, stages: left, rules: [] }
    }
  }
  for (const without of process.measures.keys()) yield { ...process, measures: process.measures.toSpliced(without, 1) }
  if (process.stages.some(({ deadline }) => deadline !== undefined)) {
    yield { ...process, stages: process.stages.map(stage => ({ ...stage, deadline: undefined })) }
  }
  if (process.ends.length > 0) yield { ...process, ends: [] }
  if (process.starts.length > 0) yield { ...process, starts: [] }
  if (process.stages.some(({ target }) => target !== undefined)) {
    yield { ...process, stages: process.stages.map(stage => ({ ...stage, target: undefined })) }
  }
  if (process.stages.some(({ calendar }) => calendar !== undefined)) {
    yield { ...process, stages: process.stages.map(stage => ({ ...stage, calendar: undefined })) }
  }
}
