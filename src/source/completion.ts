/** A promise that its owner settles later; only the first settling counts. */
export class Completion {
  readonly promise: Promise<void>
  #resolve!: () => void
  #reject!: (reason: unknown) => void

  constructor() {
    this.promise = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  resolve(): void {
    this.#resolve()
  }

  reject(reason: unknown): void {
    this.#reject(reason)
  }
}
