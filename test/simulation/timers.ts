import { setMaxListeners } from 'node:events'
import type { Event, Machine } from './machine.ts'

let machine: Machine | undefined

/** The machine whose time runs. @throws Error outside a simulation. */
export function machineNow(): Machine {
  if (machine === undefined) throw new Error('no simulation runs')
  return machine
}

/** Calls `run` while the timers and clocks that a program finds are those of the machine. */
export async function onMachine<T>(own: Machine, run: () => Promise<T>): Promise<T> {
  if (machine !== undefined) throw new Error('one simulation at a time')
  const { setTimeout, clearTimeout, setImmediate } = globalThis
  const { now } = performance
  machine = own
  const timer = (callback: () => void, ms = 0) => own.after(ms, own.current, callback)
  Object.assign(globalThis, {
    setTimeout: timer,
    clearTimeout: (event: Event | undefined) => event && own.cancel(event),
    setImmediate: (callback: () => void) => timer(callback),
  })
  performance.now = () => {
    own.nowMs += own.tickMs
    return own.nowMs
  }
  try {
    return await run()
  } finally {
    machine = undefined
    performance.now = now
    Object.assign(globalThis, { setTimeout, clearTimeout, setImmediate })
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
