import { compileCondition } from './condition.ts'
import type { ProcessDefinition, RuleDefinition } from './definitions.ts'
import { type StatisticName, type Vocabulary, vocabularyOf } from './statistics.ts'
import { parseTemplate } from './template.ts'

/**
 * The statistics that a rule reads, in its conditions and in its summary, each once.
 *
 * @param rule One of the process's rules, checked when its file was loaded.
 */
export function statisticsRead(process: ProcessDefinition, rule: RuleDefinition): readonly StatisticName[] {
  const vocabulary = vocabularyOf(rule)
  const conditions = [rule.when, ...(rule.recoverWhen === undefined ? [] : [rule.recoverWhen])]
  const texts = rule.summary === undefined ? [] : [rule.summary.en, rule.summary.zh ?? '']
  const dimensions = rule.by.map(attribute => process.attributes[attribute]?.name ?? '')
  return [
    ...new Set([
      ...conditions.flatMap(condition => compileCondition(condition, vocabulary).statistics),
      ...texts.flatMap(text => shownBy(text, dimensions, vocabulary)),
    ]),
  ]
}

function shownBy(text: string, dimensions: readonly string[], vocabulary: Vocabulary): StatisticName[] {
  const parsed = parseTemplate(text, dimensions, vocabulary)
  return 'pieces' in parsed ? parsed.pieces.flatMap(piece => (piece.kind === 'statistic' ? [piece.name] : [])) : []
}
