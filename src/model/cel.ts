/**
 * The text of a condition → its syntax tree, or the place where it is wrong.
 *
 * Conditions are CEL. This is the only file that knows the library: it parses, with positions, and within limits, so
 * that no text, however hostile, holds the process up. What the names and operators mean is decided by the compilers
 * of the two kinds of condition (`condition.ts` over statistics, `field-condition.ts` over fields). They turn the tree
 * into closures of their own instead of having the library evaluate it: it has no unknown, its integers are BigInts,
 * its `duration` knows no days, and its `matches` runs patterns that can take seconds on a short text.
 */
import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js'
import { refuse } from './condition-problem.ts'
import { didYouMean } from './did-you-mean.ts'
import type { Bilingual } from './local-text.ts'

export type { ConditionProblem } from './condition-problem.ts'

export type CelNode = ASTNode

/** Far above what a person writes; parsing and checking at these bounds takes a few milliseconds. */
export const conditionLimits = { characters: 4_000, nodes: 1_000, depth: 40, listElements: 500 } as const

const environment = new Environment({
  limits: {
    maxAstNodes: conditionLimits.nodes,
    maxDepth: conditionLimits.depth,
    maxListElements: conditionLimits.listElements,
    maxCallArguments: 4,
  },
})

/** @throws ConditionError where the text is no CEL or exceeds the limits. */
export function parseCel(text: string): CelNode {
  if (text.length > conditionLimits.characters) {
    const { characters } = conditionLimits
    refuse(text, characters, {
      en: `the condition has ${text.length} characters; at most ${characters} are allowed`,
      zh: `条件有 ${text.length} 个字符，最多允许 ${characters} 个`,
    })
  }
  try {
    return environment.parse(text).ast
  } catch (error) {
    // A long row of `!` or `-` is the one nesting that the library's depth limit does not count.
    if (error instanceof RangeError) refuse(text, 0, tooDeep)
    if (!(error instanceof ParseError)) throw error
    const offset = Math.min(error.range?.start ?? 0, text.length)
    refuse(text, offset, syntaxMessage(text, offset, error))
  }
}

const tooDeep: Bilingual = {
  en: `the condition is nested more than ${conditionLimits.depth} levels deep; split it up or simplify it`,
  zh: `条件嵌套超过 ${conditionLimits.depth} 层；请拆分或简化`,
}

const limitMessages: Readonly<Record<string, Bilingual>> = {
  maxAstNodes: {
    en: `the condition has more than ${conditionLimits.nodes} names, values and operators; simplify it`,
    zh: `条件中的名称、值和运算符超过 ${conditionLimits.nodes} 个；请简化`,
  },
  maxDepth: tooDeep,
  maxListElements: {
    en: `the list has more than ${conditionLimits.listElements} elements`,
    zh: `列表元素超过 ${conditionLimits.listElements} 个`,
  },
  maxCallArguments: { en: 'too many arguments', zh: '参数过多' },
}

/** Words and signs of other languages that people try, and how CEL writes them. */
const otherSpellings: Readonly<Record<string, string>> = {
  and: '&&',
  or: '||',
  not: '!',
  AND: '&&',
  OR: '||',
  NOT: '!',
  '&': '&&',
  '|': '||',
  '=': '==',
}

/** In our own words where people make the mistake often, else in the library's. */
function syntaxMessage(text: string, offset: number, error: ParseError): Bilingual {
  const asIs = { en: error.summary, zh: error.summary }
  if (error.code === 'limit_exceeded') {
    const limit = Object.keys(limitMessages).find(name => error.summary.includes(name))
    return limit === undefined ? asIs : limitMessages[limit]!
  }
  const rest = text.slice(offset)
  if (text.trim() === '') return { en: 'the condition is empty', zh: '条件为空' }
  if (rest.trim() === '') {
    return { en: 'the condition ends here, but something is missing', zh: '条件在此结束，但还缺少内容' }
  }
  const word = /^(?:\w{1,32}|[&|=])/.exec(rest)?.[0] ?? [...rest][0]!
  if (error.code === 'unexpected_character' || error.code === 'unexpected_token' || error.code === 'expected_token') {
    const instead = Object.hasOwn(otherSpellings, word) ? otherSpellings[word] : undefined
    return {
      en: `${JSON.stringify(word)} is not expected here${instead === undefined ? '' : `; write ${instead}`}`,
      zh: `此处不应出现 ${JSON.stringify(word)}${instead === undefined ? '' : `；请写 ${instead}`}`,
    }
  }
  if (error.code === 'reserved_identifier') {
    return {
      en: `${word} is a reserved word of CEL and cannot be a name here`,
      zh: `${word} 是 CEL 保留字，不能用作名称`,
    }
  }
  if (error.code.startsWith('unterminated'))
    return { en: 'the text that begins here has no end', zh: '此处开始的文本没有结束' }
  return asIs
}

/**
 * The source text of a node. The library's ranges leave out parentheses around the outermost operands, so they are put
 * back here: `wip + 1) > 3` becomes `(wip + 1) > 3`.
 */
export function sourceOf(text: string, node: CelNode): string {
  let open = 0
  let lowest = 0
  // Strings and comments are matched first so that parentheses inside them do not count.
  const marks = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\/\/[^\n]*|[()]/g
  for (const [mark] of text.slice(node.start, node.end).matchAll(marks)) {
    if (mark === '(') open++
    else if (mark === ')') lowest = Math.min(lowest, --open)
  }
  let start = node.start
  let end = node.end
  for (let missing = -lowest; missing > 0 && start > 0; missing--) start = Math.max(0, text.lastIndexOf('(', start - 1))
  for (let missing = open - lowest; missing > 0 && end < text.length; missing--) {
    const closing = text.indexOf(')', end)
    end = closing === -1 ? text.length : closing + 1
  }
  return text.slice(start, end).replace(/\s+/g, ' ').trim()
}

/** What a node is, for a message: its source in backquotes, since it often holds quotes itself; shortened. */
export function describe(text: string, node: CelNode): string {
  const source = sourceOf(text, node)
  return `\`${source.length > 60 ? `${source.slice(0, 60)}…` : source}\``
}

/** What a condition can name. */
const nameKinds = {
  statistic: { en: 'statistic', zh: '统计量' },
  function: { en: 'function', zh: '函数' },
  field: { en: 'field', zh: '字段' },
} as const

/** Longer names are cut in messages, and before they are compared with the known ones. */
const longestShown = 64

/** @throws ConditionError, always, with the nearest of the known names or a list of them. */
export function refuseName(
  text: string,
  node: CelNode,
  kind: keyof typeof nameKinds,
  written: string,
  known: Iterable<string>,
): never {
  const name = written.slice(0, longestShown)
  const advice = didYouMean(name, known)
  return refuse(text, node.start, {
    en: `there is no ${nameKinds[kind].en} "${name}"${advice === undefined ? '' : `; ${advice.en}`}`,
    zh: `没有名为 "${name}" 的${nameKinds[kind].zh}${advice === undefined ? '' : `；${advice.zh}`}`,
  })
}
