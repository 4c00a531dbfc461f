import { formatInstant, type Instant } from '../event/instant.ts'
import type {
  ActivityMapping,
  FieldPath,
  ProcessDefinition,
  SourceDefinition,
  TimeMapping,
} from '../model/definitions.ts'

type Json = { [field: string]: unknown }

/** A record that the source's mapping reads as the first step of a case, so that a user has something to send. */
export function exampleRecord(process: ProcessDefinition, source: SourceDefinition, now: Instant): Json {
  const record: Json = {}
  if (source.case !== '$key') for (const path of source.case) put(record, path, 'A-1')
  if (source.id !== undefined) put(record, source.id, 'event-1')
  if (source.events.kind === 'single') {
    putActivity(record, source.events.activity, process.activities[0] ?? 'created')
    putTime(record, source.events.time, now)
  } else {
    const first = source.events.columns[0]
    if (first !== undefined) putTime(record, first.time, now)
  }
  return record
}

function putActivity(record: Json, mapping: ActivityMapping, activity: string): void {
  if (mapping.kind === 'path') put(record, mapping.path, activity)
  if (mapping.kind === 'map') {
    const entries = Object.entries(mapping.map)
    const entry = entries.find(([, name]) => name === activity) ?? entries[0]
    if (entry !== undefined) put(record, mapping.path, entry[0])
  }
}

function putTime(record: Json, mapping: TimeMapping, now: Instant): void {
  if (mapping.from === '$timestamp') return
  const epoch = { s: Math.floor(now / 1_000), ms: now, us: now * 1_000, ns: `${now}000000` }
  put(record, mapping.from, mapping.unit === undefined ? formatInstant(now) : epoch[mapping.unit])
}

function put(record: Json, path: FieldPath, value: unknown): void {
  const last = path.at(-1)
  if (last === undefined) return
  let place = record
  for (const field of path.slice(0, -1)) {
    place[field] ??= {}
    place = place[field] as Json
  }
  place[last] = value
}
