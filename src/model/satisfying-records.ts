/**
 * Records for which a source's condition (`where`) holds, made from one for which it may not.
 *
 * The condition is taken apart at `&&`, `||`, `!` and `?:`; what is left are its single claims, such as `tenant == "cn"`
 * or `size(items) > 2`. Where a claim fails, its fields are given values, drawn from the constants that the condition
 * names, until it holds. So nothing here knows what an operator means but the compiled condition itself, and a form
 * that this search is too plain for yields no record, never a wrong one.
 */
import { type CelNode, parseCel } from './cel.ts'
import { compileFieldCondition, type FieldPath, type Fields } from './field-condition.ts'
import { readField } from './record-condition.ts'

export type JsonRecord = { readonly [field: string]: unknown }

/** Claims tried at most, over all: a condition that contradicts itself must not hold anybody up. */
const MOST_TRIALS = 5_000

/**
 * @param text a condition that was checked.
 * @param record where the search starts; a claim that it makes true already changes nothing.
 * @param place where in the record a field of the condition lies.
 * @returns the least changed first; none where the condition cannot hold, or none was found. A field whose value is
 *   undefined is to be left out.
 * @throws ConditionError with what `checkRecordCondition` reports.
 */
export function* satisfyingRecords(
  text: string,
  record: JsonRecord,
  place: (path: FieldPath) => FieldPath = path => path,
): Generator<JsonRecord> {
  const holds = compileFieldCondition<JsonRecord>(text, parseCel(text), fieldsAt(place))
  for (const found of compileSearch(text, parseCel(text), place, { left: MOST_TRIALS })(record, true)) {
    if (holds(found)) yield found
  }
}

/** A list of a record is made no longer than this. */
const LONGEST_LIST = 100

/**
 * The record with the value at the path, objects and lists on the way made where there are none; the record itself
 * stays as it was. A name that every object inherits something under is a field like any other.
 */
export function withField(record: unknown, path: FieldPath, value: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return value
  const inside = withField(readField(record, [step]), rest, value)
  if (typeof step === 'string') return { ...(isObject(record) ? record : {}), [step]: inside }
  if (step >= LONGEST_LIST) return record
  const list: readonly unknown[] = Array.isArray(record) ? record : []
  return Array.from({ length: Math.max(list.length, step + 1) }, (_, index) =>
    index === step ? inside : (list[index] ?? null),
  )
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Records near the given one for which a part of the condition is `wanted`, true or false. */
type Search = (record: JsonRecord, wanted: boolean) => Iterable<JsonRecord>
type Place = (path: FieldPath) => FieldPath
type Trials = { left: number }

function compileSearch(text: string, node: CelNode, place: Place, trials: Trials): Search {
  const compile = (part: CelNode) => compileSearch(text, part, place, trials)
  switch (node.op) {
    case '&&':
      return both(compile(node.args[0]), compile(node.args[1]))
    case '||': {
      // Neither of two is what both are not.
      const neither = both(negated(compile(node.args[0])), negated(compile(node.args[1])))
      return negated(neither)
    }
    case '!_':
      return negated(compile(node.args))
    case '?:': {
      const [test, then, otherwise] = [compile(node.args[0]), compile(node.args[1]), compile(node.args[2])]
      return function* (record, wanted) {
        for (const tested of test(record, true)) yield* then(tested, wanted)
        for (const tested of test(record, false)) yield* otherwise(tested, wanted)
      }
    }
    default:
      return claim(text, node, place, trials)
  }
}

const negated =
  (search: Search): Search =>
  (record, wanted) =>
    search(record, !wanted)

const both = (left: Search, right: Search): Search =>
  function* (record, wanted) {
    if (wanted) {
      for (const half of left(record, true)) yield* right(half, true)
    } else {
      yield* left(record, false)
      yield* right(record, false)
    }
  }

/** A part that is not taken apart: its fields get values until it is as wanted. */
function claim(text: string, node: CelNode, place: Place, trials: Trials): Search {
  const fields = new Map<string, FieldPath>()
  const tell = (path: FieldPath) => fields.set(JSON.stringify(path), path)
  const holds = compileFieldCondition<JsonRecord>(text, node, fieldsAt(place, tell))
  const paths = [...fields.values()]
  const constants = constantsIn(node)
  return function* (record, wanted) {
    if (trials.left-- > 0 && holds(record) === wanted) yield record
    for (const changed of filledIn(record, paths, constants)) {
      if (trials.left-- <= 0) return
      if (holds(changed) === wanted) yield changed
    }
  }
}

/** Every combination of values for the fields at the paths. */
function* filledIn(
  record: JsonRecord,
  paths: readonly FieldPath[],
  constants: readonly unknown[],
): Iterable<JsonRecord> {
  const [path, ...rest] = paths
  if (path === undefined) return
  for (const value of valuesFrom(constants, readField(record, path))) {
    const changed = withField(record, path, value) as JsonRecord
    if (rest.length === 0) yield changed
    else yield* filledIn(changed, rest, constants)
  }
}

/** Values that a claim over such constants is likely to be about, the plainest first. */
function valuesFrom(constants: readonly unknown[], now: unknown): readonly unknown[] {
  const texts = constants.filter(constant => typeof constant === 'string')
  const numbers = constants
    .flatMap(constant => (typeof constant === 'bigint' ? [Number(constant)] : constant))
    .filter(constant => typeof constant === 'number')
  // What is there already may be what another claim asks for: a beginning goes with an end.
  const joined = typeof now !== 'string' ? [] : texts.flatMap(text => [text + now, now + text])
  const plain = [...joined, ...texts, ...numbers, 'example', 1, true, false]
  const lengths = numbers.flatMap(number => [number, number + 1]).filter(isLength)
  return [
    ...plain,
    ...numbers.flatMap(number => [number + 1, number - 1]),
    ...texts.flatMap(text => [`${text}${text}`, text.slice(0, -1)]),
    ...lengths.map(length => 'x'.repeat(length)),
    ...plain.map(value => [value]),
    {},
    undefined,
  ]
}

const isLength = (number: number) => Number.isInteger(number) && number >= 0 && number <= 1_000

/** The values that stand in a part of a condition, each once, in the order of the text. */
function constantsIn(node: CelNode): readonly unknown[] {
  if (node.op === 'value') return [node.args]
  const parts: readonly unknown[] = [node.args].flat(Number.POSITIVE_INFINITY)
  return [...new Set(parts.filter(isNode).flatMap(constantsIn))]
}

const isNode = (part: unknown): part is CelNode => typeof part === 'object' && part !== null && 'op' in part

const fieldsAt = (place: Place, tell: (path: FieldPath) => unknown = () => {}): Fields<JsonRecord> => ({
  reader: path => {
    const placed = place(path)
    tell(placed)
    return record => readField(record, placed)
  },
  brackets: true,
})
