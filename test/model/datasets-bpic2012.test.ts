import { describeDataSet } from './datasets-suite.ts'

const hour = 3_600_000

describeDataSet('bpic2012', {
  // The longer one has 1,152 panes.
  windowsMs: [6 * hour, 288 * hour],
  // One application rests for more than `case_timeout`. A work item that is resumed was not scheduled again (20,000
  // times), and an offer that came back may be cancelled (500 times): both find nothing to close.
  counts: { events: 262_200, counted: 262_200, beforeStart: 1, unmatchedEnd: 21_155 },
  outcomes: { completed: 67_804, open: 757, expired: 121 },
  reaches: ['segments', 'coarse', 'quantiles', 'ages', 'reworked', 'expired', 'overdue'],
})
