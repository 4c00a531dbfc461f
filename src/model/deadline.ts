import type { DurationMs } from '../event/duration.ts'
import type { Deadline, StageDefinition } from './definitions.ts'

/** Of a deadline that says nothing else. Weeks hold all weekdays and some holidays. */
export const DEADLINE_DEFAULTS = { windowMs: 2_592_000_000 as DurationMs, level: 0.5 }

/** Whether visits of the stage have a due instant, so that they can be overdue and breached. */
export const hasDue = ({ target, deadline }: StageDefinition): boolean =>
  target !== undefined || deadline?.at !== undefined

/** Whether visits are due at an instant that their events name. */
export const hasDueInstant = ({ deadline }: StageDefinition): boolean => deadline?.at !== undefined

/** By what the stage's visits are judged to be late; a target alone is a deadline too. undefined: they are never due. */
export function lateRiskOf(stage: StageDefinition): Deadline | undefined {
  if (!hasDue(stage)) return undefined
  return stage.deadline ?? { at: undefined, through: [], ...DEADLINE_DEFAULTS }
}
