/** What one side lets the other call, by name. */
export type Callable = Readonly<Record<string, (...given: never[]) => Promise<unknown>>>

type Call = { readonly kind: 'call'; readonly id: number; readonly name: string; readonly given: readonly unknown[] }
type Answer = { readonly kind: 'answer'; readonly id: number } & (
  | { readonly value: unknown }
  | { readonly problem: Problem }
)
type Message = { readonly kind: 'message'; readonly message: unknown }

/** An error as it crosses to another thread: its class does not. */
export type Problem = {
  readonly message: string
  readonly remedy?: unknown
  readonly code?: unknown
  readonly name: string
  readonly stack?: string | undefined
}

/** One end of what joins two threads: a port's or a worker's. */
export type ThreadPort = {
  postMessage(message: unknown, moved: readonly ArrayBuffer[]): void
  on(event: 'message', heard: (message: Call | Answer | Message) => void): unknown
}

/**
 * Messages and calls between two threads, in order. Values are copied on the way.
 *
 * An error that is thrown on the other side is thrown here with its message, its remedy and its code.
 */
export class ThreadLine<Sent, Heard> {
  readonly #port: ThreadPort
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  #last = 0

  constructor(port: ThreadPort, callable: Callable, hear: (message: Heard) => void) {
    this.#port = port
    port.on('message', (received: Call | Answer | Message) => {
      if (received.kind === 'message') hear(received.message as Heard)
      else if (received.kind === 'answer') this.#take(received)
      else void this.#answer(callable, received)
    })
  }

  /** @param moved buffers that are handed over instead of copied. */
  send(message: Sent, moved: readonly ArrayBuffer[] = []): void {
    this.#port.postMessage({ kind: 'message', message } satisfies Message, moved)
  }

  call<Value>(name: string, ...given: readonly unknown[]): Promise<Value> {
    const id = ++this.#last
    const answered = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    this.#port.postMessage({ kind: 'call', id, name, given } satisfies Call, [])
    return answered as Promise<Value>
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if ('value' in answer) waiting?.resolve(answer.value)
    else waiting?.reject(errorFrom(answer.problem))
  }

  async #answer(callable: Callable, { id, name, given }: Call): Promise<void> {
    let answer: Answer
    try {
      const called = callable[name] as ((...given: readonly unknown[]) => Promise<unknown>) | undefined
      if (called === undefined) throw new Error(`the other thread called ${name}, which there is not`)
      answer = { kind: 'answer', id, value: await called(...given) }
    } catch (error) {
      answer = { kind: 'answer', id, problem: problemOf(error) }
    }
    this.#port.postMessage(answer, [])
  }
}

export function problemOf(error: unknown): Problem {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const { name, message, stack } = error
  const { remedy, code } = error as { remedy?: unknown; code?: unknown }
  return { name, message, stack, ...(remedy !== undefined && { remedy }), ...(code !== undefined && { code }) }
}

export function errorFrom({ name, message, ...more }: Problem): Error {
  const error = Object.assign(new Error(message), more)
  error.name = name
  return error
}
