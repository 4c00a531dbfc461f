import { setImmediate as turn } from 'node:timers/promises'
import type { Receiver } from '../../../src/notify/receiver.ts'

/** Turns of the event loop after which whatever goes on by itself has come to wait. */
const QUIET_TURNS = 5
/** Finds what hangs: turns in which nobody waits for anything. */
const MOST_TURNS = 10_000

/** A clock that stands while requests are under way, and leaps to the next instant that somebody waits for when none is. */
export class VirtualClock {
  #now: number
  #busy = 0
  #whenIdle: () => void = () => {}
  readonly #waits = new Set<{ readonly at: number; readonly end: () => void }>()

  constructor(now: number) {
    this.#now = now
  }

  readonly now = (): number => this.#now

  readonly wait = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise(resolve => {
      const waiting = {
        at: this.#now + ms,
        end: () => {
          this.#waits.delete(waiting)
          signal.removeEventListener('abort', waiting.end)
          resolve()
        },
      }
      signal.addEventListener('abort', waiting.end)
      this.#waits.add(waiting)
    })

  /** Does something when so much time has passed; the clock stands until it is done. */
  after(ms: number, act: () => Promise<void>): void {
    void this.wait(ms, new AbortController().signal).then(() => this.#while(act))
  }

  /** The receiver, of whose requests this clock knows. */
  watching(receiver: Receiver): Receiver {
    const { send, sendTogether } = receiver
    return {
      ...receiver,
      send: (message, signal) => this.#while(() => send(message, signal)),
      ...(sendTogether !== undefined && {
        sendTogether: (messages, signal) => this.#while(() => sendTogether(messages, signal)),
      }),
    }
  }

  /** Lets time pass until it is so. */
  async until(isSo: () => boolean): Promise<void> {
    for (let quiet = 0; !isSo(); quiet++) {
      if (quiet > MOST_TURNS) throw new Error('nobody waits for anything any more')
      if (this.#busy > 0) {
        await new Promise<void>(resolve => {
          this.#whenIdle = resolve
        })
        quiet = 0
      }
      await turn()
      const next = [...this.#waits].sort((left, right) => left.at - right.at)[0]
      if (this.#busy > 0 || quiet < QUIET_TURNS || next === undefined) continue
      quiet = 0
      this.#now = Math.max(this.#now, next.at)
      next.end()
    }
  }

  async #while<Result>(act: () => Promise<Result>): Promise<Result> {
    this.#busy++
    try {
      return await act()
    } finally {
      this.#busy--
      if (this.#busy === 0) this.#whenIdle()
    }
  }
}
