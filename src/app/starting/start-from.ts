import { type DurationMs, parseDuration } from '../../event/duration.ts'
import { type Instant, instant } from '../../event/instant.ts'
import { parseIsoInstant } from '../../event/iso-instant.ts'

/** Where a partition begins of which nothing was saved. */
export type StartFrom =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'instant'; readonly at: Instant }
  | { readonly kind: 'before'; readonly ms: DurationMs }

/**
 * Reads `earliest`, `latest`, an instant such as `2026-11-01T00:00:00Z`, or a length of time before the first start such
 * as `-7d`.
 *
 * @returns undefined when the text is anything else.
 */
export function parseStartFrom(text: string): StartFrom | undefined {
  if (text === 'earliest' || text === 'latest') return { kind: text }
  if (text.startsWith('-')) {
    const ms = parseDuration(text.slice(1))
    return ms === undefined ? undefined : { kind: 'before', ms }
  }
  const at = parseIsoInstant(text, undefined)
  return at === undefined ? undefined : { kind: 'instant', at }
}

/** The instant that it means at a first start. */
export function instantOf(startFrom: Exclude<StartFrom, { kind: 'earliest' }>, now: number): Instant {
  switch (startFrom.kind) {
    case 'latest':
      return instant(now)
    case 'instant':
      return startFrom.at
    case 'before':
      return instant(now - startFrom.ms)
  }
}
