import type { Loose } from './check-shape.ts'
import type { ProcessFile, WrittenProcess } from './process-file.ts'
import type { YamlPath } from './yaml-file.ts'

/** `paid`, `{activity: paid, where: …}`, or a list of these. */
type WrittenPatterns = ProcessFile['stages'][string]['from']

/** One activity of a `from`, `to`, `starts`, `ends` or `on`, with where its parts stand. */
export type LocatedPattern = {
  readonly activity: string | undefined
  readonly activityPath: YamlPath
  readonly where: string | undefined
  readonly wherePath: YamlPath
}

/** @param path where the patterns stand in the file. */
export function patternsAt(written: Loose<WrittenPatterns>, path: YamlPath): LocatedPattern[] {
  if (written === undefined) return []
  if (Array.isArray(written)) return written.flatMap((item, index) => patternsAt(item, [...path, index]))
  if (typeof written === 'string') {
    return [{ activity: written, activityPath: path, where: undefined, wherePath: path }]
  }
  const { activity, where } = written as { readonly activity?: string; readonly where?: string }
  return [{ activity, activityPath: [...path, 'activity'], where, wherePath: [...path, 'where'] }]
}

/** All patterns of the process, in the order `starts`, `ends`, stages, measures. */
export function allPatterns(process: NonNullable<Loose<WrittenProcess>>): LocatedPattern[] {
  return [
    ...patternsAt(process.starts, ['starts']),
    ...Object.entries(process.ends ?? {}).flatMap(([group, patterns]) => patternsAt(patterns, ['ends', group])),
    ...Object.entries(process.stages ?? {}).flatMap(([name, stage]) => [
      ...patternsAt(stage?.from, ['stages', name, 'from']),
      ...patternsAt(stage?.to, ['stages', name, 'to']),
    ]),
    ...Object.entries(process.measures ?? {}).flatMap(([name, measure]) =>
      patternsAt(measure?.on, ['measures', name, 'on']),
    ),
  ]
}
