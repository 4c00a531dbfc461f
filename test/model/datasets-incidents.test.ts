import { describeDataSet } from './datasets-suite.ts'

const day = 86_400_000

describeDataSet('bpic2013-incidents', {
  // The longer one has 1,200 panes.
  windowsMs: [day, 50 * day],
  // An incident is worked on in many steps, each of which would end a wait: most find none.
  counts: { events: 65_533, counted: 65_533, afterEnd: 43, unmatchedEnd: 56_973 },
  outcomes: { completed: 24_923, open: 43, abandoned: 31, expired: 1 },
  reaches: ['segments', 'coarse', 'quantiles', 'ages', 'reworked', 'abandoned', 'overdue'],
})
