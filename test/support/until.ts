const LOOK_EVERY_MS = 50

/**
 * Waits until something is there.
 *
 * @param what said where it does not come in time.
 * @param look undefined: not yet. What it throws is taken as "not yet" and told if that is how it ends.
 */
export async function until<Found>(
  what: string,
  withinMs: number,
  look: () => Found | undefined | Promise<Found | undefined>,
): Promise<Found> {
  const deadline = Date.now() + withinMs
  let refused: unknown
  while (Date.now() < deadline) {
    try {
      const found = await look()
      if (found !== undefined) return found
      refused = undefined
    } catch (error) {
      refused = error
    }
    await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS))
  }
  throw new Error(`not within ${withinMs / 1_000} s: ${what}`, { cause: refused })
}
