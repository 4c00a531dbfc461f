import type { Column } from '../../decode/infer/columns.ts'
import type { SampledCases, SampledEvent } from '../../decode/infer/process-shape.ts'
import { readTime } from '../../decode/infer/time-reading.ts'
import type { InferredMapping, SampledRecord } from '../../decode/infer.ts'

/** The cases of the sample as a mapping would read them, each in the order of its instants. */
export function sampledCases(mapping: InferredMapping, records: readonly SampledRecord[]): SampledCases {
  const cases = new Map<string, SampledEvent[]>()
  const seen = new Set<string>()
  records.forEach((record, index) => {
    const id = valueAt(mapping.case, index)
    if (id === undefined) return
    for (const { activity, at } of eventsOf(mapping, record, index)) {
      // A wide row comes again with each of its changes.
      const identity = JSON.stringify([id, activity, at])
      if (at === undefined || seen.has(identity)) continue
      seen.add(identity)
      const events = cases.get(String(id)) ?? []
      cases.set(String(id), events)
      events.push({ activity, at })
    }
  })
  for (const events of cases.values()) events.sort((a, b) => a.at - b.at)
  return cases
}

const valueAt = ({ codes, values }: Column, record: number) => values[codes[record] ?? -1]

function eventsOf({ events }: InferredMapping, record: SampledRecord, index: number) {
  if (events.kind === 'wide') {
    return events.columns.map(({ activity, time }) => ({ activity, at: timeOf(time, index) }))
  }
  const activity = valueAt(events.activity, index)
  if (activity === undefined) return []
  const at = events.time === '$timestamp' ? record.timestamp : timeOf(events.time, index)
  return [{ activity: String(activity), at }]
}

function timeOf(column: Column, record: number): number | undefined {
  const value = valueAt(column, record)
  return value === undefined || column.time === undefined ? undefined : readTime(value, column.time)
}
