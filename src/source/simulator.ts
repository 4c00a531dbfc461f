/**
 * The built-in demonstration: a simulated company as an endless source of one partition.
 *
 * What lies behind the clock comes as fast as the listener takes it, what follows comes in real time. The stream
 * itself is `simulation.ts`; here are only the clock and the hand-over.
 */
import type { TopicPartition } from '../event/record.ts'
import { Completion } from './completion.ts'
import { SimulatedStream } from './simulation.ts'
import { OFFSETS_PER_MS, type SimulationPlan } from './simulation-plan.ts'
import { offsetIn, type Source, type SourceListener } from './source.ts'

const BATCH_RECORDS = 2_000
const LIVE_EVERY_MS = 100

export type SimulatorSettings = {
  readonly topic: string
  readonly plan: SimulationPlan
  /** The wall clock, ms since the epoch. */
  readonly now: () => number
}

/** Never `failed`, never finished before `stop`. The end of its log is the present. */
export function openSimulator({ topic, plan, now }: SimulatorSettings): Source {
  const completion = new Completion()
  const partition: TopicPartition = { topic, partition: 0 }
  let stopped = false
  let wake: () => void = () => {}

  const pause = (ms: number) =>
    new Promise<void>(resolve => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  async function run(listener: SourceListener): Promise<void> {
    const offsets = await listener.assigned([partition])
    if (stopped) return
    const stream = new SimulatedStream(plan, offsetIn(offsets, partition))
    listener.state({ kind: 'connected', to: 'the built-in simulator' })
    while (!stopped) {
      const present = Math.floor(now())
      const records = stream.take(present, BATCH_RECORDS)
      const last = records.at(-1)
      if (last !== undefined) await listener.batch({ ...partition, records })
      if (stopped) return
      if (last !== undefined && records.length === BATCH_RECORDS) {
        listener.end(partition, present * OFFSETS_PER_MS, last.offset + 1)
        // A listener that takes everything at once would otherwise keep timers and sockets waiting.
        await new Promise(setImmediate)
      } else {
        listener.end(partition, present * OFFSETS_PER_MS, present * OFFSETS_PER_MS)
        await pause(LIVE_EVERY_MS)
      }
    }
  }

  return {
    finished: completion.promise,
    async start(listener) {
      listener.state({ kind: 'connecting', to: 'the built-in simulator' })
      run(listener).catch(cause => completion.reject(cause))
    },
    async stop() {
      stopped = true
      wake()
      completion.resolve()
    },
  }
}
