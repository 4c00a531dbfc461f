import { describeDataSet } from './datasets-suite.ts'

const day = 86_400_000

describeDataSet('olist', {
  windowsMs: [day, 14 * day],
  // Of 531 orders the hand-over to the carrier comes before the approval, or without one: it closes nothing.
  counts: { events: 286_603, counted: 286_603, beforeStart: 51, afterEnd: 8, unmatchedEnd: 547 },
  outcomes: { completed: 280_746, open: 9_748, abandoned: 385, expired: 916 },
  reaches: ['segments', 'quantiles', 'ages', 'abandoned', 'expired'],
})
