import type { MetricView } from '../../../protocol/metrics.ts'
import type { With } from './with.ts'

export type MetricsWords = {
  readonly metrics: {
    readonly title: string
    readonly none: string
    readonly metric: string
    readonly about: string
    readonly formula: string
    readonly over: With<[statistic: string, window: string]>
    readonly atAMoment: With<[statistic: string]>
    readonly now: string
    readonly owner: string
    readonly status: string
    readonly statuses: Readonly<Record<MetricView['status'], string>>
    readonly version: string
    readonly unit: string
    readonly units: Readonly<Record<MetricView['unit'], string>>
    readonly direction: string
    readonly directions: Readonly<Record<MetricView['direction'], string>>
    readonly meaning: string
    readonly inOther: string
    readonly hash: string
    readonly place: string
    readonly untranslated: string
  }
}
