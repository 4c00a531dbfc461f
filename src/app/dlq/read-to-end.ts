import type { SourceRecord } from '../../event/record.ts'
import { Completion } from '../../source/completion.ts'
import { type PartitionKey, partitionKey, type Source } from '../../source/source.ts'
import { CouldNotRun } from '../could-not-run.ts'

/** A source that goes on trying is given so long. */
const PATIENCE_MS = 10_000

/**
 * Reads a source from its beginning to where its logs ended when it was opened, and stops it.
 *
 * @param take one record after the other, whatever their partitions; what it throws ends the reading and is thrown.
 * @throws CouldNotRun where the source cannot read.
 */
export async function readToEnd(source: Source, take: (record: SourceRecord) => Promise<void> | void): Promise<void> {
  const done = new Completion()
  const ends = new Map<PartitionKey, number>()
  const read = new Map<PartitionKey, number>()
  let assigned = 0
  let failing: NodeJS.Timeout | undefined
  let taking: Promise<void> = Promise.resolve()
  await source.start({
    assigned: async partitions => {
      assigned += partitions.length
      return new Map()
    },
    revoked: async partitions => {
      assigned -= partitions.length
    },
    batch: ({ records }) => {
      taking = taking.then(async () => {
        for (const record of records) await take(record)
      })
      return taking
    },
    end: (partition, endOffset, readTo) => {
      const key = partitionKey(partition)
      if (!ends.has(key)) ends.set(key, endOffset)
      read.set(key, readTo)
      const isRead = [...ends].every(([each, end]) => (read.get(each) ?? 0) >= end)
      if (assigned > 0 && ends.size >= assigned && isRead) done.resolve()
    },
    state: state => {
      if (state.kind !== 'failed') {
        clearTimeout(failing)
        failing = undefined
        return
      }
      const failure = new CouldNotRun({ problem: state.reason, remedy: state.remedy })
      if (!state.retrying) done.reject(failure)
      else failing ??= setTimeout(() => done.reject(failure), PATIENCE_MS)
    },
  })
  source.finished.then(
    () => done.resolve(),
    reason => done.reject(reason),
  )
  try {
    await done.promise
  } finally {
    clearTimeout(failing)
    await source.stop()
  }
}
