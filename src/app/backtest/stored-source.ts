import { instant } from '../../event/instant.ts'
import type { KeptRecord } from '../../shard/output.ts'
import { Completion } from '../../source/completion.ts'
import { offsetIn, type SourceListener } from '../../source/source.ts'
import type { KeptLog, KeptSpan } from '../../store/queries/kept-records.ts'
import type { EndingSource } from '../until-its-end.ts'

/** The records that a store has kept of some logs, as a source: each log from the first that was kept to the last. */
export function openStoredSource(
  logs: readonly KeptLog[],
  read: (span: Omit<KeptSpan, 'process'>) => AsyncIterable<KeptRecord[]>,
): EndingSource {
  const done = new Completion()
  // Who waits for it hears of it; until then a failure must not count as unhandled.
  done.promise.catch(() => {})
  const all = logs.reduce((sum, { count }) => sum + count, 0)
  let handedOver = 0
  let isStopped = false

  async function readLog(log: KeptLog, from: number, listener: SourceListener): Promise<void> {
    const { topic, partition, before } = log
    // What was in the future when it came was rejected then, and is still in the records.
    const notAfter = instant(Date.now())
    for await (const page of read({ topic, partition, from, before })) {
      if (isStopped) return
      const records = page.map(({ offset, key, value, timestamp, headers }) => ({
        ...{ offset, key, value, timestamp, notAfter },
        ...(headers === undefined ? {} : { headers }),
      }))
      await listener.batch({ topic, partition, records })
      handedOver += records.length
    }
    if (!isStopped) listener.end({ topic, partition }, before, before)
  }

  return {
    finished: done.promise,
    async start(listener) {
      listener.state({ kind: 'connecting', to: 'the store' })
      const positions = await listener.assigned(logs.map(({ topic, partition }) => ({ topic, partition })))
      listener.state({ kind: 'connected', to: 'the store' })
      // A log that waits for the others' time must not hold them up, so they are read side by side.
      Promise.all(logs.map(log => readLog(log, offsetIn(positions, log) ?? log.from, listener))).then(
        () => done.resolve(),
        error => done.reject(error),
      )
    },
    async stop() {
      isStopped = true
      done.resolve()
    },
    share: () => (all === 0 ? 0 : handedOver / all),
  }
}
