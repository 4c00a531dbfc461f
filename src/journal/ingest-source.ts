import { type Instant, instant } from '../event/instant.ts'
import type { TopicPartition } from '../event/record.ts'
import { Completion } from '../source/completion.ts'
import { partitionKey, type Source, type SourceListener } from '../source/source.ts'
import type { IngestLog } from './ingest-log.ts'

/** From when on an event of a record is in the future: so much after the record was taken in. */
export const FUTURE_AFTER_MS = 600_000

/** The end of a log is told this often at least, as `SourceListener.end` asks for. */
const TELL_END_EVERY_MS = 1_000

/**
 * Ingest logs as a source: each is partition 0 of its topic.
 *
 * A record's own time is when it was taken in, so what lies in the future of that is the same whenever it is read.
 *
 * @param logs by topic; open, and the caller's to close after the source has stopped.
 */
export function openIngestSource(logs: ReadonlyMap<string, IngestLog>): Source {
  const completion = new Completion()
  const stopping = new Completion()
  let isStopped = false

  async function read(id: TopicPartition, log: IngestLog, from: number, listener: SourceListener): Promise<void> {
    let next = from
    /** Asked once for each end, however often it is told. */
    let more: Promise<void> | undefined
    while (!isStopped) {
      const found = await log.read(next)
      if (isStopped) return
      const last = found.at(-1)
      if (last === undefined) {
        listener.end(id, log.endOffset, next)
        more ??= log.whenBeyond(next)
        await within(TELL_END_EVERY_MS, Promise.race([more, stopping.promise]))
        continue
      }
      more = undefined
      const records = found.map(record => ({ ...record, notAfter: instant(record.timestamp + FUTURE_AFTER_MS) }))
      await listener.batch({ ...id, records })
      if (isStopped) return
      next = last.offset + 1
      listener.end(id, log.endOffset, next)
    }
  }

  async function run(listener: SourceListener): Promise<void> {
    const partitions = [...logs.keys()].map(topic => ({ topic, partition: 0 }))
    const positions = await listener.assigned(
      partitions.map(id => {
        const log = logs.get(id.topic) as IngestLog
        const { id: topicId, beginOffset: low, endOffset: high } = log
        return { ...id, log: { topicId, low, high, offsetAt: at => offsetAt(log, at) } }
      }),
    )
    if (isStopped) return
    const readable = partitions.flatMap(id => {
      const position = positions.get(partitionKey(id)) ?? (logs.get(id.topic) as IngestLog).beginOffset
      if (typeof position === 'number') return [{ id, position }]
      listener.state({ kind: 'failed', ...position, retrying: false })
      return []
    })
    if (readable.length === partitions.length) listener.state({ kind: 'connected', to: STANDS_FOR })
    await Promise.all(readable.map(({ id, position }) => read(id, logs.get(id.topic) as IngestLog, position, listener)))
  }

  return {
    finished: completion.promise,
    async start(listener) {
      listener.state({ kind: 'connecting', to: STANDS_FOR })
      run(listener).catch(cause => completion.reject(cause))
    },
    async stop() {
      isStopped = true
      stopping.resolve()
      completion.resolve()
    },
  }
}

const STANDS_FOR = 'the events that are sent by HTTP'

/** The first offset whose record was taken in then or later; the log's end where there is none. */
async function offsetAt(log: IngestLog, at: Instant): Promise<number> {
  for (let next = log.beginOffset; ; ) {
    const records = await log.read(next)
    const found = records.find(({ timestamp }) => timestamp >= at)
    if (found !== undefined) return found.offset
    const last = records.at(-1)
    if (last === undefined) return log.endOffset
    next = last.offset + 1
  }
}

async function within(ms: number, happened: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>(resolve => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([happened, late])
  clearTimeout(timer)
}
