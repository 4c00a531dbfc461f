import { type DuePositions, nowhere } from './due-positions.ts'
import type { ProcessPlan } from './process-plan.ts'
import type { Run } from './run.ts'

/** An open visit that is due at some time. */
export type OpenDue = {
  readonly stage: number
  readonly start: number
  readonly due: number
  /** Where the case stands within it: the stage itself, one inside it, or the rest of one. */
  readonly position: number
  /** Segment of the visit there, and its start. */
  readonly slot: number
  readonly entry: number
}

/** Those of a case, by stage; its visits are not expired. */
export function openDues(plan: ProcessPlan, positions: DuePositions, handle: number, run: Run): OpenDue[] {
  const found: OpenDue[] = []
  for (let stage = 0; stage < plan.visibleStages; stage++) {
    if (run.isOpen[stage] === 0) continue
    const start = run.starts[stage] as number
    const deadline = plan.deadlines.findIndex(one => one.stage === stage)
    if (deadline >= 0) {
      const into = nowhere()
      positions.find(deadline, handle, run, into)
      const { position, slot, entry, due } = into
      if (position >= 0) found.push({ stage, start, due, position, slot, entry })
      continue
    }
    const due = positions.dueOf(stage, -1, run)
    if (Number.isNaN(due)) continue
    found.push({ stage, start, due, position: stage, slot: positions.slotOf(handle, run, stage), entry: start })
  }
  return found
}
