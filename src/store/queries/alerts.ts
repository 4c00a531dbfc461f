import type { AlertPhase, AlertTransition } from '../../alerts/transition.ts'
import { type Instant, instant } from '../../event/instant.ts'
import type { Severity } from '../../model/definitions.ts'
import type { ReadingConnection } from '../clickhouse/connection.ts'
import { cursorText, questionMark, readCursor } from './cursor.ts'
import { checkRange, checkWhole, type Range } from './range.ts'
import { placeInLife, type TransitionColumns, transitionColumns, transitionOf } from './stored-transition.ts'

/** Alerts by the latest that is known of each, those that moved last first. What is left out asks nothing. */
export type AlertQuery = {
  readonly process?: string
  /** Of the latest transition, as `owner` and `severity` are. */
  readonly state?: AlertPhase
  readonly rule?: string
  readonly stage?: string
  readonly measure?: string
  readonly owner?: string
  readonly severity?: Severity
  /** Those that lived in it: from their first transition until the one that resolved them or ended them early. */
  readonly range?: Range
  /** 1 … 1,000. */
  readonly limit: number
  readonly cursor?: string
}

export type StoredAlert = {
  readonly latest: AlertTransition
  /** Its first transition. */
  readonly begunAt: Instant
  readonly transitions: number
}

export type AlertPage = {
  readonly alerts: readonly StoredAlert[]
  /** Cursor of the page after; undefined: this is the last. */
  readonly next: string | undefined
}

type AlertKey = {
  readonly process: string
  readonly id: string
  readonly last_ms: number
  readonly last_state: AlertPhase
  readonly begun_ms: number
  readonly moves: number
}

/**
 * An alert that moves between two pages goes to the front, so that it is not on a later page.
 *
 * @throws QueryError where the range or the limit makes no sense, or the cursor is broken or that of another question.
 */
export async function alertPage(connection: ReadingConnection, query: AlertQuery): Promise<AlertPage> {
  const { limit, cursor, range, ...filter } = query
  checkWhole('limit', limit, 1, 1_000, 'alerts')
  if (range !== undefined) checkRange(range)
  const mark = questionMark([filter, range ?? null])
  const after = cursor === undefined ? undefined : readCursor(cursor, mark, [0, '', ''])
  const keys = await alertKeys(connection, query, after)
  const listed = keys.slice(0, limit)
  const last = listed.at(-1)
  return {
    alerts: await alertsOf(connection, listed),
    next:
      last === undefined || keys.length <= limit ? undefined : cursorText(mark, [last.last_ms, last.process, last.id]),
  }
}

/** The same of all transitions of an alert. */
const conditionsOfAll = {
  process: 'process = {process:String}',
  rule: 'rule = {rule:String}',
  stage: "stage = {stage:String} AND measure = ''",
  measure: 'measure = {measure:String}',
} as const

const conditionsOfLatest = {
  state: 'last_state = {state:String}',
  owner: 'last_owner = {owner:String}',
  severity: 'last_severity = {severity:String}',
  range: `begun_ms < {to:Int64} AND (last_state NOT IN ('resolved', 'inactive') OR last_ms >= {from:Int64})`,
} as const

/** Latest state of each alert, one more than a page; without the long columns of all transitions. */
function alertKeys(
  connection: ReadingConnection,
  query: AlertQuery,
  after: readonly [atMs: number, process: string, id: string] | undefined,
): Promise<AlertKey[]> {
  const having = asked(conditionsOfLatest, query)
  if (after !== undefined) {
    having.push('(last_ms, process, id) < ({afterMs:Int64}, {afterProcess:String}, {afterId:String})')
  }
  const { process = '', rule = '', stage = '', measure = '', state = '', owner = '', severity = '', range } = query
  return connection.rows<AlertKey>(
    `SELECT process, id, max(at_ms) AS last_ms, min(at_ms) AS begun_ms, count() AS moves,
      ${['state', 'owner', 'severity'].map(name => `argMax(${name}, (at_ms, ${placeInLife})) AS last_${name}`).join(', ')}
    FROM alert_transitions FINAL
    WHERE ${['1', ...asked(conditionsOfAll, query)].join(' AND ')}
    GROUP BY process, id
    HAVING ${['1', ...having].join(' AND ')}
    ORDER BY last_ms DESC, process DESC, id DESC
    LIMIT {limit:UInt32}`,
    {
      ...{ process, rule, stage, measure, state, owner, severity },
      ...{ from: range?.from ?? 0, to: range?.to ?? 0, limit: query.limit + 1 },
      ...{ afterMs: after?.[0] ?? 0, afterProcess: after?.[1] ?? '', afterId: after?.[2] ?? '' },
    },
  )
}

const asked = <Name extends keyof AlertQuery>(
  conditions: Readonly<Record<Name, string>>,
  query: AlertQuery,
): string[] =>
  (Object.keys(conditions) as Name[]).filter(name => query[name] !== undefined).map(name => conditions[name])

async function alertsOf(connection: ReadingConnection, keys: readonly AlertKey[]): Promise<StoredAlert[]> {
  const rows = await connection.rows<TransitionColumns>(
    `SELECT ${transitionColumns} FROM alert_transitions FINAL
    WHERE id IN {ids:Array(String)} AND at_ms IN {instants:Array(Int64)}`,
    { ids: keys.map(({ id }) => id), instants: keys.map(({ last_ms }) => last_ms) },
  )
  const transitions = new Map(
    rows.map(row => [JSON.stringify([row.process, row.id, row.at_ms, row.state]), transitionOf(row)]),
  )
  return keys.flatMap(({ process, id, last_ms, last_state, begun_ms, moves }) => {
    // Retention may have taken it between the two statements.
    const latest = transitions.get(JSON.stringify([process, id, last_ms, last_state]))
    return latest === undefined ? [] : [{ latest, begunAt: instant(begun_ms), transitions: moves }]
  })
}
