/**
 * The condition (`where`) of an activity in `from`, `to`, `starts` or `ends`: CEL over the event's own attributes.
 * What comparisons mean is described in `field-condition.ts`.
 */
import type { AttributeValue } from '../event/event.ts'
import { parseCel, refuseName } from './cel.ts'
import { ConditionError, type ConditionProblem, problemOf } from './condition-problem.ts'
import { compileFieldCondition, type FieldPath } from './field-condition.ts'

/** The fields that the condition reads, each once, in the order of the text; `a.b` is one name. */
export function eventConditionNames(text: string): { readonly names: readonly string[] } | ConditionProblem {
  const names = new Set<string>()
  const collect = (path: FieldPath) => {
    names.add(path.join('.'))
    return () => undefined
  }
  try {
    compileFieldCondition(text, parseCel(text), { reader: collect, brackets: false })
    return { names: [...names] }
  } catch (error) {
    if (error instanceof ConditionError) return error.problem
    throw error
  }
}

/** What is wrong with the text, a name that is not among `names` included; undefined: nothing. */
export const checkEventCondition = (text: string, names: readonly string[]): ConditionProblem | undefined =>
  problemOf(() => compileEventCondition(text, names))

/**
 * @param names The attributes' names; the values given later stand in the same order. `a.b` is one name.
 * @throws ConditionError with what `checkEventCondition` reports. The returned function throws nothing.
 */
export function compileEventCondition(
  text: string,
  names: readonly string[],
): (values: readonly AttributeValue[]) => boolean {
  return compileFieldCondition<readonly AttributeValue[]>(text, parseCel(text), {
    reader: (path, node) => {
      const name = path.join('.')
      const index = names.indexOf(name)
      if (index === -1) refuseName(text, node, 'field', name, names)
      return values => values[index]
    },
    brackets: false,
  })
}
