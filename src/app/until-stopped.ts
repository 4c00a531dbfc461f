/** A stop that takes longer is cut off; what was durable before it stays so. */
const STOP_WITHIN_MS = 9_000

/**
 * Waits for Ctrl-C or a termination, or for a failure, then stops.
 *
 * A runner such as npm passes the signal on to a process that the terminal has already told, so the same signal comes
 * twice: the second one changes nothing.
 *
 * @returns after `stop`; the caller's exit code is that of a command that ended well.
 * @throws what `failed` rejects with, after `stop`.
 */
export async function untilStopped(failed: Promise<never>, stop: () => Promise<void>): Promise<void> {
  let heard: () => void = () => {}
  const signal = new Promise<void>(resolve => {
    heard = resolve
  })
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, heard)
  try {
    await Promise.race([signal, failed])
  } finally {
    const cutOff = setTimeout(() => {
      process.stderr.write('stagewatch: stopping takes too long, so it is cut off\n')
      process.exit(1)
    }, STOP_WITHIN_MS)
    await stop()
    clearTimeout(cutOff)
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, heard)
  }
}
