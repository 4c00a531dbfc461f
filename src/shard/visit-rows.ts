import type { ChangedVisit } from '../cases/visit.ts'
import { durationMs } from '../event/duration.ts'
import type { AttributeValue } from '../event/event.ts'
import { formatInstant, instant } from '../event/instant.ts'
import { type SegmentKey, segmentKey } from '../event/segment.ts'
import type { BusinessCalendar } from '../model/business-calendar.ts'
import type { ProcessDefinition, StageDefinition } from '../model/definitions.ts'
import type { TargetOf } from '../windows/targets.ts'
import type { RowVersion, VisitRow } from './output.ts'
import { labelsOfSegment } from './rows.ts'

/** Makes the rows of a process's visits. */
export class VisitRows {
  readonly #process: ProcessDefinition
  readonly #calendars: readonly (BusinessCalendar | undefined)[]
  readonly #targets: readonly TargetOf[]

  /** @param calendars of the process's stages, and @param targets of them. */
  constructor(
    process: ProcessDefinition,
    calendars: readonly (BusinessCalendar | undefined)[],
    targets: readonly TargetOf[],
  ) {
    this.#process = process
    this.#calendars = calendars
    this.#targets = targets
  }

  /** A deleted visit's row says no more than which one it was. */
  of(version: RowVersion, visit: ChangedVisit): VisitRow {
    const process = this.#process
    const stage = process.stages[visit.stage] as StageDefinition
    const isOpen = visit.deleted || visit.outcome === 'open'
    const attributes = visit.deleted ? none : visit.attributes
    // By the visit's own values, even where it was counted under `__other__`.
    const segment = segmentKey(stage.by.map(index => attributes[index] ?? null))
    const businessMs = isOpen ? undefined : this.#calendars[visit.stage]?.businessMs(visit.start, visit.end)
    const row: VisitRow = {
      source: version.source,
      partition: version.partition,
      epoch: version.epoch,
      position: version.position,
      process: process.name,
      stage: stage.name,
      case: visit.case,
      visit: visit.deleted ? 0 : visit.visit,
      ordinal: visit.ordinal,
      start: instant(visit.start),
      end: isOpen ? undefined : instant(visit.end),
      outcome: visit.deleted ? 'open' : visit.outcome,
      reason: isOpen ? undefined : process.ends[visit.group]?.group,
      durationMs: isOpen ? undefined : durationMs(visit.end - visit.start),
      businessMs,
      segment: labelsOfSegment(process, stage, segment),
      attributes: carriedOf(process, attributes),
      deleted: visit.deleted,
    }
    const isBreached =
      row.outcome === 'completed' &&
      !visit.deleted &&
      this.#isLate(stage, visit.stage, segment, attributes, visit.end, businessMs ?? visit.end - visit.start)
    if (!isBreached && !visit.corrected) return row
    return { ...row, ...(isBreached ? { breached: true } : {}), ...(visit.corrected ? { corrected: true } : {}) }
  }

  /** As `StageWindows` counts it: by the instant that its events named, where they did, else by its target. */
  #isLate(
    { deadline }: StageDefinition,
    index: number,
    segment: SegmentKey,
    attributes: readonly AttributeValue[],
    end: number,
    ms: number,
  ): boolean {
    const due = deadline?.at === undefined ? undefined : attributes[deadline.at]
    if (typeof due === 'number') return end > due
    const target = this.#targets[index]?.(segment)
    return target !== undefined && ms > target
  }
}

const none: readonly AttributeValue[] = []

function carriedOf(process: ProcessDefinition, values: readonly AttributeValue[]): Record<string, AttributeValue> {
  const carried: Record<string, AttributeValue> = {}
  process.attributes.forEach(({ name, kind }, index) => {
    if (kind === 'field' || kind === 'number') return
    const value = values[index] ?? null
    carried[name] = kind === 'instant' && typeof value === 'number' ? formatInstant(instant(value)) : value
  })
  return carried
}
