import type * as z from 'zod'
import { type Misfit, reportMisfit, toldByIn } from './misfit.ts'
import type { Report } from './problem.ts'
import { isWithin, type YamlFile, type YamlPath } from './yaml-file.ts'

/** What a file says as far as it has the right shape: anything may be missing, and nothing is wrong. */
export type Loose<T> = T extends string | number | boolean | undefined
  ? T | undefined
  : T extends readonly (infer Item)[]
    ? readonly Loose<Item>[] | undefined
    : { readonly [Key in keyof T]?: Loose<T[Key]> | undefined } | undefined

/**
 * Compares a file with its schema and reports everything that does not fit, at its position.
 *
 * @returns `whole`: the data with defaults, where all of it fits. `sound`: what does fit, for the checks of names that
 * go on although something else is wrong. A value that does not fit is undefined there, with its key; so is that of a key
 * that stands twice, since nobody can tell which of the two is meant, and nothing more is said of it.
 */
export function checkShape<S extends z.ZodType>(
  file: YamlFile,
  schema: S,
  report: Report,
): { whole: z.output<S> | undefined; sound: Loose<z.input<S>> } {
  const result = schema.safeParse(file.value)
  if (result.success && file.repeated.length === 0) {
    return { whole: result.data, sound: file.value as Loose<z.input<S>> }
  }
  const misfits = (result.error?.issues ?? [])
    .flatMap(issue => misfitsOf(issue, [], path => toldByIn(schema, file, path)))
    .filter(misfit => !file.repeated.some(path => isOfValueAt(path, misfit)))
  for (const misfit of misfits) reportMisfit(file, schema, misfit, report)
  const unsound = misfits.filter(misfit => misfit.kind !== 'unknown-key').map(misfit => misfit.path)
  return { whole: undefined, sound: without(file.value, [...unsound, ...file.repeated]) as Loose<z.input<S>> }
}

/** Whether something is wrong with the value at `path` or inside it, and not with its key. */
const isOfValueAt = (path: YamlPath, misfit: Misfit): boolean =>
  isWithin(path, misfit.path) && (misfit.path.length > path.length || misfit.kind === 'value')

/** The places an issue of zod points at; of a union's alternatives, those that the writer most likely meant. */
function misfitsOf(
  issue: z.core.$ZodIssue,
  at: YamlPath,
  toldBy: (path: YamlPath) => ReturnType<typeof toldByIn>,
): Misfit[] {
  const path = [...at, ...(issue.path as YamlPath)]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map(key => ({ kind: 'unknown-key', path: [...path, key] }))
    case 'invalid_key':
      return [{ kind: 'name', path }]
    case 'invalid_union': {
      const told = toldBy(path)
      // A slip of the pen in the key that tells: what else is there cannot be judged.
      const [first] = Object.keys(told?.value ?? {})
      if (told?.alternative === -1 && first !== undefined) return [{ kind: 'unknown-key', path: [...path, first] }]
      const own = told === undefined ? undefined : issue.errors[told.alternative]
      if (own !== undefined) return own.flatMap(error => misfitsOf(error, path, toldBy))
      const ofThisKind = issue.errors.filter(errors =>
        errors.every(error => error.path.length > 0 || !isOfOtherKind(error)),
      )
      const nearest = ofThisKind.sort((a, b) => a.length - b.length)[0]
      return nearest === undefined
        ? [{ kind: 'value', path }]
        : nearest.flatMap(error => misfitsOf(error, path, toldBy))
    }
    default:
      return [{ kind: 'value', path }]
  }
}

const isOfOtherKind = (issue: z.core.$ZodIssue): boolean => issue.code === 'invalid_type'

/** A copy in which what stands at `paths` is undefined. */
function without(value: unknown, paths: readonly YamlPath[]): unknown {
  if (paths.some(path => path.length === 0)) return undefined
  const below = (step: string | number) => paths.filter(path => path[0] === step).map(path => path.slice(1))
  if (paths.length === 0 || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item, index) => without(item, below(index)))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, without(item, below(key))]))
}
