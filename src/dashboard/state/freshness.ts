import type { ProcessStatus } from '../../protocol/status.ts'
import type { Connection } from './stream-client.ts'

/** How far the page may be believed, worst reason first. */
export type Freshness =
  | { readonly kind: 'refused'; readonly why: 'code' | 'unreadable' }
  | { readonly kind: 'disconnected'; readonly forMs: number; readonly retryInMs: number | undefined }
  | { readonly kind: 'opening' }
  | {
      readonly kind: 'source-away'
      readonly forMs: number
      readonly problem: string
      readonly remedy: string
      /** It is read again by itself once it can be. */
      readonly retrying: boolean
    }
  /** @property progress in 0..1; undefined where nothing is evaluated yet. */
  | {
      readonly kind: 'catching-up'
      readonly at: number | undefined
      readonly of: number
      readonly progress: number | undefined
    }
  | { readonly kind: 'stale'; readonly ageMs: number }
  | { readonly kind: 'fresh'; readonly ageMs: number | undefined }

const STALE_AFTER_MS = 5_000

/**
 * @param everHeard whether the stream has brought a snapshot before: without one the page is opening, not broken.
 * @param now the server's wall clock, in ms.
 * @param browserNow the clock that `connection` was stamped with, in ms.
 */
export function freshness(
  connection: Connection,
  everHeard: boolean,
  process:
    | { readonly status: ProcessStatus; readonly evaluateEveryMs: number; readonly catchingUpFrom: number | undefined }
    | undefined,
  now: number,
  browserNow: number,
): Freshness {
  if (connection.phase === 'refused') return { kind: 'refused', why: connection.why }
  if (connection.phase === 'connecting' && !everHeard && browserNow - connection.since < STALE_AFTER_MS) {
    return { kind: 'opening' }
  }
  if (connection.phase !== 'open') {
    return {
      kind: 'disconnected',
      forMs: Math.max(0, browserNow - connection.since),
      retryInMs: connection.phase === 'waiting' ? Math.max(0, connection.retryAt - browserNow) : undefined,
    }
  }
  if (process === undefined) return { kind: 'fresh', ageMs: undefined }
  const { status, catchingUpFrom } = process
  const { source } = status
  if (source.state === 'retrying' || source.state === 'failed') {
    return {
      kind: 'source-away',
      forMs: Math.max(0, now - Date.parse(source.since)),
      problem: source.problem ?? '',
      remedy: source.remedy ?? '',
      retrying: source.state === 'retrying',
    }
  }
  const at = status.evaluated_at === null ? undefined : Date.parse(status.evaluated_at)
  if (status.catching_up) {
    const progress =
      at === undefined || catchingUpFrom === undefined
        ? undefined
        : (at - catchingUpFrom) / Math.max(1, now - catchingUpFrom)
    return { kind: 'catching-up', at, of: now, progress }
  }
  if (at === undefined) return { kind: 'fresh', ageMs: undefined }
  const ageMs = Math.max(0, now - at)
  return { kind: ageMs > Math.max(STALE_AFTER_MS, 3 * process.evaluateEveryMs) ? 'stale' : 'fresh', ageMs }
}
