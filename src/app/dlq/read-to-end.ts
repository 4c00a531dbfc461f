import type { SourceRecord } from '../../event/record.ts'
import type { Source } from '../../source/source.ts'
import { untilItsEnd } from '../until-its-end.ts'

/**
 * Reads a source from its beginning to where its logs ended when it was opened, and stops it.
 *
 * @param take one record after the other, whatever their partitions; what it throws ends the reading and is thrown.
 * @throws CouldNotRun where the source cannot read.
 */
export async function readToEnd(source: Source, take: (record: SourceRecord) => Promise<void> | void): Promise<void> {
  const ending = untilItsEnd(source)
  let taking: Promise<void> = Promise.resolve()
  await ending.start({
    assigned: async () => new Map(),
    revoked: async () => {},
    batch: ({ records }) => {
      taking = taking.then(async () => {
        for (const record of records) await take(record)
      })
      return taking
    },
    end: () => {},
    state: () => {},
  })
  try {
    await ending.finished
  } finally {
    await ending.stop()
  }
}
