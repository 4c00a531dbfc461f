import type { ResolutionCause } from '../../alerts/alert-action.ts'
import type { AlertReason } from '../../alerts/transition.ts'
import type { MeasureStatisticName, StageStatisticName } from '../../model/statistics.ts'
import type { AlertState } from '../../protocol/alert.ts'
import type { CaseVisit } from '../../protocol/history.ts'
import type { Severity } from '../../protocol/vocabulary.ts'
import type { Range } from '../state/address.ts'
import type { Freshness } from '../state/freshness.ts'
import type { StageCondition } from '../state/stage-condition.ts'

type With<Arguments extends string[]> = (...texts: Arguments) => string

/** Everything that the page says, in one language. A text that one of them lacks is a type error. */
export type Catalogue = {
  readonly locale: string
  /** `gap` stands between the two parts of a duration's number and unit. */
  readonly units: Readonly<Record<'d' | 'h' | 'm' | 's' | 'ms' | 'gap', string>>
  readonly languageName: string
  readonly chooseLanguage: string
  readonly chooseProcess: string
  readonly asOf: string
  readonly ago: With<[duration: string]>
  readonly latency: With<[duration: string]>
  readonly latencyDetail: With<[statistics: string, alerts: string]>
  /** How far the page may be believed, in a word or two. */
  readonly freshness: Readonly<Record<Freshness['kind'], string>>
  readonly retryNow: string
  readonly reload: string
  readonly version: With<[version: string]>
  readonly banner: {
    readonly disconnected: With<[duration: string]>
    readonly retryIn: With<[duration: string]>
    readonly retrying: string
    readonly stale: With<[duration: string]>
    readonly refused: string
    readonly unreadable: string
    readonly catchingUp: With<[at: string, of: string]>
    readonly catchingUpStart: string
    readonly catchingUpNote: string
    readonly storeRetrying: With<[rows: string]>
    readonly sourceAway: With<[duration: string]>
    readonly sourceRetrying: string
    readonly sourceFailed: string
    readonly unknownEnds: (partitions: number) => string
  }
  readonly condition: Readonly<Record<StageCondition, string>>
  readonly severity: Readonly<Record<Severity, string>>
  readonly state: Readonly<Record<AlertState, string>>
  /** Why an alert entered its state. */
  readonly reasons: Readonly<Record<AlertReason, string>>
  /** Of visits of a stage. */
  readonly statistics: Readonly<Record<StageStatisticName, string>>
  readonly measures: {
    readonly title: string
    readonly measure: string
    readonly statistics: Readonly<Record<MeasureStatisticName, string>>
    readonly partial: string
  }
  readonly outcome: Readonly<Record<CaseVisit['outcome'], string>>
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
  readonly alerts: {
    readonly title: string
    readonly firing: (count: number) => string
    readonly quiet: string
    readonly none: string
    readonly noRules: string
    readonly resolved: string
    readonly cut: With<[listed: string, active: string]>
    readonly why: string
    readonly owner: string
    readonly action: string
    readonly runbook: string
    readonly sinceAt: With<[time: string, duration: string]>
    readonly resolvedAt: With<[time: string, ago: string]>
    readonly announceFiring: With<[summary: string, stage: string]>
    readonly announceResolved: With<[summary: string]>
    readonly whole: string
  }
  /** What people have made of an alert, and why nobody is told of it. */
  readonly marks: {
    readonly acknowledged: With<[by: string, at: string]>
    readonly assigned: With<[to: string]>
    readonly snoozed: With<[until: string]>
    readonly silenced: string
    readonly flapping: With<[times: string, since: string]>
    readonly useful: With<[by: string]>
    readonly false_alarm: With<[by: string]>
    readonly resolved: With<[by: string, time: string]>
    /** By the words of the API; a newer server may know others, which are shown as they are. */
    readonly causes: Readonly<Record<ResolutionCause, string>>
    /** The alert that explains it follows. */
    readonly inhibited: string
  }
  readonly detail: {
    readonly title: string
    readonly close: string
    readonly rule: string
    readonly condition: string
    readonly term: string
    readonly value: string
    readonly result: string
    readonly holds: string
    readonly fails: string
    readonly unknown: string
    readonly window: string
    readonly samples: string
    readonly samplesAtLeast: With<[samples: string, least: string]>
    readonly live: string
    readonly liveWidth: With<[window: string, exits: string]>
    readonly watermark: string
    readonly past: { readonly hour_before: string; readonly week_before: string }
    readonly flow: string
    readonly flowCounts: With<[entered: string, exited: string, left: string, open: string]>
    readonly upstream: With<[stage: string]>
    readonly downstream: With<[stage: string]>
    readonly alertsOpen: With<[rules: string]>
    readonly silentSince: string
    readonly oldest: string
    readonly dueAt: With<[at: string]>
    readonly chance: With<[share: string]>
    readonly probablyLate: string
    readonly overdue: string
    readonly atStake: string
    readonly suspected: string
    readonly before: string
    readonly beforeCounts: With<[entered: string, exited: string]>
    readonly mean: string
    readonly meanChanged: With<[before: string, now: string]>
    readonly causes: { readonly time: string; readonly mix: string; readonly rework: string }
    readonly otherParts: string
    readonly restOfChange: string
    readonly history: string
    readonly historyAway: string
    readonly gone: string
    readonly partial: string
    readonly stage: string
    readonly process: string
    readonly segment: string
    readonly state: string
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
  readonly history: {
    readonly title: With<[stage: string]>
    readonly range: string
    readonly ranges: Readonly<Record<Range, string>>
    readonly p90: string
    readonly wip: string
    readonly target: string
    readonly whole: string
    readonly none: string
    readonly away: string
    readonly loading: string
    readonly noWip: string
    readonly summary: With<[p90: string, wip: string]>
    readonly at: With<[time: string, p90: string, wip: string, exits: string]>
  }
  readonly lookup: {
    readonly title: string
    readonly label: string
    readonly find: string
    readonly hint: string
    readonly loading: string
    readonly visit: With<[number: string]>
    readonly over: string
    readonly cut: string
    readonly deadline: {
      readonly due: With<[at: string]>
      readonly late: With<[share: string]>
      readonly state: Readonly<Record<'on_time' | 'due_soon' | 'overdue' | 'met' | 'met_late' | 'unknown', string>>
      readonly within: With<[stage: string]>
      readonly after: With<[stage: string]>
    }
    readonly inStage: string
    readonly done: string
  }
  readonly empty: {
    readonly title: string
    readonly listening: With<[topics: string]>
    readonly try: string
    readonly noExample: string
    readonly rejected: With<[count: string]>
    readonly noProcess: string
    readonly noProcessNote: string
  }
  readonly noValue: string
}
