const LOOK_EVERY_MS = 50

/** Thrown by a look that sees that what is waited for cannot come any more: the waiting ends with it. */
export class WillNotCome extends Error {}

/**
 * Waits until something is there; looks at least once.
 *
 * @param what said where it does not come in time; a function is asked then, so that it can tell how far things were.
 * @param withinMs finds what hangs, not what is slow: generous.
 * @param look undefined or false: not yet. What it throws is taken as "not yet" and told if that is how it ends.
 * @throws Error that says what was waited for.
 */
export async function until<Found>(
  what: string | (() => string),
  withinMs: number,
  look: () => Found | undefined | false | Promise<Found | undefined | false>,
): Promise<Found> {
  const deadline = Date.now() + withinMs
  const waitedFor = () => (typeof what === 'string' ? what : what())
  let refused: unknown
  do {
    try {
      const found = await look()
      if (found !== undefined && found !== false) return found
      refused = undefined
    } catch (error) {
      if (error instanceof WillNotCome)
        throw new Error(`${error.message}; waited for: ${waitedFor()}`, { cause: error })
      refused = error
    }
    await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS))
  } while (Date.now() < deadline)
  throw new Error(`not within ${withinMs / 1_000} s: ${waitedFor()}`, { cause: refused })
}
