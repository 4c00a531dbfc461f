import type { Comparison } from '../../../protocol/history.ts'
import type { CountedNumber } from '../../../protocol/stage-visits.ts'
import type { Range } from '../../state/address.ts'
import type { SegmentSort } from '../../state/segment-sort.ts'
import type { VisitOrder } from '../../state/visit-list.ts'
import type { With } from './with.ts'

export type StageWords = {
  readonly stageView: {
    readonly stage: string
    readonly segment: string
    readonly whole: string
    readonly range: string
    readonly ranges: Readonly<Record<Range, string>>
    readonly from: string
    readonly to: string
    readonly apply: string
    readonly inZone: With<[zone: string]>
    readonly notARange: string
    readonly compare: string
    readonly comparisons: Readonly<Record<Comparison | 'none', string>>
    readonly before: Readonly<Record<Comparison, string>>
    readonly owner: With<[owner: string]>
    readonly target: With<[target: string]>
    readonly noTarget: string
    readonly open: string
    readonly over: With<[duration: string]>
    readonly inRange: string
    readonly what: string
    readonly thisRange: string
    readonly change: string
    readonly sums: Readonly<
      Record<
        | 'entered'
        | 'exited'
        | 'abandoned'
        | 'expired'
        | 'reworked'
        | 'breached'
        | 'avg_ms'
        | 'p50_ms'
        | 'p90_ms'
        | 'p99_ms',
        string
      >
    >
    readonly changed: {
      readonly same: string
      readonly new: string
      readonly more: With<[share: string]>
      readonly less: With<[share: string]>
      readonly longer: With<[share: string]>
      readonly times: With<[ratio: string]>
      readonly shorter: With<[share: string]>
    }
    readonly none: string
    readonly times: string
    readonly percentiles: Readonly<Record<'p50' | 'p90' | 'p99', string>>
    readonly p90Before: string
    readonly targetLine: string
    readonly flow: string
    readonly arrived: string
    readonly left: string
    readonly wip: string
    readonly noWip: string
    readonly segments: string
    readonly segmentsNote: string
    readonly noSegments: string
    readonly sorts: Readonly<Record<SegmentSort, string>>
    readonly share: With<[share: string]>
    readonly parts: With<[time: string, mix: string, rework: string]>
    readonly visits: Readonly<Record<CountedNumber, With<[count: string]>>>
    readonly visitsOf: Readonly<Record<CountedNumber, string>>
    readonly estimated: With<[count: string]>
    readonly noVisits: string
    readonly orders: Readonly<Record<VisitOrder, string>>
    readonly order: string
    readonly case: string
    readonly began: string
    readonly ended: string
    readonly took: string
    readonly outcome: string
    readonly stillOpen: string
    readonly seeVisits: With<[number: string]>
    readonly standsFor: With<[count: string]>
    readonly rest: (count: number, written: string) => string
    readonly meanChanged: With<[before: string, now: string]>
    readonly timesNow: string
    readonly timesNote: string
    readonly percentile: string
    readonly live: string
    readonly completedOnly: string
    readonly liveIsHead: string
    readonly liveIs: Readonly<Record<'apart' | 'same' | 'onlyLive', With<[ratio: string]>>>
    readonly ages: string
    readonly agesNote: With<[count: string]>
    readonly nothingOpen: string
    readonly ageBar: With<[from: string, to: string]>
    readonly ageUpTo: With<[to: string]>
    readonly ageOver: With<[from: string]>
    readonly age: string
    readonly oldest: string
    readonly atRisk: string
    readonly atRiskNote: With<[lookedAt: string]>
    readonly noneAtRisk: string
    readonly storeAway: string
    readonly due: string
  }
}
