import type { Loose } from './check-shape.ts'
import type { AttributeDefinition } from './definitions.ts'
import { eventConditionNames } from './event-condition.ts'
import { allPatterns } from './patterns.ts'
import type { WrittenProcess } from './process-file.ts'

/** The attribute that holds the money at stake. */
export const VALUE = 'value'

/**
 * What events of the process carry: the dimensions of all sources in order of first mention, the value, then the
 * fields that only conditions read, in the order of `allPatterns`.
 */
export function attributesOf(process: NonNullable<Loose<WrittenProcess>>): AttributeDefinition[] {
  const sources = process.sources ?? []
  const dimensions = new Set(sources.flatMap(source => Object.keys(source?.dimensions ?? {})))
  const hasValue = sources.some(source => source?.value !== undefined)
  const read = new Set(allPatterns(process).flatMap(({ where }) => namesReadBy(where)))
  const carried = new Set(hasValue ? [...dimensions, VALUE] : dimensions)
  return [
    ...[...carried].map(name => ({
      name,
      kind: dimensions.has(name) ? ('dimension' as const) : ('value' as const),
      readByWhere: read.has(name),
    })),
    ...[...read].filter(name => !carried.has(name)).map(name => ({ name, kind: 'field' as const, readByWhere: true })),
  ]
}

/** None for a condition that is wrong: the check of conditions reports it. */
function namesReadBy(where: string | undefined): readonly string[] {
  if (where === undefined) return []
  const read = eventConditionNames(where)
  return 'names' in read ? read.names : []
}
