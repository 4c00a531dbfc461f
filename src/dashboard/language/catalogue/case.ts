import type { With } from './with.ts'

export type CaseWords = {
  readonly lookup: {
    readonly title: string
    readonly label: string
    readonly find: string
    readonly hint: string
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
    readonly asOf: With<[at: string]>
    readonly wait: With<[after: string, before: string]>
    readonly waited: string
    readonly target: With<[target: string]>
    readonly from: With<[start: string, end: string]>
    readonly openSince: With<[start: string]>
    readonly attributes: string
  }
}
