/**
 * The condition (`where`) of a source: CEL over a whole record, parsed from JSON. What is false is skipped.
 * What comparisons mean is described in `field-condition.ts`.
 */
import { parseCel } from './cel.ts'
import { type ConditionProblem, problemOf } from './condition-problem.ts'
import { compileFieldCondition, type FieldPath } from './field-condition.ts'

/** What is wrong with the text; undefined: nothing. Any field may be named: records have no schema. */
export const checkRecordCondition = (text: string): ConditionProblem | undefined =>
  problemOf(() => compileRecordCondition(text))

/** @throws ConditionError with what `checkRecordCondition` reports. The returned function throws nothing. */
export const compileRecordCondition = (text: string): ((record: unknown) => boolean) =>
  compileConditionOver(text, fieldReader)

/**
 * The same condition over records that are held in another form.
 *
 * @param reader asked once for every field that the text names; the function that it returns gives what the parsed
 *   record holds there, undefined or null where it holds nothing. The condition reads nothing else.
 * @throws ConditionError with what `checkRecordCondition` reports.
 */
export function compileConditionOver<Source>(
  text: string,
  reader: (path: FieldPath) => (source: Source) => unknown,
): (source: Source) => boolean {
  return compileFieldCondition<Source>(text, parseCel(text), { reader, brackets: true })
}

function fieldReader(path: FieldPath): (record: unknown) => unknown {
  return record => readField(record, path)
}

/** Reads own members only: `constructor` and `length` are no fields unless the record has them. */
export function readField(record: unknown, path: FieldPath): unknown {
  let value = record
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined
    if (Array.isArray(value)) {
      if (typeof step !== 'number') return undefined
      value = value[step]
    } else {
      if (!Object.hasOwn(value, step)) return undefined
      value = (value as Record<string | number, unknown>)[step]
    }
  }
  return value
}
