import { createHash } from 'node:crypto'
import type { Instant } from '../event/instant.ts'
import type { SegmentLabels } from '../event/segment.ts'

/**
 * The identity of an episode: the same in every process and after every restart, so a receiver can tell a repetition
 * from a new alert. A rule's condition is not part of it: editing the rule does not make another alert of it.
 *
 * @param since The start of the episode.
 * @returns 16 hexadecimal digits: the first 64 bits of SHA-256 over the JSON array of all parts.
 */
export function episodeId(process: string, rule: string, segment: SegmentLabels, since: Instant): string {
  const parts = JSON.stringify([process, rule, Object.entries(segment), since])
  return createHash('sha256').update(parts).digest('hex').slice(0, 16)
}
