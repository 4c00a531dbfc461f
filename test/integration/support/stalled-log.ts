import { instant } from '../../../src/event/instant.ts'
import type { TopicPartition } from '../../../src/event/record.ts'
import { offsetIn, type Source, type SourceListener } from '../../../src/source/source.ts'

const AT_ONCE = 50

/**
 * A log of one partition that is known to its end, and read only so far: the rest is on its way, so time waits for it.
 *
 * @param readTo offset of the first record that is not handed over.
 */
export function openStalledLog(topic: string, values: readonly string[], readTo: number): Source {
  const partition: TopicPartition = { topic, partition: 0 }
  let isStopped = false
  let reading: Promise<void> = Promise.resolve()
  let finish: () => void = () => {}
  let fail: (error: unknown) => void = () => {}
  const finished = new Promise<void>((resolve, reject) => {
    finish = resolve
    fail = reject
  })
  const read = async (listener: SourceListener): Promise<void> => {
    const offsets = await listener.assigned([partition])
    let next = offsetIn(offsets, partition) ?? 0
    listener.end(partition, values.length, next)
    while (next < readTo && !isStopped) {
      const to = Math.min(next + AT_ONCE, readTo)
      const records = values.slice(next, to).map((value, index) => ({
        offset: next + index,
        key: null,
        value: Buffer.from(value),
        timestamp: undefined,
        notAfter: instant(Infinity),
      }))
      await listener.batch({ ...partition, records })
      next = to
      listener.end(partition, values.length, next)
    }
  }
  return {
    start: async listener => {
      listener.state({ kind: 'connected', to: 'a log in memory' })
      reading = read(listener)
      reading.catch(fail)
    },
    stop: async () => {
      isStopped = true
      await reading
      finish()
    },
    finished,
  }
}
