/**
 * An event as a test names it → a record as the source reads it: the mapping of the process file backwards, so that a test
 * goes through decoding like any record.
 */
import { parseDuration } from '../../event/duration.ts'
import { formatInstant, instant } from '../../event/instant.ts'
import type { FieldPath, ProcessDefinition, SourceDefinition, TimeMapping } from '../../model/definitions.ts'
import type { EventFields } from '../../model/test-file.ts'
import { CouldNotRun } from '../could-not-run.ts'

export type WrittenRecord = {
  readonly topic: string
  readonly key: string | undefined
  readonly value: object
}

/** All in ms since the epoch. */
export type EventToWrite = {
  readonly at: number
  readonly caseAt: number
  readonly case: string
  readonly activity: string
  readonly fields: EventFields
  readonly topic: string | undefined
}

/** @throws CouldNotRun where the mapping of the source cannot be followed backwards. */
export function writtenRecord(process: ProcessDefinition, event: EventToWrite): WrittenRecord {
  const source = process.sources.find(
    candidate =>
      (event.topic === undefined || candidate.topics.includes(event.topic)) && canSay(candidate, event.activity),
  )
  if (source === undefined || source.format === 'cloudevents') {
    throw new CouldNotRun({
      problem: `no record of a source of ${process.name} can be made from the activity ${event.activity} alone`,
      remedy: 'write the whole record: {at: 5m, record: {…}}',
    })
  }
  const value: Record<string, unknown> = {}
  if (source.case !== '$key') {
    const parts = source.case.length === 1 ? [event.case] : event.case.split('/')
    // A case that a generator names has no parts of its own: every field says the same.
    for (const [index, path] of source.case.entries()) put(value, path, parts[index] ?? event.case)
  }
  putActivity(value, source, event)
  for (const [name, given] of Object.entries(event.fields)) putField(value, process, source, event, name, given)
  return {
    topic: event.topic ?? (source.topics[0] as string),
    key: source.case === '$key' ? event.case : undefined,
    value,
  }
}

function canSay({ events }: SourceDefinition, activity: string): boolean {
  if (events.kind === 'wide') return events.columns.some(column => column.activity === activity)
  if (events.activity.kind === 'path') return true
  if (events.activity.kind === 'const') return events.activity.activity === activity
  return Object.values(events.activity.map).includes(activity)
}

function putActivity(value: Record<string, unknown>, { events }: SourceDefinition, event: EventToWrite): void {
  if (events.kind === 'wide') {
    const column = events.columns.find(({ activity }) => activity === event.activity)
    if (column !== undefined) putTime(value, column.time, event.at)
    return
  }
  const { activity, time } = events
  if (activity.kind === 'path') put(value, activity.path, event.activity)
  if (activity.kind === 'map') {
    const word = Object.keys(activity.map).find(key => activity.map[key] === event.activity)
    put(value, activity.path, word)
  }
  putTime(value, time, event.at)
}

function putField(
  value: Record<string, unknown>,
  process: ProcessDefinition,
  source: SourceDefinition,
  event: EventToWrite,
  name: string,
  given: string | number | boolean,
): void {
  const index = process.attributes.findIndex(attribute => attribute.name === name)
  const mapped = source.attributes[index]
  if (mapped === undefined) put(value, name.split('.'), given)
  else if ('from' in mapped) {
    const after = typeof given === 'string' ? parseDuration(given) : undefined
    if (after === undefined) put(value, mapped.from, given)
    else putTime(value, mapped, event.caseAt + after)
  } else put(value, mapped, given)
}

function putTime(value: Record<string, unknown>, { from, unit }: TimeMapping, at: number): void {
  // The record's own timestamp is the instant at which it comes.
  if (from === '$timestamp') return
  put(value, from, timeText(unit, at))
}

function timeText(unit: TimeMapping['unit'], at: number): string | number {
  switch (unit) {
    case undefined:
      return formatInstant(instant(at))
    case 's':
      return at / 1_000
    case 'ms':
      return at
    case 'us':
      return at * 1_000
    case 'ns':
      // A double would lose the last digits.
      return String(BigInt(at) * 1_000_000n)
  }
}

function put(value: Record<string, unknown>, path: FieldPath, given: unknown): void {
  const [first = '', ...rest] = path
  if (rest.length === 0) {
    value[first] = given
    return
  }
  const inner = typeof value[first] === 'object' && value[first] !== null ? value[first] : {}
  value[first] = inner
  put(inner as Record<string, unknown>, rest, given)
}
