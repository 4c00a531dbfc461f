import type { Flapping } from './flap-book.ts'

/** Why nobody is told of an alert, as worked out from what is known and the clock; what people did to it is its overlay. */
export type AlertMarks = {
  /** Ids of the silences that are in force for it, in the order in which they were made. */
  readonly silencedBy: readonly string[]
  /** Id of an open alert that explains it. */
  readonly inhibitedBy: string | undefined
  /** It fires and ends again and again. */
  readonly flapping: Flapping | undefined
}

export const unmarked: AlertMarks = { silencedBy: [], inhibitedBy: undefined, flapping: undefined }
