import { formatInstant } from '../../event/instant.ts'
import type { MeasurePaneRow } from '../../shard/output.ts'
import { measureBucketName } from '../../windows/measure-buckets.ts'

/**
 * Panes of the same measure, segment and start, one from each partition, become one; those that hold nothing are left
 * out. Distinct values of several partitions do not add up, so then their number is not known.
 *
 * @param panes in the order of `comparePanes`, so that what belongs together stands together.
 */
export function* mergeMeasurePanes(panes: Iterable<MeasurePaneRow>): Iterable<MeasurePaneRow> {
  let merged: MeasurePaneRow | undefined
  for (const pane of panes) {
    if (pane.count === 0) continue
    if (merged !== undefined && isSamePane(merged, pane)) merged = addPanes(merged, pane)
    else {
      if (merged !== undefined) yield merged
      merged = pane
    }
  }
  if (merged !== undefined) yield merged
}

const isSamePane = (a: MeasurePaneRow, b: MeasurePaneRow) =>
  a.start === b.start && a.total === b.total && JSON.stringify(a.segment) === JSON.stringify(b.segment)

function addPanes(a: MeasurePaneRow, b: MeasurePaneRow): MeasurePaneRow {
  const counts = new Map(a.buckets)
  for (const [bucket, count] of b.buckets) counts.set(bucket, (counts.get(bucket) ?? 0) + count)
  return {
    ...a,
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: Math.min(a.min ?? Infinity, b.min ?? Infinity),
    max: Math.max(a.max ?? -Infinity, b.max ?? -Infinity),
    buckets: [...counts].sort(([left], [right]) => left - right),
    distinct: undefined,
  }
}

/**
 * One line of JSON. Sum, least and most are numbers in the measure's own unit, with all their digits, however many;
 * buckets go by the whole numbers that the engine counts.
 */
export function measureLine(pane: MeasurePaneRow): string {
  const { decimals } = pane
  const head = JSON.stringify({
    process: pane.process,
    measure: pane.measure,
    segment: pane.total ? {} : pane.segment,
    start: formatInstant(pane.start),
    end: formatInstant(pane.end),
    count: pane.count,
  })
  const amount = (value: number | undefined) => (value === undefined ? null : decimalText(BigInt(value), decimals))
  const buckets = pane.buckets.map(([bucket, count]) => `"${measureBucketName(bucket)}":${count}`).join()
  const rest = [
    `"sum":${decimalText(pane.sum, decimals)}`,
    `"min":${amount(pane.min)}`,
    `"max":${amount(pane.max)}`,
    `"buckets":{${buckets}}`,
    `"distinct":${pane.distinct ?? null}`,
  ]
  return `${head.slice(0, -1)},${rest.join()}}\n`
}

/** `-0.05` for −5 and 2; no zeros at the end, no point where nothing follows it. */
function decimalText(value: bigint, decimals: number): string {
  const digits = String(value < 0n ? -value : value).padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  const part = digits.slice(digits.length - decimals).replace(/0+$/, '')
  return `${value < 0n ? '-' : ''}${whole}${part === '' ? '' : `.${part}`}`
}
