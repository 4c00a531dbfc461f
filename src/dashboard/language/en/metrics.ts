import type { MetricsWords } from '../catalogue/metrics.ts'

export const metricsWords: MetricsWords = {
  metrics: { title: 'Metrics', none: 'No metric is defined for this process.' },
}
