import type { AlertTransition } from '../alerts/transition.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import { heldTimeRule } from '../rules/held-time.ts'
import type { Families } from './family.ts'

const states = ['pending', 'firing', 'recovering', 'no_data'] as const

/** How many alerts each rule has now, zeros included: a rule that is quiet is told apart from one that is gone. */
export function alertSamples(
  families: Families,
): (process: ProcessDefinition, alerts: readonly AlertTransition[]) => void {
  const alertsNow = families.gauge('stagewatch_alerts', 'Alerts by rule and state.', [
    'process',
    'rule',
    'severity',
    'state',
  ])
  return (process, alerts) => {
    for (const rule of [...process.rules, heldTimeRule(process).definition]) {
      for (const state of states) {
        const count = alerts.filter(alert => alert.rule === rule.name && alert.state === state).length
        alertsNow({ process: process.name, rule: rule.name, severity: rule.severity, state }, count)
      }
    }
  }
}
