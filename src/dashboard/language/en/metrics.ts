import type { MetricsWords } from '../catalogue/metrics.ts'

export const metricsWords: MetricsWords = {
  metrics: {
    title: 'Metrics',
    none: 'No metric is defined for this process. Metrics are written under `metrics:` in its file.',
    metric: 'Metric',
    about: 'About',
    formula: 'Formula',
    over: (statistic, window) => `${statistic} over ${window}`,
    atAMoment: statistic => `${statistic}, at a moment`,
    now: 'Now',
    owner: 'Owner',
    status: 'Status',
    statuses: { draft: 'Draft', published: 'Published', deprecated: 'Deprecated' },
    version: 'Version',
    unit: 'Unit',
    units: { duration: 'duration', count: 'count', ratio: 'share', per_hour: 'per hour', amount: 'amount' },
    direction: 'Better',
    directions: { lower_is_better: 'lower', higher_is_better: 'higher' },
    meaning: 'Meaning',
    inOther: 'In Chinese',
    hash: 'Hash',
    place: 'Written in',
    untranslated: 'not written yet',
  },
}
