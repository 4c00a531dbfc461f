import type { AlertTransition } from '../alerts/transition.ts'
import type { DurationMs } from '../event/duration.ts'
import type { Instant } from '../event/instant.ts'
import type { GroupName } from '../journal/told-groups.ts'
import type { ToldState } from '../journal/told-states.ts'

/** What a message is about. */
export type MessageSubject = {
  readonly id: string
  readonly contactPoint: string
  /** By the wall clock. */
  readonly at: Instant
  readonly process: string
  /** It is told by a step of the escalation, so long after somebody was told first; undefined: for another reason. */
  readonly escalatedAfterMs?: DurationMs | undefined
} & (
  | { readonly kind: 'alert'; readonly state: ToldState; readonly transition: AlertTransition }
  /** Alerts that are open and of which the contact point has heard nothing yet. */
  | { readonly kind: 'digest'; readonly transitions: readonly AlertTransition[] }
  /** Alerts that are told together. */
  | {
      readonly kind: 'group'
      readonly group: GroupName
      /** How many alerts it has, listed or not. */
      readonly count: number
      /** Those that are listed, first those that have changed. */
      readonly transitions: readonly AlertTransition[]
      /** Ids of those that are in another state than the contact point was told last. */
      readonly changed: readonly string[]
    }
)

/** What there is to tell of an alert that enters a state; undefined: nothing, it fires or is quiet as before. */
export function toldStateOf({ state }: AlertTransition): ToldState | undefined {
  switch (state) {
    case 'firing':
    case 'no_data':
    case 'resolved':
      return state
    case 'inactive':
    case 'pending':
    case 'recovering':
      return undefined
  }
}
