import { monitorEventLoopDelay } from 'node:perf_hooks'
import { threadWaitMs } from './thread-cpu.ts'

export type Delays = {
  /** By how much a timer of 1 ms came late, in ms. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly mostMs: number
  /** The same, less the time in which the thread was ready and had no core: what is left on a machine with cores to spare. */
  readonly own: { readonly p99Ms: number; readonly mostMs: number }
}

const tickMs = 1

/** Watches the event loop of this thread from its making until it is asked. */
export class EventLoopWatch {
  readonly #delays = monitorEventLoopDelay({ resolution: tickMs })
  readonly #own: number[] = []
  readonly #timer: NodeJS.Timeout
  #at = performance.now()
  #waited = threadWaitMs()

  constructor() {
    this.#delays.enable()
    this.#timer = setInterval(() => this.#tick(), tickMs)
  }

  end(): Delays {
    clearInterval(this.#timer)
    this.#delays.disable()
    const own = this.#own.toSorted((left, right) => left - right)
    // The histogram holds the times between two ticks, the tick itself included.
    const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - tickMs)
    return {
      p50Ms: late(this.#delays.percentile(50)),
      p99Ms: late(this.#delays.percentile(99)),
      mostMs: late(this.#delays.max),
      own: { p99Ms: own[Math.floor(0.99 * own.length)] ?? 0, mostMs: own.at(-1) ?? 0 },
    }
  }

  #tick(): void {
    const [at, waited] = [performance.now(), threadWaitMs()]
    this.#own.push(Math.max(0, at - this.#at - tickMs - (waited - this.#waited)))
    this.#at = at
    this.#waited = waited
  }
}
