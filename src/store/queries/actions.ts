import type { AlertAction, AlertDeed } from '../../alerts/alert-action.ts'
import { instant } from '../../event/instant.ts'
import type { ReadingConnection } from '../clickhouse/connection.ts'

type ActionColumns = {
  readonly id: string
  readonly process: string
  readonly alert: string
  readonly at_ms: number
  readonly kind: AlertDeed['kind']
  readonly by: string
  readonly fields: string
}

/** What people did to one alert, oldest first; at most `limit`, the newest. */
export async function actionsOfAlert(
  connection: ReadingConnection,
  process: string,
  alert: string,
  limit: number,
): Promise<AlertAction[]> {
  const rows = await connection.rows<ActionColumns>(
    `SELECT id, process, alert, at_ms, kind, by, fields
    FROM alert_actions FINAL
    WHERE process = {process:String} AND alert = {alert:String}
    ORDER BY at_ms DESC, id DESC
    LIMIT {limit:UInt32}`,
    { process, alert, limit },
  )
  return rows.reverse().map(({ id, at_ms, kind, by, fields }) => {
    // Kind and fields were written together, from an action.
    const deed = { kind, fields: JSON.parse(fields) } as AlertDeed
    return { ...deed, id, process, alert, by, at: instant(at_ms) }
  })
}
