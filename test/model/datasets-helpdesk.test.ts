import { describeDataSet } from './datasets-suite.ts'

const day = 86_400_000

describeDataSet('helpdesk', {
  // The longer one has 4,320 panes.
  windowsMs: [30 * day, 180 * day],
  // 127 are exact repeats, 8 are of another system. 10 belong to tickets that are first seen half-way, and one ticket is
  // closed a second time after three weeks. Most tickets never wait, so to take or to resolve them ends no wait.
  counts: { events: 21_348, ignored: 8, duplicate: 127, counted: 21_213, beforeStart: 11, unmatchedEnd: 9_907 },
  outcomes: { completed: 14_839, open: 7, expired: 23 },
  reaches: ['segments', 'coarse', 'quantiles', 'ages', 'reworked', 'expired', 'overdue'],
})
