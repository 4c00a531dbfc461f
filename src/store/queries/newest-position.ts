import type { ReadingConnection } from '../clickhouse/connection.ts'

/** Versions are `epoch · 2^48 + position`. */
const positionOfVersion = 'bitAnd(version, 281474976710655)'

/** The highest position of any row of visits or panes; 0: there is none. */
export async function newestPosition(connection: ReadingConnection): Promise<number> {
  const [found] = await connection.rows<{ newest: string }>(
    `SELECT toString(max(newest)) AS newest FROM (
      SELECT max(${positionOfVersion}) AS newest FROM visits
      UNION ALL SELECT max(${positionOfVersion}) FROM panes
      UNION ALL SELECT max(${positionOfVersion}) FROM measure_panes
    )`,
  )
  return Number(found?.newest ?? 0)
}
