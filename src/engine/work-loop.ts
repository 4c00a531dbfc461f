/** Whoever has nothing to do is asked again after so long, or when it is woken. */
const PAUSE_MS = 40

/** `more`: there is more to do at once; `held`: there may be, but it has to wait; `idle`: there is nothing. */
export type TurnOutcome = 'more' | 'held' | 'idle'

export type WorkLoopParts = {
  /** One turn of the work. */
  readonly turn: () => Promise<TurnOutcome>
  /** A turn has thrown, or `fail` was called; no other one follows. */
  readonly failed: (error: Error) => void
}

/** Work in turns, never two at once; in between the page and the sockets are served. */
export class WorkLoop {
  readonly #parts: WorkLoopParts
  #wake: () => void = () => {}
  #isStopping = false
  #endsWhenIdle = false
  #failure: Error | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(parts: WorkLoopParts) {
    this.#parts = parts
  }

  /** Why it has ended by itself; undefined: it has not. */
  get failure(): Error | undefined {
    return this.#failure
  }

  start(): void {
    this.#running = this.#run().catch(error => this.fail(error as Error))
  }

  /** Ends after the turn that runs. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#wake()
    await this.#running
  }

  /** Ends when there is nothing more to do. */
  async finish(): Promise<void> {
    this.#endsWhenIdle = true
    this.#wake()
    await this.#running
  }

  /** Work that does not wait for its turn. @throws what ended the loop, or that it ends; and what the work throws, which ends it. */
  async outOfTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#failure !== undefined || this.#isStopping)
      throw this.#failure ?? new Error('the process is being stopped')
    try {
      return await work()
    } catch (error) {
      this.fail(error as Error)
      throw error
    }
  }

  /** There is something to do. */
  wake(): void {
    this.#wake()
  }

  /** The first failure counts. */
  fail(error: Error): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#isStopping = true
    this.#wake()
    this.#parts.failed(error)
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const outcome = await this.#parts.turn()
      if (outcome === 'more') await new Promise(resolve => setImmediate(resolve))
      else if (outcome === 'idle' && this.#endsWhenIdle) return
      else await this.#pause()
    }
  }

  #pause(): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, PAUSE_MS)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
