import type { Range } from '../../state/address.ts'
import type { With } from './with.ts'

export type StageWords = {
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
  }
}
