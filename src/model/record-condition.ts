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
export function compileRecordCondition(text: string): (record: unknown) => boolean {
  return compileFieldCondition<unknown>(text, parseCel(text), { reader: fieldReader, brackets: true })
}

/** Reads own members only: `constructor` and `length` are no fields unless the record has them. */
function fieldReader(path: FieldPath): (record: unknown) => unknown {
  return record => {
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
}
