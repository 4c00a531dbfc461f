import type { Loose } from './check-shape.ts'
import type { AttributeDefinition } from './definitions.ts'
import { eventConditionNames } from './event-condition.ts'
import { allPatterns } from './patterns.ts'
import type { WrittenProcess } from './process-file.ts'

/** The attribute that holds the money at stake. */
export const VALUE = 'value'

/**
 * What events of the process carry: the dimensions of all sources in order of first mention, the value, instants and
 * numbers likewise, then the fields that only conditions read, in the order of `allPatterns`.
 */
export function attributesOf(process: NonNullable<Loose<WrittenProcess>>): AttributeDefinition[] {
  const sources = process.sources ?? []
  const mapped = new Map<string, Pick<AttributeDefinition, 'kind' | 'decimals'>>()
  const add = (name: string, kind: AttributeDefinition['kind'], decimals?: number) => {
    if (!mapped.has(name)) mapped.set(name, decimals === undefined ? { kind } : { kind, decimals })
  }
  for (const source of sources) for (const name of Object.keys(source?.dimensions ?? {})) add(name, 'dimension')
  const value = sources.find(source => source?.value !== undefined)?.value
  if (value !== undefined) add(VALUE, 'value', value.decimals)
  for (const source of sources) for (const name of Object.keys(source?.instants ?? {})) add(name, 'instant')
  for (const source of sources)
    for (const [name, number] of Object.entries(source?.numbers ?? {})) add(name, 'number', decimalsOf(number))
  const read = new Set(allPatterns(process).flatMap(({ where }) => namesReadBy(where)))
  return [
    ...[...mapped].map(([name, of]) => ({ name, ...of, readByWhere: read.has(name) })),
    ...[...read].filter(name => !mapped.has(name)).map(name => ({ name, kind: 'field' as const, readByWhere: true })),
  ]
}

/** Digits behind the point of a number; a path alone is one of whole numbers. */
export const decimalsOf = (number: WrittenNumber): number => (typeof number === 'object' ? (number.decimals ?? 0) : 0)

type WrittenNumber = string | { readonly decimals?: number | undefined } | undefined

/** None for a condition that is wrong: the check of conditions reports it. */
function namesReadBy(where: string | undefined): readonly string[] {
  if (where === undefined) return []
  const read = eventConditionNames(where)
  return 'names' in read ? read.names : []
}
