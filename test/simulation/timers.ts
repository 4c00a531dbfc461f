import { setMaxListeners } from 'node:events'
import type { Event, Machine } from './machine.ts'

let machine: Machine | undefined

/** The machine whose time runs. @throws Error outside a simulation. */
export function machineNow(): Machine {
  if (machine === undefined) throw new Error('no simulation runs')
  return machine
}

/**
 * Calls `run` while the timers and clocks that a program finds are those of the machine.
 *
 * @param uncaught is told of errors that nobody handles: they would end the program.
 */
export async function onMachine<T>(own: Machine, run: () => Promise<T>, uncaught: (error: Error) => void): Promise<T> {
  if (machine !== undefined) throw new Error('one simulation at a time')
  const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate } = globalThis
  const { now } = performance
  machine = own
  const timer = (callback: () => void, ms = 0) => own.after(ms, own.current, callback)
  Object.assign(globalThis, {
    setTimeout: timer,
    clearTimeout: (event: Event | undefined) => event && own.cancel(event),
    setInterval: (callback: () => void, ms: number) => new Interval(own, callback, ms),
    clearInterval: (interval: Interval | undefined) => interval?.end(),
    setImmediate: (callback: () => void) => timer(callback),
  })
  performance.now = () => {
    own.nowMs += own.tickMs
    return own.nowMs
  }
  const giveBack = takeUncaught(uncaught)
  try {
    return await run()
  } finally {
    giveBack()
    machine = undefined
    performance.now = now
    Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate })
  }
}

class Interval {
  #next: Event
  readonly #machine: Machine

  constructor(own: Machine, callback: () => void, ms: number) {
    this.#machine = own
    const again = (): Event =>
      own.after(ms, own.current, () => {
        this.#next = again()
        callback()
      })
    this.#next = again()
  }

  end(): void {
    this.#machine.cancel(this.#next)
  }
}

const uncaughtEvents = ['uncaughtException', 'unhandledRejection']

/** Errors that nobody handles go to `uncaught`, and to nobody else. @returns what ends that. */
function takeUncaught(uncaught: (error: Error) => void): () => void {
  const taken: NodeJS.EventEmitter = process
  const former = uncaughtEvents.map(event => [event, taken.rawListeners(event)] as const)
  for (const event of uncaughtEvents) taken.removeAllListeners(event).on(event, uncaught)
  return () => {
    for (const [event, listeners] of former) {
      taken.removeListener(event, uncaught)
      for (const listener of listeners) taken.on(event, listener as (...parts: unknown[]) => void)
    }
  }
}

/** Stands for `node:timers/promises`. */
export const timersOfMachine = {
  setTimeout<T>(ms: number, value?: T, { signal }: { signal?: AbortSignal } = {}): Promise<T | undefined> {
    const own = machineNow()
    return new Promise((resolve, reject) => {
      const abort = () => {
        own.cancel(event)
        reject(new Error('the wait was ended'))
      }
      const event = own.after(ms, own.current, () => {
        signal?.removeEventListener('abort', abort)
        resolve(value)
      })
      if (signal === undefined) return
      // All that waits may wait for the same signal.
      setMaxListeners(0, signal)
      if (signal.aborted) abort()
      else signal.addEventListener('abort', abort)
    })
  },
  setImmediate: (): Promise<void> => machineNow().wait(0, () => {}),
}
