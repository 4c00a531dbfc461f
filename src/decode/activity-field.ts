import type { ActivityMapping } from '../model/definitions.ts'
import { type IgnoredEvent, type Rejection, reject } from './decoded.ts'
import type { RecordFormat } from './envelope.ts'
import { compileField, textOf } from './field.ts'
import { describeJson, type RecordDocument } from './record-text.ts'

/** The activity's position in the process's `activities`, or what else becomes of the event. */
export type ActivityReader = (document: RecordDocument) => number | IgnoredEvent | Rejection

/** Ignored activities are counted by name; nothing may be learnt from more of a name than this. */
const MAX_NAME = 200

/** What the texts of an activity's field mean: a position, or an event that is ignored under another name. */
export type KnownActivities = ReadonlyMap<string, number | IgnoredEvent>

/** @param positions of the process's activities by name. Texts that the answer lacks are ignored under their own name. */
export const knownActivities = (
  mapping: Exclude<ActivityMapping, { kind: 'const' }>,
  positions: ReadonlyMap<string, number>,
): KnownActivities => (mapping.kind === 'path' ? positions : translated(mapping.map, positions))

/** @param positions of the process's activities by name. */
export function compileActivity(
  mapping: ActivityMapping,
  format: RecordFormat,
  positions: ReadonlyMap<string, number>,
): ActivityReader {
  if (mapping.kind === 'const') {
    const position = positions.get(mapping.activity) ?? ignored(mapping.activity)
    return () => position
  }
  const field = compileField(mapping.path, format)
  const known = knownActivities(mapping, positions)
  return document => {
    const value = field.read(document.root)
    const text = typeof value === 'boolean' ? String(value) : textOf(value, field, document)
    if (text !== undefined && text !== '') return known.get(text) ?? ignored(text)
    return value === undefined || value === null || value === ''
      ? reject('missing-field', `field "${field.name}" (the activity) is missing`)
      : reject('missing-field', `field "${field.name}" (the activity) holds ${describeJson(value)}, not a name`)
  }
}

/** A value that the map does not name stays what it is, so it is ignored under its own name. */
function translated(map: Readonly<Record<string, string>>, positions: ReadonlyMap<string, number>) {
  const known = new Map<string, number | IgnoredEvent>()
  for (const [value, activity] of Object.entries(map)) known.set(value, positions.get(activity) ?? ignored(activity))
  return known
}

export const ignored = (activity: string): IgnoredEvent => ({
  ignored: activity.length > MAX_NAME ? `${activity.slice(0, MAX_NAME)}…` : activity,
})
