import type { Logger } from 'pino'
import type { StoreHealth } from '../store/writing/writer.ts'

const LOOK_EVERY_MS = 2_000

/**
 * Says when the store stops taking rows, and when it takes them again; once each.
 *
 * @returns ends the watch.
 */
export function watchStore(health: () => StoreHealth, logger: Logger): () => void {
  let wasOk = true
  const look = () => {
    const { ok, lastError, waitingRows } = health()
    if (ok === wasOk) return
    wasOk = ok
    if (ok) logger.warn('the store takes rows again')
    else logger.warn({ waitingRows }, `rows wait for the store, alerts and the page go on: ${lastError}`)
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
