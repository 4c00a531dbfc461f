import { join } from 'node:path'
import type { Logger } from 'pino'
import { FullDisk } from '../../src/app/full-disk.ts'
import type { ThreadPort } from '../../src/app/workers/calls.ts'
import { foldAsWorker } from '../../src/app/workers/folding.ts'
import type { StartedThread } from '../../src/app/workers/worker-threads.ts'
import { openSnapshots } from '../../src/journal/snapshots.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import type { Source } from '../../src/source/source.ts'
import { openStoreOn } from '../../src/store/store.ts'
import type { WriterLimits } from '../../src/store/writing/writer.ts'
import type { Chance } from './chance.ts'
import { machineNow } from './timers.ts'

type Heard = Parameters<Parameters<ThreadPort['on']>[1]>[0]

/** What the two ends of a line do with a message: its copy arrives later, after those before it. */
export type Carry = (message: unknown, arrive: (message: unknown) => void) => void

/** One end of a line between two threads of a life. */
class Port implements ThreadPort {
  other: Port | undefined
  isClosed = false
  readonly #carry: Carry
  #heard: (message: Heard) => void = () => {}

  constructor(carry: Carry) {
    this.#carry = carry
  }

  on(_event: 'message', heard: (message: Heard) => void): void {
    this.#heard = heard
  }

  postMessage(message: unknown, moved: readonly ArrayBuffer[]): void {
    // As Node does it: what arrives shares nothing with what was sent, and what was handed over is gone here.
    const copy: unknown = structuredClone(message, { transfer: [...moved] })
    this.#carry(copy, arrived => {
      if (!this.isClosed && this.other?.isClosed === false) this.other.#heard(arrived as Heard)
    })
  }
}

/** Messages take their time, and keep their order. */
export function inOrder(chance: Chance, meanMs: number): Carry {
  let last = 0
  return (message, arrive) => {
    const machine = machineNow()
    last = Math.max(last, machine.nowMs + chance.delay(meanMs))
    machine.after(last - machine.nowMs, machine.current, () => arrive(message))
  }
}

/** What the threads of one life stand on. */
export type ThreadGround = {
  readonly processes: readonly ProcessDefinition[]
  readonly limits: WriterLimits
  readonly wallClock: () => number
  /** @param share which partitions the thread reads. */
  readonly openSource: (share: { readonly index: number; readonly of: number }) => Source
  /** A way of carrying for one direction of a line. */
  readonly newCarry: () => Carry
  readonly logger: Logger
}

/** The end has time enough for all rows: what is left then is left for good. */
const CLOSES_WITHIN_MS = 5_000

/** Threads of the machine: each does what a thread of the program does. */
export class Threads {
  /** Rows that threads which were stopped have not got rid of. */
  unwrittenRows = 0
  readonly #ground: ThreadGround

  constructor(ground: ThreadGround) {
    this.#ground = ground
  }

  open(start: Parameters<typeof foldAsWorker>[0]['start'], failed: (error: Error) => void): StartedThread {
    const { processes, limits, wallClock, openSource, newCarry, logger } = this.#ground
    const [here, there] = [new Port(newCarry()), new Port(newCarry())]
    here.other = there
    there.other = here
    foldAsWorker({
      ...{ start, processes },
      port: there,
      disk: new FullDisk(start.data, logger),
      deadLetterTopic: undefined,
      openStore: async connection => {
        const store = await openStoreOn(connection, limits)
        return {
          ...store,
          close: async () => {
            const closed = await store.close(CLOSES_WITHIN_MS)
            this.unwrittenRows += closed.unwrittenRows
            return closed
          },
        }
      },
      openSnapshots: () => openSnapshots(join(start.data, 'snapshots'), false),
      openSource: () => openSource(start.share),
      now: wallClock,
    }).catch(failed)
    return Object.assign(here, {
      terminate: async () => {
        here.isClosed = true
        there.isClosed = true
      },
    })
  }
}
