import type { RecordBatch } from '../../event/record.ts'
import { Completion } from '../../source/completion.ts'
import { partitionKey, type Source } from '../../source/source.ts'
import { CouldNotRun } from '../could-not-run.ts'

/** A source that goes on trying is given so long: a broker that has just started needs a moment. */
const PATIENCE_MS = 5_000

/** The first records of a source, and whether it has more of them than were taken. */
export type Sample = { readonly batches: readonly RecordBatch[]; readonly hasMore: boolean }

/**
 * The first records of a source, from its beginning: `limit` of them, or all where it has no more.
 *
 * The source is stopped afterwards.
 *
 * @param patienceMs how long a source may fail that goes on trying.
 * @throws CouldNotRun where the source says that it cannot read; what `finished` rejects with is passed on.
 */
export async function takeSample(source: Source, limit: number, patienceMs = PATIENCE_MS): Promise<Sample> {
  const batches: RecordBatch[] = []
  let hasMore = false
  let room = limit
  const enough = new Completion()
  let failing: NodeJS.Timeout | undefined
  let firstFailedAt: number | undefined
  const atEnd = new Set<string>()
  let assigned = 0
  await source.start({
    assigned: async partitions => {
      assigned += partitions.length
      // The source's own beginning: of a topic that is years old offset 0 is long gone.
      return new Map()
    },
    revoked: async partitions => {
      assigned -= partitions.length
    },
    batch: async ({ topic, partition, records }) => {
      const taken = records.slice(0, room)
      room -= taken.length
      if (taken.length > 0) batches.push({ topic, partition, records: taken })
      // Where just as many as wanted have come, the next record or the end tells whether there are more.
      if (taken.length === records.length) return
      hasMore = true
      enough.resolve()
    },
    end: (partition, endOffset, readTo) => {
      if (readTo >= endOffset) atEnd.add(partitionKey(partition))
      if (assigned > 0 && atEnd.size >= assigned) enough.resolve()
    },
    state: state => {
      clearTimeout(failing)
      if (state.kind !== 'failed') return
      const failure = new CouldNotRun({ problem: state.reason, remedy: state.remedy })
      firstFailedAt ??= performance.now()
      const leftMs = state.retrying ? firstFailedAt + patienceMs - performance.now() : 0
      if (leftMs > 0) failing = setTimeout(() => enough.reject(failure), leftMs)
      else enough.reject(failure)
    },
  })
  source.finished.then(
    () => enough.resolve(),
    reason => enough.reject(reason),
  )
  try {
    await enough.promise
  } finally {
    clearTimeout(failing)
    await source.stop()
  }
  return { batches, hasMore }
}
