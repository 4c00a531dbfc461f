import type { ResolutionCause } from '../../../alerts/alert-action.ts'
import type { With } from './with.ts'

export type AlertWords = {
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
    readonly began: string
    readonly threshold: string
    /** The statistic of completed visits that is drawn. */
    readonly drawn: With<[statistic: string]>
    /** What somebody did, as it goes on after the name. */
    readonly deeds: {
      readonly acknowledge: string
      readonly unacknowledge: string
      readonly assign: With<[to: string]>
      readonly assignNobody: string
      readonly snooze: With<[until: string]>
      readonly snoozeEnd: string
      readonly useful: string
      readonly falseAlarm: string
      readonly resolve: With<[cause: string]>
    }
    readonly gone: string
    readonly partial: string
    readonly stage: string
    readonly process: string
    readonly segment: string
    readonly state: string
  }
}
