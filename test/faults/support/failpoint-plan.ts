import type { Failpoint } from '../../../src/event/failpoint.ts'

/** What happens when a point is passed for the n-th time since the program's start; at other times nothing. */
export type FailpointAction = { readonly at: Failpoint; readonly pass: number } & (
  | { readonly does: 'kill' | 'throw' }
  | { readonly does: 'hang'; readonly forMs: number }
)

/** JSON of the actions, at most one a point. */
export const failpointsVariable = 'STAGEWATCH_FAILPOINTS'

/** The file in which passes are noted, a line each: name, number of the pass. */
export const passesVariable = 'STAGEWATCH_FAILPOINT_PASSES'
