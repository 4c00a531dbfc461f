import type { ProcessDefinition } from '../model/definitions.ts'

/** What to tell of a record that was turned away for want of room. */
export const whyOverLimit = (
  { maxCases, maxEventsPerCase }: ProcessDefinition['limits'],
  isCaseTooLong: boolean,
): string =>
  isCaseTooLong
    ? `the case has more than ${maxEventsPerCase} events within settle; raise max_events_per_case if that is right`
    : `more than ${maxCases} cases are open in this partition; raise max_open_cases, or use more partitions`
