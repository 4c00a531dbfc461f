import { OTHER } from '../../event/segment.ts'
import type { ReadingConnection } from '../clickhouse/connection.ts'
import { isTotal, matchesParts } from './segment-match.ts'
import { timedRows, withUntils } from './timed-rows.ts'
import { selectedVisits, selectionParameters, type VisitSelection } from './visit-selection.ts'

/**
 * How many visits there are, told apart by where the number comes from.
 *
 * - `exact`: from panes, which count all visits.
 * - `estimated`: the rows by how many visits each stands for. Where all visits have rows it is their number.
 */
export type VisitCount = { readonly kind: 'exact' | 'estimated'; readonly visits: number }

/** Exact where panes can say it. */
export async function visitCount(connection: ReadingConnection, selection: VisitSelection): Promise<VisitCount> {
  const counted = countedByPanes(selection)
  const exact = counted === undefined ? undefined : await fromPanes(connection, selection, counted)
  if (exact !== undefined && exact > 0) return { kind: 'exact', visits: exact }
  const estimated = await fromRows(connection, selection)
  // Panes may be kept for a shorter time than visits: none of them says nothing against the rows that are there.
  return { kind: exact === estimated ? 'exact' : 'estimated', visits: estimated }
}

async function fromRows(connection: ReadingConnection, selection: VisitSelection): Promise<number> {
  const rows = await connection.rows<{ readonly visits: number }>(
    `SELECT sum(weight) AS visits FROM ${selectedVisits(selection)}`,
    selectionParameters(selection),
  )
  // Weights are fractions of a sample's share; a part of a visit is none.
  return Math.round(rows[0]?.visits ?? 0)
}

/** Columns of panes that come to the number, and those that are taken from it; undefined where panes do not tell these visits apart. */
function countedByPanes({ time, filter = {} }: VisitSelection): string | undefined {
  const { segment, outcome, breached, atLeastMs, atMostMs } = filter
  if (time.by === 'open' || atLeastMs !== undefined || atMostMs !== undefined || filter.case !== undefined) {
    return undefined
  }
  if (time.by === 'start') {
    // Panes count entries in the segment that a visit had then, rows have the one that it had last.
    return isTotal(segment) && outcome === undefined && breached === undefined ? 'entered' : undefined
  }
  return endsCounted[`${outcome ?? 'any'} ${breached ?? 'any'}`]
}

/** Only a completed visit can have breached. */
const endsCounted: Readonly<Record<string, string>> = {
  'any any': 'exited + abandoned + expired',
  'any true': 'breached',
  'any false': 'exited + abandoned + expired - breached',
  'completed any': 'exited',
  'completed true': 'breached',
  'completed false': 'exited - breached',
  'abandoned any': 'abandoned',
  'abandoned false': 'abandoned',
  'expired any': 'expired',
  'expired false': 'expired',
}

/** @returns undefined where the range cuts a pane, or segments are counted together under `__other__`. */
async function fromPanes(
  connection: ReadingConnection,
  selection: VisitSelection,
  counted: string,
): Promise<number | undefined> {
  const parameters = selectionParameters(selection)
  if (await isCut(connection, parameters)) return undefined
  const segment = selection.filter?.segment ?? {}
  const series = `stage = {stage:String} AND ${isTotal(segment) ? "total = 1 AND segment = '{}'" : 'total = 0'}`
  const columns = ['segment', 'entered', 'exited', 'abandoned', 'expired', 'breached']
  const rows = await connection.rows<{ readonly visits: number; readonly others: number }>(
    `${withUntils}
    SELECT toInt64(sumIf(${counted}, ${matchesParts(segment)})) AS visits,
      countIf(position(segment, '"${OTHER}"') > 0) AS others
    FROM ${timedRows('panes', columns, series, undefined)}`,
    parameters,
  )
  // Visits that are counted under it have their own segment in their rows.
  return (rows[0]?.others ?? 0) > 0 ? undefined : (rows[0]?.visits ?? 0)
}

type Parameters = ReturnType<typeof selectionParameters>

/** No pane is longer than a week. */
const longestPaneMs = 604_800_000

const cutBy = (edge: 'from' | 'to'): string =>
  `(start_ms > {${edge}:Int64} - ${longestPaneMs} AND start_ms < {${edge}:Int64} AND end_ms > {${edge}:Int64})`

async function isCut(connection: ReadingConnection, parameters: Parameters): Promise<boolean> {
  const rows = await connection.rows<{ readonly panes: number }>(
    `SELECT count() AS panes FROM panes FINAL
    WHERE process = {process:String} AND stage = {stage:String} AND total = 1 AND segment = '{}'
      AND (${cutBy('from')} OR ${cutBy('to')})`,
    parameters,
  )
  return (rows[0]?.panes ?? 0) > 0
}
