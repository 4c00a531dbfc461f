import type { Theme, View } from '../../state/address.ts'
import type { Freshness } from '../../state/freshness.ts'
import type { With } from './with.ts'

export type ShellWords = {
  readonly locale: string
  /** `gap` stands between the two parts of a duration's number and unit. */
  readonly units: Readonly<Record<'d' | 'h' | 'm' | 's' | 'ms' | 'gap', string>>
  readonly chooseProcess: string
  readonly asOf: string
  readonly ago: With<[duration: string]>
  readonly latency: With<[duration: string]>
  readonly latencyDetail: With<[statistics: string, alerts: string]>
  /** How far the page may be believed, in a word or two. */
  readonly freshness: Readonly<Record<Freshness['kind'], string>>
  readonly navigation: string
  readonly views: Readonly<Record<View, string>>
  readonly skip: string
  readonly pause: string
  readonly resume: string
  readonly paused: string
  readonly settings: string
  readonly chooseTheme: string
  readonly chooseZone: string
  readonly zones: Readonly<Record<'process' | 'browser', string>>
  readonly themes: Readonly<Record<Theme, string>>
  /** In the place of an answer that is not there. */
  readonly unanswered: { readonly loading: string; readonly away: string }
  readonly retryNow: string
  readonly reload: string
  readonly version: With<[version: string]>
  readonly banner: {
    readonly disconnected: With<[duration: string]>
    readonly retryIn: With<[duration: string]>
    readonly retrying: string
    readonly paused: With<[since: string, duration: string]>
    readonly missed: With<[updates: string, alerts: string]>
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
