/**
 * A rule's condition: CEL over the statistics of a stage or a measure, and segment → true, false or unknown, with its terms.
 *
 * A statistic without samples has no value, and nothing may be concluded from that: a comparison with a missing value
 * is unknown, and so is what depends on it. `wip > 5 && p90 > duration("4h")` with 3 visits open is false whatever the
 * p90 would be; with 7 open and no visit completed it is unknown.
 *
 * A live percentile may be known only as "≥ b": a comparison is then true if every value from b on makes it true, false
 * if none does, else unknown (`bounded.ts`).
 *
 * The terms are the comparisons, in the order of the text. Whether a condition holds is asked of a thousand segments
 * every second, so terms that cannot change the answer are not looked at; whoever wants it explained gets every one of
 * them, because a person who reads the verdict wants to see them all.
 */
import { type ComparisonSign, compared, comparisonSigns, leastOf, mostOf } from './bounded.ts'
import { type CelNode, describe, parseCel, sourceOf } from './cel.ts'
import { type ConditionProblem, problemOf, refuse } from './condition-problem.ts'
import type { Bilingual } from './local-text.ts'
import { type CompileTest, commonUnit, compileQuantity } from './quantity.ts'
import {
  type BoundedLookup,
  type Reading,
  type ReadingName,
  type StatisticName,
  stageVocabulary,
  type Vocabulary,
} from './statistics.ts'
import { both, choose, either, not, type Truth } from './truth.ts'

export type { ConditionProblem } from './condition-problem.ts'

/** One comparison of a condition, as it came out. */
export type ExplainedTerm = {
  /** The term as written: `age_p90 > duration("3m")`. */
  readonly text: string
  /** What it reads, with the values; undefined: no samples. */
  readonly values: Readonly<Partial<Record<ReadingName, number | undefined>>>
  /** Those of them that are at least their value, and how much more is not known; absent: none. */
  readonly atLeast?: readonly ReadingName[]
  /** Of those that lie in a range, its other end; absent: none. */
  readonly atMost?: Readonly<Partial<Record<ReadingName, number>>>
  readonly result: Truth
}

export type Condition = {
  readonly text: string
  /** The statistics that it reads, over whatever window, each once, in the order of the text. */
  readonly statistics: readonly StatisticName[]
  /** What it reads, each once, in the order of the text. */
  readonly readings: readonly Reading[]
  readonly holds: (lookup: BoundedLookup) => Truth
  /** The same answer, with all terms. */
  readonly evaluate: (lookup: BoundedLookup) => { readonly result: Truth; readonly terms: readonly ExplainedTerm[] }
}

/** What is wrong with the text of a condition; undefined: nothing. */
export const checkCondition = (text: string, vocabulary?: Vocabulary): ConditionProblem | undefined =>
  problemOf(() => compileCondition(text, vocabulary))

/**
 * @param vocabulary of what the condition is about; default: of a stage.
 * @throws ConditionError with what `checkCondition` reports.
 */
export function compileCondition(text: string, vocabulary: Vocabulary = stageVocabulary): Condition {
  const { comparisons, decide } = compileTruth(text, parseCel(text), vocabulary)
  const readings = eachOnce(comparisons.flatMap(comparison => comparison.readings))
  return {
    text,
    statistics: [...new Set(readings.map(({ statistic }) => statistic))],
    readings,
    holds: lookup => decide(index => (comparisons[index] as Comparison).truth(lookup)),
    evaluate: lookup => {
      const terms = comparisons.map(comparison => explain(comparison, lookup))
      return { result: decide(index => terms[index]?.result), terms }
    },
  }
}

type Comparison = {
  readonly text: string
  /** Each once. */
  readonly readings: readonly Reading[]
  readonly truth: (lookup: BoundedLookup) => Truth
}

/** The boolean structure: its leaves, and how their results combine, each asked for by its place among them. */
type Structure = {
  readonly comparisons: readonly Comparison[]
  readonly decide: (resultOf: (index: number) => Truth) => Truth
}

function explain({ text, readings, truth }: Comparison, lookup: BoundedLookup): ExplainedTerm {
  const values: Partial<Record<ReadingName, number | undefined>> = {}
  const atLeast: ReadingName[] = []
  const atMost: Partial<Record<ReadingName, number>> = {}
  for (const { name, statistic, windowMs } of readings) {
    const value = lookup(statistic, windowMs)
    values[name] = leastOf(value)
    if (typeof value === 'object') atLeast.push(name)
    const most = mostOf(value)
    if (most !== undefined) atMost[name] = most
  }
  return {
    text,
    values,
    ...(atLeast.length === 0 ? {} : { atLeast }),
    ...(Object.keys(atMost).length === 0 ? {} : { atMost }),
    result: truth(lookup),
  }
}

function compileTruth(text: string, root: CelNode, vocabulary: Vocabulary): Structure {
  const comparisons: Comparison[] = []

  const compile = (node: CelNode): Structure['decide'] => {
    switch (node.op) {
      case '&&': {
        const [left, right] = [compile(node.args[0]), compile(node.args[1])]
        return resultOf => {
          const first = left(resultOf)
          return first === false ? false : both(first, right(resultOf))
        }
      }
      case '||': {
        const [left, right] = [compile(node.args[0]), compile(node.args[1])]
        return resultOf => {
          const first = left(resultOf)
          return first === true ? true : either(first, right(resultOf))
        }
      }
      case '!_': {
        const operand = compile(node.args)
        return resultOf => not(operand(resultOf))
      }
      case '?:': {
        const [test, then, otherwise] = [compile(node.args[0]), compile(node.args[1]), compile(node.args[2])]
        return resultOf => choose(test(resultOf), then(resultOf), otherwise(resultOf))
      }
      case '<':
      case '<=':
      case '>':
      case '>=':
      case '==':
      case '!=': {
        const index = comparisons.push(compileComparison(text, node, node.op, node.args, vocabulary)) - 1
        return resultOf => resultOf(index)
      }
      case 'value':
        if (typeof node.args === 'boolean') {
          const constant = node.args
          return () => constant
        }
        return refuse(text, node.start, notTruth(text, node, vocabulary))
      default:
        return refuse(text, node.start, notTruth(text, node, vocabulary))
    }
  }

  return { decide: compile(root), comparisons }
}

/** The message for a node that is neither true nor false; the quantity compiler first says what else is wrong with it. */
function notTruth(text: string, node: CelNode, vocabulary: Vocabulary): Bilingual {
  const shown = describe(text, node)
  if (node.op === 'value' || node.op === 'id' || node.op === 'call' || isOver(node) || arithmeticSigns.has(node.op)) {
    const isDuration = compileQuantity(text, node, vocabulary, compileTest(text, vocabulary)).unit === 'duration'
    const example = `${sourceOf(text, node).slice(0, 60)} > ${isDuration ? 'duration("4h")' : '20'}`
    return {
      en: `${shown} is a ${isDuration ? 'duration' : 'number'}, neither true nor false; compare it: ${example}`,
      zh: `${shown} 是${isDuration ? '时长' : '数字'}，不是真假值；请作比较：${example}`,
    }
  }
  return {
    en: `${shown} is not available in a rule's condition; compare statistics with numbers and durations`,
    zh: `规则条件中不能使用 ${shown}；请将统计量与数字或时长比较`,
  }
}

const isOver = (node: CelNode): boolean => node.op === 'rcall' && node.args[0] === 'over'

const arithmeticSigns: ReadonlySet<string> = new Set(['+', '-', '*', '/', '-_'])

const truthSigns: ReadonlySet<string> = new Set([...comparisonSigns, '&&', '||', '!_'])

function compileComparison(
  text: string,
  node: CelNode,
  sign: ComparisonSign,
  sides: readonly [CelNode, CelNode],
  vocabulary: Vocabulary,
) {
  for (const side of sides) {
    if (truthSigns.has(side.op) || (side.op === 'value' && typeof side.args === 'boolean')) {
      refuse(text, side.start, {
        en: `${describe(text, side)} is true or false; "${sign}" compares numbers and durations; a range is written a < b && b < c`,
        zh: `${describe(text, side)} 是真假值；"${sign}" 只比较数字和时长；范围写作 a < b && b < c`,
      })
    }
  }
  const test = compileTest(text, vocabulary)
  const left = compileQuantity(text, sides[0], vocabulary, test)
  const right = compileQuantity(text, sides[1], vocabulary, test)
  commonUnit(text, node, [sides[0], left.unit], [sides[1], right.unit])
  return {
    text: sourceOf(text, node),
    readings: eachOnce([...left.readings, ...right.readings]),
    truth: (lookup: BoundedLookup): Truth => {
      const a = left.value(lookup)
      const b = right.value(lookup)
      return a === undefined || b === undefined ? undefined : compared(sign, a, b)
    },
  }
}

const eachOnce = (readings: readonly Reading[]): readonly Reading[] => [
  ...new Map(readings.map(reading => [reading.name, reading])).values(),
]

function compileTest(text: string, vocabulary: Vocabulary): CompileTest {
  return node => {
    const { comparisons, decide } = compileTruth(text, node, vocabulary)
    return {
      readings: comparisons.flatMap(comparison => comparison.readings),
      truth: lookup => decide(index => (comparisons[index] as Comparison).truth(lookup)),
    }
  }
}
