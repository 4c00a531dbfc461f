import { rollUpSteps } from '../writing/roll-up-sums.ts'

/*
 * Panes of a span of time, by way of the roll-ups where these stand for them: a month is 30 days, some hours and minutes
 * at its ends, and the panes that have not settled, instead of a quarter of a million panes.
 *
 * A row of a roll-up counts where its whole step lies in the span and before its partition's `until`, and no longer step
 * does; a pane counts where no step does. So each pane is in exactly one row, whatever the span, and however far each
 * partition has come.
 */
export type TimedTable = 'panes' | 'measure_panes'

const rollUpsOf = { panes: 'pane_roll_ups', measure_panes: 'measure_roll_ups' } as const

/** What fell to nothing has a row or none, according to when rows were taken: it counts for none. */
const isSomething = { panes: 'entered + exited + abandoned + expired > 0', measure_panes: 'count > 0' } as const

const never = 'toInt64(-9007199254740991)'

/** To stand in front of a statement that uses `timedRows`; asks for the parameters `process`, `from` and `to`. */
export const withUntils = `WITH
  (SELECT groupArray((toString(source), partition, until_ms)) FROM roll_ups_until FINAL
    WHERE process = {process:String}) AS untils,
  least({to:Int64}, ifNull((SELECT minOrNull(until_ms) FROM roll_ups_until FINAL
    WHERE process = {process:String}), ${never})) AS common`

/**
 * A subquery of rows of [`from`, `to`), bound as parameters of these names.
 *
 * @param columns that both tables have; `start_ms` is added.
 * @param where a condition on columns of the key, besides process and time.
 * @param stepMs a row may stand for as long a time as divides this; undefined: for any time.
 */
export function timedRows(
  table: TimedTable,
  columns: readonly string[],
  where: string,
  stepMs: number | undefined,
): string {
  const steps = rollUpSteps.filter(step => stepMs === undefined || stepMs % step === 0)
  const selected = ['start_ms', ...columns].join(', ')
  const inSpan = `process = {process:String} AND ${where} AND start_ms >= {from:Int64} AND start_ms < {to:Int64}`
  const parts = steps.map(
    (step, index) => `SELECT ${selected} FROM ${rollUpsOf[table]} FINAL
      PREWHERE ${inSpan} AND step_ms = ${step} AND ${isCovered(step)} AND ${isNotCovered(steps[index - 1])}
      WHERE ${isSomething[table]}`,
  )
  parts.push(`SELECT ${selected} FROM ${table} FINAL PREWHERE ${inSpan} AND ${isNotCovered(steps.at(-1))}
    WHERE ${isSomething[table]}`)
  return `(${parts.join(' UNION ALL ')})`
}

/** How far the roll-ups of a row's partition stand for its panes, within the span. */
const reach = `least({to:Int64}, arrayFirst(u -> u.1 = source AND u.2 = partition, untils).3)`

const floor = (of: string, step: number): string => `(${of} - positiveModulo(${of}, ${step}))`

const isCovered = (step: number): string =>
  `${floor('start_ms', step)} >= {from:Int64} AND ${floor('start_ms', step)} + ${step} <= ${reach}`

/** The first half is there for the index: what holds of all partitions need not be asked of each row. */
const isNotCovered = (step: number | undefined): string =>
  step === undefined
    ? '1'
    : `(start_ms < {from:Int64} + ${step} OR start_ms >= ${floor('common', step)}) AND NOT (${isCovered(step)})`
