import type { BusinessCalendar } from '../model/business-calendar.ts'
import type { ProcessDefinition, StageDefinition } from '../model/definitions.ts'
import { foldStagesOf } from '../model/fold-stages.ts'
import type { Comparison } from '../windows/comparison.ts'
import { comparisonsOf, deadlineWindowsOf, reachMsOf, windowsOf } from '../windows/config.ts'
import { calendarOf } from '../windows/stage-calendar.ts'
import { type TargetOf, targetsOf } from '../windows/targets.ts'
import { VisitHistory } from '../windows/visit-history.ts'

/** How the windows of a stage are kept: the same where it is folded and in its replica. */
export type StageSettings = {
  readonly definition: StageDefinition
  readonly paneMs: number
  readonly windowsMs: readonly number[]
  readonly comparisons: readonly Comparison[]
  readonly reachMs: number
  readonly calendar: BusinessCalendar | undefined
  readonly targetOf: TargetOf
  /** undefined: nobody asks for one. */
  readonly history: VisitHistory | undefined
}

/**
 * Of the stages of a process, and behind them the rests that deadlines ask for: these are no stages that anybody sees, so
 * only their history is read.
 *
 * @param isPublished whether what changed in the histories is taken by somebody.
 */
export function stageSettingsOf(process: ProcessDefinition, isPublished: boolean): readonly StageSettings[] {
  const historyMs = deadlineWindowsOf(process)
  return foldStagesOf(process).all.map((definition, stage) => {
    const { paneMs } = process
    const { maxSegments } = definition
    const isRest = stage >= process.stages.length
    const calendar = calendarOf(definition)
    const windowsMs = historyMs[stage] ?? []
    return {
      definition,
      paneMs,
      windowsMs: isRest ? [] : windowsOf(process, stage),
      comparisons: isRest ? [] : comparisonsOf(process, stage),
      reachMs: isRest ? 0 : reachMsOf(process, stage),
      calendar,
      targetOf: targetsOf(definition),
      history:
        windowsMs.length === 0
          ? undefined
          : new VisitHistory({ paneMs, windowsMs, calendar, maxSegments, isPublished }),
    }
  })
}
