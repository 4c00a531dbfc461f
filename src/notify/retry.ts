import { type DurationMs, durationMs } from '../event/duration.ts'
import { type Instant, instant } from '../event/instant.ts'

export type Backoff = {
  /** What is waited after the first failure, at most; then twice as long each time. */
  readonly firstMs: DurationMs
  readonly mostMs: DurationMs
}

/** An alert is of use soon or not at all, so nobody waits long for the next attempt: 1 s, 2 s, 4 s … 5 min. */
export const usualBackoff: Backoff = { firstMs: durationMs(1_000), mostMs: durationMs(300_000) }

export type FailedAttempt = {
  /** So far, this one included. */
  readonly attempts: number
  /** When it failed. */
  readonly now: Instant
  readonly giveUpAt: Instant
  /** What the receiver asked for; undefined: nothing. */
  readonly retryAfterMs: number | undefined
}

/**
 * When to try again: never before the receiver wants it, and the last time when the time is up.
 *
 * @param draw a number from 0 up to 1. It spreads attempts over the second half of the wait, so that messages that failed
 *   together do not come back together.
 * @returns undefined: no more.
 */
export function nextAttemptAt(failed: FailedAttempt, { firstMs, mostMs }: Backoff, draw: number): Instant | undefined {
  const { attempts, now, giveUpAt, retryAfterMs = 0 } = failed
  if (now >= giveUpAt) return undefined
  const waitMs = Math.min(firstMs * 2 ** (attempts - 1), mostMs)
  const spreadMs = (waitMs * (1 + draw)) / 2
  return instant(Math.min(Math.ceil(now + Math.max(spreadMs, retryAfterMs)), giveUpAt))
}
