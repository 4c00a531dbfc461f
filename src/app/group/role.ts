import { TakenOver } from '../../source/kafka/published/owned-log.ts'
import { Ending, pause } from './waiting.ts'

/** Whoever was faster is given the time to be known to the group. */
const TRY_AGAIN_MS = 2_000

/** What a process does while it is elected; opened once. */
export type Elected = {
  /** Resolves when it is under way. @throws TakenOver where another process does the same. */
  open(): Promise<void>
  stop(): Promise<void>
}

export type RoleParts = {
  /** @param lost another process does the same: this one stops, however the group has decided. */
  readonly elected: (lost: (error: TakenOver) => void, beforeServing: () => Promise<void>) => Elected
  readonly standby: () => Promise<{ close(): Promise<void> }>
  readonly told: (text: string) => void
  readonly failed: (error: Error) => void
}

/** Does what only one process of a group may do, while it is the one; and says who is, while it is not. */
export class Role {
  readonly #parts: RoleParts
  readonly #stop = new AbortController()
  #isElected = false
  #running: Promise<void> = Promise.resolve()
  #changed = new Ending(this.#stop.signal)

  constructor(parts: RoleParts) {
    this.#parts = parts
  }

  start(): void {
    this.#running = this.#run().catch(error => this.#parts.failed(error as Error))
  }

  set(isElected: boolean): void {
    this.#isElected = isElected
    this.#changed.end()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      const standby = await this.#parts.standby()
      await this.#until(() => this.#isElected)
      if (!signal.aborted) await this.#beElected(() => standby.close())
      await standby.close()
    }
  }

  async #beElected(beforeServing: () => Promise<void>): Promise<void> {
    const { elected, told } = this.#parts
    let taken: TakenOver | undefined
    const own = elected(error => {
      taken ??= error
      this.#changed.end()
    }, beforeServing)
    const opened = own.open().catch((error: Error) => {
      if (error instanceof TakenOver) taken ??= error
      // What ends it in the middle is the stop.
      else if (this.#isElected && !this.#stop.signal.aborted) throw error
    })
    const isOver = this.#until(() => !this.#isElected || taken !== undefined)
    try {
      await Promise.race([opened, isOver])
      await isOver
    } finally {
      await own.stop()
    }
    await opened
    if (taken === undefined) return
    told(taken.message)
    await pause(TRY_AGAIN_MS, this.#stop.signal)
  }

  /** Or until it is stopped. */
  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo() && !this.#stop.signal.aborted) {
      this.#changed = new Ending(this.#stop.signal)
      await this.#changed.promise
    }
  }
}
