import type { AlertTransition } from '../../alerts/transition.ts'
import type { Instant } from '../../event/instant.ts'
import type { SegmentLabels } from '../../event/segment.ts'

/** One alert from firing to resolved. */
export type Episode = {
  readonly id: string
  readonly rule: string
  readonly stage: string | undefined
  readonly segment: SegmentLabels
  /** When it fired, or was raised for want of data. */
  readonly fired: Instant
  /** undefined: it is still open. */
  readonly resolved: Instant | undefined
}

/** The episodes that fired at all, in the order in which they did. @param transitions in the order of time. */
export function episodesOf(transitions: readonly AlertTransition[]): Episode[] {
  const episodes = new Map<string, { -readonly [Key in keyof Episode]: Episode[Key] }>()
  for (const { id, rule, stage, segment, state, from, at } of transitions) {
    // A correction of what was over.
    if (from === state) continue
    const known = episodes.get(id)
    if ((state === 'firing' || state === 'no_data') && known === undefined)
      episodes.set(id, { id, rule, stage, segment, fired: at, resolved: undefined })
    else if (state === 'resolved' && known !== undefined) known.resolved = at
  }
  return [...episodes.values()]
}
