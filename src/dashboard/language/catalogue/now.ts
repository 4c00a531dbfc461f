import type { MeasureStatisticName } from '../../../model/statistics.ts'
import type { Trend } from '../../state/trend.ts'
import type { With } from './with.ts'

export type NowWords = {
  readonly map: {
    readonly title: string
    readonly stages: string
    readonly spanning: string
    readonly open: string
    readonly age: string
    readonly ofTarget: With<[target: string]>
    readonly noTarget: string
    readonly exits: string
    readonly completed: string
    readonly trend: string
    readonly trendNote: string
    readonly trends: Readonly<Record<Trend['kind'], string>>
    readonly window: With<[duration: string]>
    readonly partial: string
  }
  readonly bottleneck: {
    readonly label: string
    readonly none: string
    readonly noneBut: Readonly<Record<'alerts' | 'no-targets', string>>
    readonly catchingUp: string
    readonly waiting: string
    readonly ratio: With<[ratio: string]>
    readonly early: string
    readonly open: With<[count: string]>
    readonly filling: With<[count: string, window: string]>
    readonly draining: With<[count: string, window: string]>
    readonly owner: With<[owner: string]>
  }
  readonly heat: {
    readonly title: string
    readonly note: string
    readonly open: string
    readonly unknown: string
    readonly other: string
    readonly cut: With<[listed: string, all: string]>
    readonly partial: string
    readonly none: string
    readonly legend: string
  }
  readonly measures: {
    readonly title: string
    readonly measure: string
    readonly statistics: Readonly<Record<MeasureStatisticName, string>>
    readonly partial: string
  }
}
