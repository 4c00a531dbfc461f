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
  readonly cases: {
    readonly newest: string
    readonly begins: With<[id: string]>
    readonly noCases: string
    readonly state: string
    readonly openIn: With<[stages: string]>
    readonly endedIn: With<[outcome: string, stage: string]>
    readonly since: string
    readonly started: string
    readonly visits: string
    readonly alerts: string
    readonly noAlerts: string
    readonly alert: string
    readonly fired: string
    readonly notFired: string
    readonly over: string
    readonly underWay: string
    readonly because: string
    readonly namesCase: string
    readonly inVisit: With<[stage: string]>
    readonly corrections: string
    readonly correctionsNote: string
    readonly correction: Readonly<Record<'withdrawn' | 'changed', With<[stage: string, started: string]>>>
  }
}
