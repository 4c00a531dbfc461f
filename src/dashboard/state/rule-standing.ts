import type { Alert } from '../../protocol/alert.ts'
import type { RuleView } from '../../protocol/rules.ts'
import type { MeasureStatistics, StageStatistics } from '../../protocol/statistics.ts'
import type { Segment } from '../../protocol/vocabulary.ts'
import { isFiring } from './stage-condition.ts'

/** How a rule is doing; said by word and icon. */
export type RuleStanding = 'firing' | 'pending' | 'quiet'

export const firingCount = ({ alerts }: RuleView): number => alerts.firing + alerts.recovering + alerts.no_data

export function ruleStanding(rule: RuleView): RuleStanding {
  if (firingCount(rule) > 0) return 'firing'
  return rule.alerts.pending > 0 ? 'pending' : 'quiet'
}

const ranks = { firing: 0, pending: 1, quiet: 2 } as const

/** Those that fire first; those alike stay in the order of their file. */
export const rulesInOrder = (rules: readonly RuleView[]): RuleView[] =>
  rules.toSorted((a, b) => ranks[ruleStanding(a)] - ranks[ruleStanding(b)])

/** When it fired last, as far as that is known; undefined: not within that time. */
export function lastFiredAt({ last_fired_at, past }: RuleView): string | undefined {
  const known = [last_fired_at, past?.last_fired_at].filter(at => typeof at === 'string')
  return known.toSorted().at(-1)
}

/** What people said of its alerts: of the last weeks, or where the store is away of the last day. */
export const feedbackOf = ({ feedback, past }: RuleView): RuleView['feedback'] => past ?? feedback

/**
 * Where a rule can be asked about: where it fires first, then the segments that the page knows.
 *
 * @param statistics of what the rule is about; undefined where nothing is known of it yet.
 */
export function segmentsOf(
  rule: RuleView,
  alerts: readonly Alert[],
  statistics: StageStatistics | MeasureStatistics | undefined,
): Segment[] {
  if (rule.by.length === 0) return [{}]
  const own = alerts.filter(alert => alert.rule === rule.name && alert.state !== 'resolved')
  const firing = own.filter(isFiring)
  const known = statistics?.segments.filter(({ total }) => !total) ?? []
  const segments = new Map<string, Segment>()
  for (const { segment } of [...firing, ...own, ...known]) {
    // A rule may be cut by fewer dimensions than its stage.
    if (!rule.by.every(dimension => segment[dimension] !== undefined)) continue
    const cut = Object.fromEntries(rule.by.map(dimension => [dimension, segment[dimension] ?? null]))
    segments.set(JSON.stringify(cut), cut)
  }
  return [...segments.values()]
}
