import type {
  AttributeDefinition,
  EventsMapping,
  FieldPath,
  InstantMapping,
  SourceDefinition,
  TimeMapping,
} from './definitions.ts'
import type { ProcessFile } from './process-file.ts'

type WrittenSource = ProcessFile['sources'][number]

/** A checked source mapping, with a path for each of the process's attributes that it has. */
export function buildSource(source: WrittenSource, attributes: readonly AttributeDefinition[]): SourceDefinition {
  const paths = typeof source.case === 'string' ? [source.case] : source.case
  return {
    topics: source.topics,
    format: source.format,
    case: source.case === '$key' ? '$key' : paths.map(fieldPath),
    events: buildEvents(source),
    id: source.id === undefined ? undefined : fieldPath(source.id),
    where: source.where,
    attributes: attributes.map(attribute => buildAttribute(attribute, source)),
  }
}

function buildAttribute(
  { name, kind }: AttributeDefinition,
  source: WrittenSource,
): FieldPath | InstantMapping | undefined {
  if (kind === 'field') return fieldPath(name)
  if (kind === 'instant') {
    const time = named(source.instants, name)
    return time === undefined ? undefined : (buildTime(time, source) as InstantMapping)
  }
  const number = named(source.numbers, name)
  const path = {
    dimension: named(source.dimensions, name),
    value: source.value?.field,
    number: typeof number === 'object' ? number.field : number,
  }[kind]
  return path === undefined ? undefined : fieldPath(path)
}

/** A name may be one that every object inherits something under. */
const named = <T>(all: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  all !== undefined && Object.hasOwn(all, name) ? all[name] : undefined

function buildEvents(source: WrittenSource): EventsMapping {
  const { activity, time, activities_at: columns, unit, timezone } = source
  if (columns !== undefined) {
    return {
      kind: 'wide',
      columns: Object.entries(columns).map(([name, column]) => ({
        activity: name,
        time: buildTime(column, { unit, timezone }),
      })),
    }
  }
  if (activity === undefined || time === undefined)
    throw new Error('a source that passed the checks has no activity or time')
  const at = buildTime(time, { unit, timezone })
  if (typeof activity === 'string')
    return { kind: 'single', activity: { kind: 'path', path: fieldPath(activity) }, time: at }
  if ('const' in activity) return { kind: 'single', activity: { kind: 'const', activity: activity.const }, time: at }
  return { kind: 'single', activity: { kind: 'map', path: fieldPath(activity.from), map: activity.map }, time: at }
}

type WrittenTime = NonNullable<WrittenSource['time']>
type HowWritten = { readonly unit?: TimeMapping['unit']; readonly timezone?: string | undefined }

/** What the field itself says comes before what the source says for all its times. */
function buildTime(time: WrittenTime, ofSource: HowWritten): TimeMapping {
  const own: HowWritten & { readonly from: string } = typeof time === 'string' ? { from: time } : time
  if (own.from === '$timestamp') return { from: '$timestamp', unit: undefined, timezone: undefined }
  const written = own.unit === undefined && own.timezone === undefined ? ofSource : own
  return { from: fieldPath(own.from), unit: written.unit, timezone: written.timezone }
}

const fieldPath = (path: string): FieldPath => path.split('.')
