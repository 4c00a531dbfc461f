import type { Branded } from './brand.ts'
import type { Instant } from './instant.ts'

/** The text that names a case, digits as written by the producer. */
export type CaseId = Branded<string, 'CaseId'>

/** What a mapped field may hold; a number whose text would not survive a JS number is kept as its text. */
export type AttributeValue = string | number | boolean | null

/** One step of one case, read from a record. */
export type Event = {
  readonly case: CaseId
  /** Position in the process's `activities`, which is also the order of events with the same instant. */
  readonly activity: number
  readonly at: Instant
  /** The producer's own identity of the event, where the mapping names one. */
  readonly id: string | undefined
  /** One value for each of the process's `attributes`, in that order; null where the record has none. */
  readonly attributes: readonly AttributeValue[]
}
