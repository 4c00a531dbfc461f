import type { ProcessDefinition } from '../../model/definitions.ts'
import { type Aspect, aspects, type CheckResult } from './compare.ts'

export type RuleCoverage = {
  readonly process: string
  readonly rule: string
  /** In the order of `aspects`. */
  readonly proved: readonly Aspect[]
}

export type Coverage = {
  /** By process and rule, in the order of the files. */
  readonly rules: readonly RuleCoverage[]
  readonly proved: number
  readonly of: number
  /** 0 to 100, rounded down, so that 100 means all. */
  readonly percent: number
}

/** Rules × what they can be proved to do, counted from the checks that passed. */
export function coverageOf(
  processes: readonly ProcessDefinition[],
  results: readonly (CheckResult & { readonly process: string })[],
): Coverage {
  const rules = processes.flatMap(process =>
    process.rules.map(rule => {
      const own = results.filter(result => result.process === process.name && result.rule === rule.name)
      const proved = aspects.filter(aspect => own.some(({ proves }) => proves.includes(aspect)))
      return { process: process.name, rule: rule.name, proved }
    }),
  )
  const proved = rules.reduce((sum, rule) => sum + rule.proved.length, 0)
  const of = rules.length * aspects.length
  return { rules, proved, of, percent: of === 0 ? 100 : Math.floor((100 * proved) / of) }
}
