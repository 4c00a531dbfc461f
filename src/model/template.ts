import { didYouMean } from './did-you-mean.ts'
import type { Bilingual } from './local-text.ts'
import { type StatisticName, type StatisticUnit, stageVocabulary, type Vocabulary } from './statistics.ts'

/** How a statistic is written. */
export const templateFilters = ['duration', 'number', 'percent'] as const

export type TemplateFilter = (typeof templateFilters)[number]

export type TemplatePiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'dimension'; readonly name: string }
  | { readonly kind: 'statistic'; readonly name: StatisticName; readonly filter: TemplateFilter }

export type TemplateProblem = {
  readonly message: Bilingual
  /** Position in the template's text, in UTF-16 units from 0. */
  readonly offset: number
}

const filterOfUnit: Readonly<Record<StatisticUnit, TemplateFilter>> = {
  duration: 'duration',
  count: 'number',
  rate: 'number',
  ratio: 'percent',
  amount: 'number',
}

/**
 * Reads the summary of a rule: `{{ warehouse }}: p90 {{ age_p90 | duration }}`.
 *
 * A place names a dimension of the rule's `by` or a statistic; without a filter the statistic is written by its unit.
 *
 * @param vocabulary of what the rule is about; default: of a stage.
 * @param offered the dimensions that an advice may name; default: all of them.
 * @returns the pieces in order, or the first thing that is wrong.
 */
export function parseTemplate(
  text: string,
  dimensions: readonly string[],
  vocabulary: Vocabulary = stageVocabulary,
  offered: readonly string[] = dimensions,
): { readonly pieces: readonly TemplatePiece[] } | TemplateProblem {
  const pieces: TemplatePiece[] = []
  let at = 0
  while (at < text.length) {
    const open = text.indexOf('{{', at)
    if (open !== at) pieces.push({ kind: 'text', text: text.slice(at, open === -1 ? undefined : open) })
    if (open === -1) break
    const close = text.indexOf('}}', open)
    if (close === -1)
      return { offset: open, message: { en: '"{{" is not closed by "}}"', zh: '"{{" 没有以 "}}" 结束' } }
    const piece = readPlace(text.slice(open + 2, close), open + 2, { dimensions, vocabulary, offered })
    if ('message' in piece) return piece
    pieces.push(piece)
    at = close + 2
  }
  return { pieces }
}

type Names = {
  readonly dimensions: readonly string[]
  readonly vocabulary: Vocabulary
  readonly offered: readonly string[]
}

/** @param start of the place's inside in the template. */
function readPlace(inside: string, start: number, names: Names): TemplatePiece | TemplateProblem {
  const [namePart = '', filterPart, ...more] = inside.split('|')
  const name = namePart.trim()
  const offset = start + namePart.length - namePart.trimStart().length
  if (name === '' || more.length > 0) {
    return {
      offset: start,
      message: {
        en: 'a place reads {{ name }} or {{ name | filter }}',
        zh: '占位应写作 {{ 名称 }} 或 {{ 名称 | 过滤器 }}',
      },
    }
  }
  const { dimensions, vocabulary, offered } = names
  const filter = filterPart?.trim()
  if (dimensions.includes(name)) {
    return filter === undefined
      ? { kind: 'dimension', name }
      : { offset, message: { en: `the dimension "${name}" takes no filter`, zh: `维度 "${name}" 不能使用过滤器` } }
  }
  const statistic = vocabulary.names.find(known => known === name)
  if (statistic === undefined) return { offset, message: unknownName(name, offered, vocabulary) }
  const own = filterOfUnit[vocabulary.unitOf[statistic] ?? 'count']
  const known = templateFilters.find(candidate => candidate === (filter ?? own))
  if (known !== undefined) return { kind: 'statistic', name: statistic, filter: known }
  return {
    offset: start + namePart.length + 1,
    message: withAdvice(
      { en: `there is no filter "${filter}"`, zh: `没有过滤器 "${filter}"` },
      filter!,
      templateFilters,
    ),
  }
}

function unknownName(name: string, dimensions: readonly string[], { names }: Vocabulary): Bilingual {
  return withAdvice(
    {
      en: `"${name}" is neither a dimension of the rule's "by" nor a statistic`,
      zh: `"${name}" 既不是规则 "by" 中的维度，也不是统计量`,
    },
    name,
    [...dimensions, ...names],
  )
}

function withAdvice(message: Bilingual, name: string, known: readonly string[]): Bilingual {
  const advice = didYouMean(name, known)
  return advice === undefined ? message : { en: `${message.en}; ${advice.en}`, zh: `${message.zh}；${advice.zh}` }
}
