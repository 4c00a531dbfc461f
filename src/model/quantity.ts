/**
 * The numeric part of a rule's condition: arithmetic over statistics.
 *
 * All numbers are doubles, durations are ms. A result is missing where one of its operands is, where something is
 * divided by zero, and where it leaves the range of doubles; so a comparison never sees NaN. Of an operand that is only
 * known to be "≥ b" the result is known as far as that goes. Units are checked when the condition is loaded: a duration is added
 * to durations and compared with them only. With a count it is nearly always a slip, and of a bare number nobody but the
 * writer knows whether it means milliseconds or minutes.
 */
import { parseDuration } from '../event/duration.ts'
import { type ArithmeticSign, calculated, type Extent, extentOf, negated } from './bounded.ts'
import { type CelNode, describe, refuseName } from './cel.ts'
import { refuse } from './condition-problem.ts'
import { type BoundedLookup, type Reading, readingOver, type Vocabulary } from './statistics.ts'
import { choose, type Truth } from './truth.ts'

/**
 * `plain` numbers stand in the text and go with counts, shares, rates and amounts; `zero`, a 0 of the text, goes with
 * durations too, since no time is no time in every unit.
 */
export type QuantityUnit = 'duration' | 'number' | 'plain' | 'zero'

export type Quantity = {
  readonly unit: QuantityUnit
  /** What it reads, in the order of the text, possibly repeated. */
  readonly readings: readonly Reading[]
  /** In ms where the unit is `duration`; undefined: missing. */
  readonly value: (lookup: BoundedLookup) => Extent | undefined
}

/** How the tests inside a quantity (`test ? a : b`) are compiled; they are conditions of their own. */
export type CompileTest = (node: CelNode) => {
  readonly readings: readonly Reading[]
  readonly truth: (lookup: BoundedLookup) => Truth
}

/** @throws ConditionError where the node is no number or duration. */
export function compileQuantity(
  text: string,
  node: CelNode,
  vocabulary: Vocabulary,
  compileTest: CompileTest,
): Quantity {
  const operand = (inner: CelNode) => compileQuantity(text, inner, vocabulary, compileTest)
  switch (node.op) {
    case 'value':
      return literal(text, node, node.args)
    case 'id':
      return statistic(text, node, node.args, vocabulary)
    case 'call':
      return durationCall(text, node, node.args[0], node.args[1])
    case 'rcall':
      return overWindow(text, node, node.args[0], node.args[1], node.args[2], vocabulary)
    case '-_': {
      const { unit, readings, value } = operand(node.args)
      return {
        unit,
        readings,
        value: lookup => {
          const known = value(lookup)
          return known === undefined ? undefined : negated(known)
        },
      }
    }
    case '+':
    case '-':
    case '*':
    case '/':
      return arithmetic(text, node, node.op, node.args, operand(node.args[0]), operand(node.args[1]))
    case '?:': {
      const test = compileTest(node.args[0])
      const then = operand(node.args[1])
      const otherwise = operand(node.args[2])
      return {
        unit: commonUnit(text, node, [node.args[1], then.unit], [node.args[2], otherwise.unit]),
        readings: [...test.readings, ...then.readings, ...otherwise.readings],
        value: lookup => choose(test.truth(lookup), then.value(lookup), otherwise.value(lookup)),
      }
    }
    default:
      return refuse(text, node.start, {
        en: `a number or a duration is expected here, not ${describe(text, node)}`,
        zh: `此处应为数字或时长，而不是 ${describe(text, node)}`,
      })
  }
}

type Side = readonly [node: CelNode, unit: QuantityUnit]

/** @throws ConditionError where one side is a duration and the other is none, and not 0 either. */
export function commonUnit(text: string, node: CelNode, left: Side, right: Side): QuantityUnit {
  const [unit, other] = [left[1], right[1]]
  if (unit === other || other === 'zero') return unit
  if (unit === 'zero') return other
  if (unit !== 'duration' && other !== 'duration') return 'number'
  const [[duration], [number, kind]] = unit === 'duration' ? [left, right] : [right, left]
  if (kind === 'plain') return refuseBare(text, number, duration)
  return refuse(text, node.start, {
    en: `${describe(text, node)} mixes a duration with a number that is no duration`,
    zh: `${describe(text, node)} 把时长与非时长的数字混在一起`,
  })
}

function refuseBare(text: string, number: CelNode, duration: CelNode): never {
  const written = number.op === 'value' ? Number(number.args) : Number.NaN
  // Thousands are nobody's minutes.
  const isMany = written >= 1_000
  const millis = Number.isSafeInteger(written) ? `duration("${written}ms")` : undefined
  const examples = millis === undefined ? ['duration("4h")'] : isMany ? [millis] : [`duration("${written}m")`, millis]
  return refuse(text, number.start, {
    en: `${describe(text, number)} has no unit, and ${describe(text, duration)} is a duration; write a duration, such as ${examples.join(' or ')}`,
    zh: `${describe(text, number)} 没有单位，而 ${describe(text, duration)} 是时长；请写成时长，例如 ${examples.join(' 或 ')}`,
  })
}

function literal(text: string, node: CelNode, written: unknown): Quantity {
  if (typeof written !== 'number' && typeof written !== 'bigint') {
    const isText = typeof written === 'string'
    refuse(text, node.start, {
      en: `a number or a duration is expected here, not ${describe(text, node)}${isText ? '; a duration is written duration("4h")' : ''}`,
      zh: `此处应为数字或时长，而不是 ${describe(text, node)}${isText ? '；时长写作 duration("4h")' : ''}`,
    })
  }
  const value = Number(written)
  if (!Number.isFinite(value)) refuse(text, node.start, { en: 'the number is too large', zh: '数字过大' })
  return { unit: value === 0 ? 'zero' : 'plain', readings: [], value: () => value }
}

function statistic(text: string, node: CelNode, written: string, { names, unitOf }: Vocabulary): Quantity {
  const name = names.find(known => known === written)
  if (name !== undefined) {
    const unit = unitOf[name] === 'duration' ? 'duration' : 'number'
    const reading: Reading = { name, statistic: name, windowMs: undefined, offset: node.start }
    return { unit, readings: [reading], value: lookup => extentOf(lookup(name)) }
  }
  return refuseName(text, node, 'statistic', written, names)
}

/** `p90.over("24h")`: the statistic over another window than the rule's. */
function overWindow(
  text: string,
  node: CelNode,
  called: string,
  of: CelNode,
  args: readonly CelNode[],
  vocabulary: Vocabulary,
): Quantity {
  if (called !== 'over') refuseName(text, node, 'function', called, ['over'])
  const argument = args[0]
  const windowMs =
    args.length === 1 && argument?.op === 'value' && typeof argument.args === 'string'
      ? parseDuration(argument.args)
      : undefined
  if (windowMs === undefined || windowMs === 0) {
    return refuse(text, argument?.start ?? node.start, {
      en: 'over takes the length of a window, e.g. over("24h")',
      zh: 'over 需要窗口的长度，例如 over("24h")',
    })
  }
  if (of.op !== 'id') {
    return refuse(text, of.start, {
      en: `over is asked of a statistic, e.g. p90.over("24h"), not of ${describe(text, of)}`,
      zh: `over 只用于统计量，例如 p90.over("24h")，不能用于 ${describe(text, of)}`,
    })
  }
  const { unit, readings } = statistic(text, of, of.args, vocabulary)
  const name = (readings[0] as Reading).statistic
  if (!vocabulary.isOfWindow(name)) {
    return refuse(text, of.start, {
      en: `"${name}" is of the instant and the rule's own window; over is for what a window counts, such as p90 or exited`,
      zh: `"${name}" 属于当前时刻和规则自身的窗口；over 用于窗口内的统计量，例如 p90 或 exited`,
    })
  }
  const offset = argument?.start ?? node.start
  return {
    unit,
    readings: [{ name: readingOver(name, windowMs), statistic: name, windowMs, offset }],
    value: lookup => extentOf(lookup(name, windowMs)),
  }
}

function durationCall(text: string, node: CelNode, name: string, args: readonly CelNode[]): Quantity {
  if (name !== 'duration') refuseName(text, node, 'function', name, ['duration'])
  const argument = args[0]
  if (args.length !== 1 || argument?.op !== 'value' || typeof argument.args !== 'string') {
    return refuse(text, node.start, {
      en: 'duration takes one text, e.g. duration("1h30m")',
      zh: 'duration 需要一个文本，例如 duration("1h30m")',
    })
  }
  const value = parseDuration(argument.args)
  if (value !== undefined) return { unit: 'duration', readings: [], value: () => value }
  return refuse(text, argument.start, {
    en: `${describe(text, argument)} is no duration; write whole numbers with a unit each (ms, s, m, h, d, w), e.g. duration("1h30m")`,
    zh: `${describe(text, argument)} 不是时长；请写带单位的整数（ms, s, m, h, d, w），例如 duration("1h30m")`,
  })
}

function arithmetic(
  text: string,
  node: CelNode,
  sign: ArithmeticSign,
  sides: readonly [CelNode, CelNode],
  left: Quantity,
  right: Quantity,
): Quantity {
  return {
    unit: resultUnit(text, node, sign, [sides[0], left.unit], [sides[1], right.unit]),
    readings: [...left.readings, ...right.readings],
    value: lookup => {
      const a = left.value(lookup)
      const b = right.value(lookup)
      return a === undefined || b === undefined ? undefined : calculated(sign, a, b)
    },
  }
}

function resultUnit(text: string, node: CelNode, sign: ArithmeticSign, leftSide: Side, rightSide: Side): QuantityUnit {
  if (sign === '+' || sign === '-') return commonUnit(text, node, leftSide, rightSide)
  const [left, right] = [leftSide[1], rightSide[1]]
  if (sign === '*') {
    if (left === 'duration' && right === 'duration') {
      refuse(text, node.start, {
        en: `${describe(text, node)} multiplies two durations`,
        zh: `${describe(text, node)} 把两个时长相乘`,
      })
    }
  } else if (right === 'duration') {
    if (left === 'duration') return 'number'
    refuse(text, node.start, {
      en: `${describe(text, node)} divides by a duration what is no duration`,
      zh: `${describe(text, node)} 用时长去除非时长的数`,
    })
  }
  if (left === 'duration' || right === 'duration') return 'duration'
  return left === 'number' || right === 'number' ? 'number' : 'plain'
}
