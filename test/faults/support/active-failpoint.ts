import { appendFileSync } from 'node:fs'
import { type Failpoint, failpoints } from '../../../src/event/failpoint.ts'
import { type FailpointAction, failpointsVariable, passesVariable } from './failpoint-plan.ts'

/*
 * What stands in place of `src/event/failpoint.ts` in the build that the tests run. What a point does is read from the
 * environment once; a point that does something is noted in a file before it does it, and so is the first pass of any.
 */
export { failpoints }

const plan = new Map<string, FailpointAction>(
  (JSON.parse(process.env[failpointsVariable] ?? '[]') as FailpointAction[]).map(action => [action.at, action]),
)
const passesFile = process.env[passesVariable]
const passes = new Map<Failpoint, number>()

export function failpoint(name: Failpoint): void {
  const nth = (passes.get(name) ?? 0) + 1
  passes.set(name, nth)
  const action = plan.get(name)
  const acts = action !== undefined && nth === action.pass
  if (passesFile !== undefined && (nth === 1 || acts)) appendFileSync(passesFile, `${name} ${nth}\n`)
  if (!acts) return
  switch (action.does) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL')
      break
    case 'hang':
      // The thread stands still, as in a machine that does not get to run it.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, action.forMs)
      break
    case 'throw':
      throw new Error(`failpoint ${name}`)
  }
}
