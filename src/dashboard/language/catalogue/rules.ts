import type { RuleStanding } from '../../state/rule-standing.ts'
import type { With } from './with.ts'

export type RulesWords = {
  readonly rules: {
    readonly title: string
    readonly none: string
    readonly standing: string
    readonly standings: Readonly<Record<RuleStanding, string>>
    readonly count: Readonly<Record<RuleStanding, (count: number) => string>>
    readonly rule: string
    readonly condition: string
    readonly owner: string
    readonly lastFired: string
    readonly notWithinDay: string
    readonly precision: string
    readonly useful: With<[useful: string, told: string]>
    readonly by: With<[dimensions: string]>
    readonly definition: string
    readonly about: string
    readonly recoverWhen: string
    readonly times: string
    readonly window: With<[duration: string]>
    readonly holdsFor: With<[duration: string]>
    readonly keepsFor: With<[duration: string]>
    readonly grace: With<[duration: string]>
    readonly minSamples: With<[count: string]>
    readonly noData: Readonly<Record<'alert' | 'ok' | 'keep', With<[after: string]>>>
    readonly place: string
    readonly versionIs: string
    readonly noSegment: string
    readonly openAlert: string
    readonly whyNot: string
    readonly whyNotTold: string
    readonly readFrom: With<[start: string, end: string, samples: string]>
    readonly notWithin: With<[days: string]>
    readonly noise: string
    readonly firedWithin: With<[times: string, days: string]>
    readonly notCalled: string
  }
}
