import { instant } from '../event/instant.ts'
import type { RecordBatch, SourceRecord } from '../event/record.ts'
import type { FoldWorld } from './world.ts'

/** The batch in which records that were once found to lie in the future are so again. */
export function withFuturesRemembered(
  batch: RecordBatch,
  process: string,
  world: Pick<FoldWorld, 'wasFuture'>,
): RecordBatch {
  const { topic, partition, records } = batch
  const wasFuture = ({ offset }: SourceRecord) => world.wasFuture(process, topic, partition, offset)
  if (!records.some(wasFuture)) return batch
  const remembered = records.map(record => (wasFuture(record) ? { ...record, notAfter: instant(-Infinity) } : record))
  return { ...batch, records: remembered }
}
