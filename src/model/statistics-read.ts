import { compileCondition } from './condition.ts'
import type { ProcessDefinition, RuleDefinition } from './definitions.ts'
import { isUsual, type Reading, type StatisticName, type Vocabulary, vocabularyOf } from './statistics.ts'
import { parseTemplate } from './template.ts'

/**
 * The statistics that a rule reads, in its conditions and in its summary, each once.
 *
 * @param rule One of the process's rules, checked when its file was loaded.
 */
export function statisticsRead(process: ProcessDefinition, rule: RuleDefinition): readonly StatisticName[] {
  const vocabulary = vocabularyOfRule(rule)
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

/** What the texts of a rule may name. */
export const vocabularyOfRule = ({ measure, kind }: Pick<RuleDefinition, 'measure' | 'kind'>): Vocabulary =>
  vocabularyOf({ measure, deviationOf: kind?.kind === 'deviation' ? kind.of : undefined })

/**
 * What a rule remembers of each hour: the statistic that it is about, which the present is compared with. Of an absence it
 * reaches over the whole hour, so that nothing between two hours is missed.
 *
 * @param paneMs of the process.
 */
export function rememberedOf(
  rule: RuleDefinition,
  paneMs: number,
): Pick<Reading, 'statistic' | 'windowMs'> | undefined {
  const { kind, windowMs } = rule
  if (kind?.kind === 'deviation') return { statistic: kind.of, windowMs: undefined }
  if (kind?.kind === 'absent') {
    const wholeHour = Math.ceil(HOUR_MS / paneMs) * paneMs
    return { statistic: kind.of, windowMs: windowMs >= HOUR_MS ? undefined : wholeHour }
  }
  return compileCondition(rule.when, vocabularyOfRule(rule)).readings[0]
}

const HOUR_MS = 3_600_000

/** What says how many, and nothing of how long. */
const counts: readonly StatisticName[] = [
  'entered',
  'exited',
  'abandoned',
  'expired',
  'reworked',
  'throughput',
  'wip',
  'at_risk',
]

/** Whether the condition of a rule says how long visits take. */
export const isAboutTime = (rule: RuleDefinition): boolean =>
  rule.measure === undefined &&
  compileCondition(rule.when, vocabularyOfRule(rule)).statistics.some(name => !isUsual(name) && !counts.includes(name))

/** Windows that a rule's conditions ask for beside its own, in ms. */
export function otherWindowsMs(rule: RuleDefinition, paneMs: number): readonly number[] {
  const vocabulary = vocabularyOfRule(rule)
  const conditions = [rule.when, ...(rule.recoverWhen === undefined ? [] : [rule.recoverWhen])]
  const readings = conditions.flatMap(condition => compileCondition(condition, vocabulary).readings)
  return [...readings, rememberedOf(rule, paneMs)].flatMap(reading => reading?.windowMs ?? [])
}

function shownBy(text: string, dimensions: readonly string[], vocabulary: Vocabulary): StatisticName[] {
  const parsed = parseTemplate(text, dimensions, vocabulary)
  return 'pieces' in parsed ? parsed.pieces.flatMap(piece => (piece.kind === 'statistic' ? [piece.name] : [])) : []
}
