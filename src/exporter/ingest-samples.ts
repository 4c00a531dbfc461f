import type { IngestCounts } from '../protocol/ingest.ts'
import type { Families } from './family.ts'

/** Events that come by HTTP, by topic; missing where none does. */
export function ingestSamples(families: Families): (counts: readonly IngestCounts[]) => void {
  const records = families.counter(
    'stagewatch_ingest_records_total',
    'Records that came by HTTP and are durable, those of repeated batches not counted again.',
    ['topic'],
  )
  const rejected = families.counter(
    'stagewatch_ingest_rejected_records_total',
    'Those of them that were seen not to be countable when they came.',
    ['topic'],
  )
  const batches = families.counter(
    'stagewatch_ingest_batches_total',
    'Batches that came by HTTP, by what came of them.',
    ['topic', 'outcome'],
  )
  return counts => {
    for (const { topic, ...count } of counts) {
      records({ topic }, count.records)
      rejected({ topic }, count.rejected)
      for (const [outcome, number] of Object.entries(count.batches)) batches({ topic, outcome }, number)
    }
  }
}
