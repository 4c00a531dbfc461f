import type { NowWords } from '../catalogue/now.ts'

const visits = (count: string) => `${count} open`

export const nowWords: NowWords = {
  map: {
    title: 'Process',
    stages: 'Stages, in the order of the work',
    spanning: 'Across stages',
    open: 'open',
    age: 'Age p90',
    ofTarget: target => `target ${target}`,
    noTarget: 'no target',
    exits: 'out per hour',
    completed: 'p90 done',
    window: duration => `over ${duration}`,
    partial: 'partial',
  },
  bottleneck: {
    label: 'Bottleneck',
    none: 'No bottleneck: every stage is within its target, and nothing fires.',
    noneBut: {
      alerts: 'No stage stands out as the bottleneck; see the alerts.',
      'no-targets': 'No bottleneck: no stage has a target that it is over, and nothing fires.',
    },
    catchingUp: 'A bottleneck is named once the numbers are of the present.',
    waiting: 'Waiting for the first numbers…',
    ratio: ratio => `${ratio} of its target`,
    early: 'the alert came before its target was passed',
    open: visits,
    filling: (count, window) => `${count} more came in than left in ${window}`,
    draining: (count, window) => `${count} more left than came in within ${window}: draining`,
    owner: owner => `Owner: ${owner}`,
  },
  heat: {
    title: 'Segments',
    note: 'Open visits and their age p90; the shade is the age against the target.',
    open: 'open',
    unknown: 'unknown',
    other: 'other',
    cut: (listed, all) => `The ${listed} worst of ${all} segments are shown.`,
    partial: 'More segments than the stage may keep: segment values are incomplete, totals are exact.',
    none: 'No segments yet.',
    legend: 'Age against target',
  },
  measures: {
    title: 'Measures',
    measure: 'Measure',
    statistics: {
      count: 'Events',
      sum: 'Sum',
      avg: 'Average',
      min: 'Least',
      max: 'Most',
      p50: 'p50',
      p75: 'p75',
      p90: 'p90',
      p95: 'p95',
      p99: 'p99',
      distinct: 'Distinct',
    },
    partial: 'More segments than the measure may keep: segment values are incomplete, totals are exact.',
  },
}
