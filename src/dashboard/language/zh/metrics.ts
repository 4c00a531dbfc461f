import type { MetricsWords } from '../catalogue/metrics.ts'

export const metricsWords: MetricsWords = {
  metrics: { title: '指标', none: '此流程没有定义指标。' },
}
