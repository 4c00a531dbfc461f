import { NO_SLOT, type SegmentTable } from '../cases/segment-table.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import { foldStagesOf } from '../model/fold-stages.ts'
import { DueLedger, type DuePlace, type NamedPlace } from '../windows/due-ledger.ts'
import { dueByTarget } from '../windows/targets.ts'
import type { StageSettings } from './stage-settings.ts'

/**
 * Where the open cases of a shard stand within deadlines.
 *
 * @param segments,settings by stage, rests included.
 * @param isPublished whether somebody takes the lines that changed.
 */
export function duesOfShard(
  process: ProcessDefinition,
  segments: readonly SegmentTable[],
  settings: readonly StageSettings[],
  isPublished: boolean,
): DueLedger {
  const { deadlines } = foldStagesOf(process)
  const named = ({ deadline, ownSlot, position, slot }: DuePlace): NamedPlace => {
    const keyOf = (of: number, at: number) => (at === NO_SLOT ? undefined : segments[of]?.keyOf(at))
    const stage = deadlines[deadline]?.stage as number
    return { deadline, ownSegment: keyOf(stage, ownSlot), position, segment: keyOf(position, slot) }
  }
  return new DueLedger({
    paneMs: process.paneMs,
    deadlines: deadlines.length,
    fallbackDue: (stage, start, labels) => {
      const own = settings[stage]
      if (own?.definition.target === undefined) return Number.NaN
      const key = (segments[stage] as SegmentTable).ownKeyOf(labels)
      return dueByTarget(start, own.targetOf(key), own.calendar)
    },
    nameOf: isPublished ? named : undefined,
  })
}
