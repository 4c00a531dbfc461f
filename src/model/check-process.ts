/**
 * The checks that no schema can make: whether the names in a process file exist and its parts fit together.
 *
 * They read what has the right shape and pass over the rest, so that a person sees all mistakes of a file at once and
 * none of them twice.
 */
import { checkDeadlines } from './check-deadlines.ts'
import { checkMeasures } from './check-measures.ts'
import { checkRules } from './check-rules.ts'
import { checkSources } from './check-sources.ts'
import { checkStages } from './check-stages.ts'
import { checkTimes } from './check-times.ts'
import { checkOwner, checkRepeats, checkZone, type ProcessCheck } from './process-check.ts'

export function checkProcess(check: ProcessCheck): void {
  const { said } = check
  checkZone(check, said.timezone, ['timezone'])
  checkOwner(check, said.owner, ['owner'])
  checkRepeats(check, said.activities, ['activities'])
  checkSources(check)
  checkStages(check)
  checkDeadlines(check)
  checkMeasures(check)
  checkTimes(check)
  checkRules(check)
}
