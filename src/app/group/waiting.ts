/** Ends once, by somebody or by a signal. */
export class Ending {
  readonly promise: Promise<void>
  /** A signal lives as long as the program: it must not keep what has ended. */
  readonly end: () => void

  constructor(signal: AbortSignal) {
    let resolve: () => void = () => {}
    this.promise = new Promise(resolved => {
      resolve = resolved
    })
    this.end = () => {
      signal.removeEventListener('abort', this.end)
      resolve()
    }
    if (signal.aborted) this.end()
    else signal.addEventListener('abort', this.end)
  }
}

/** Ends at once when the signal comes. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const ending = new Ending(signal)
  const timer = setTimeout(ending.end, ms)
  await ending.promise
  clearTimeout(timer)
}
