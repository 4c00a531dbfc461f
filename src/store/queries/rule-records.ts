import { type Instant, instant } from '../../event/instant.ts'
import type { ReadingConnection } from '../clickhouse/connection.ts'
import { checkRange, type Range } from './range.ts'

/** How often a rule fired in a time, and what people said of that. */
export type RuleRecord = {
  readonly rule: string
  /** Episodes that began to fire. */
  readonly fired: number
  readonly lastFiredAt: Instant
  /** Alerts of these episodes of which somebody said so last. */
  readonly useful: number
  readonly falseAlarm: number
}

export type RuleRecordsQuery = { readonly process: string; readonly range: Range }

type Columns = {
  readonly rule: string
  readonly fired: number
  readonly last_ms: number
  readonly useful: number
  readonly false_alarm: number
}

/**
 * The rules that fired in a range, by name.
 *
 * An episode counts once however often its alert wavered between firing and recovering: by its alert and when that fired.
 *
 * @throws QueryError where the range makes no sense.
 */
export async function ruleRecords(
  connection: ReadingConnection,
  { process, range }: RuleRecordsQuery,
): Promise<RuleRecord[]> {
  checkRange(range)
  const rows = await connection.rows<Columns>(
    `SELECT rule, count() AS fired, max(fired_ms) AS last_ms,
      uniqExactIf(id, verdict = 'useful') AS useful, uniqExactIf(id, verdict = 'false_alarm') AS false_alarm
    FROM (
      SELECT DISTINCT rule, id, assumeNotNull(fired_at_ms) AS fired_ms FROM alert_transitions FINAL
      WHERE process = {process:String} AND state = 'firing' AND at_ms >= {from:Int64}
        AND fired_at_ms >= {from:Int64} AND fired_at_ms < {to:Int64}
    ) AS episodes
    LEFT JOIN (
      SELECT alert AS id, argMax(JSONExtractString(fields, 'verdict'), (at_ms, alert_actions.id)) AS verdict
      FROM alert_actions FINAL
      WHERE process = {process:String} AND kind = 'feedback' AND at_ms >= {from:Int64}
      GROUP BY alert
    ) AS said USING id
    GROUP BY rule ORDER BY rule`,
    { process, from: range.from, to: range.to },
  )
  return rows.map(({ rule, fired, last_ms, useful, false_alarm }) => ({
    rule,
    fired,
    lastFiredAt: instant(last_ms),
    useful,
    falseAlarm: false_alarm,
  }))
}
