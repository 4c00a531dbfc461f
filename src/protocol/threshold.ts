import { parseDuration } from '../event/duration.ts'
import { measureVocabulary, type StatisticName, stageVocabulary } from '../model/statistics.ts'

export type Threshold = {
  readonly statistic: StatisticName
  readonly operator: '>' | '>=' | '<' | '<=' | '==' | '!='
  /** In the statistic's own unit. */
  readonly value: number
}

const comparison = /^\s*([a-z_0-9]+)\s*(>=|<=|==|!=|>|<)\s*(?:duration\(\s*["']([^"']+)["']\s*\)|(-?\d+(?:\.\d+)?))\s*$/

/**
 * Reads a term of the plain form `statistic > duration("3m")` or `statistic >= 20`, so that a page can set the value
 * beside its limit.
 *
 * @returns undefined for any other term; it is then shown as written.
 */
export function thresholdOf(term: string): Threshold | undefined {
  const match = comparison.exec(term)
  if (match === null) return undefined
  const statistic = [...stageVocabulary.names, ...measureVocabulary.names].find(name => name === match[1])
  const value = match[3] === undefined ? Number(match[4]) : parseDuration(match[3])
  if (statistic === undefined || value === undefined) return undefined
  return { statistic, operator: match[2] as Threshold['operator'], value }
}
