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
import { type VisitPolicy, visitWeight } from './visit-policy.ts'

export type VisitRowsOptions = {
  readonly process: ProcessDefinition
  /** Of the process's stages. */
  readonly calendars: readonly (BusinessCalendar | undefined)[]
  readonly targets: readonly TargetOf[]
  /** Which visits have rows. */
  readonly visits: VisitPolicy
}

/** Makes the rows of a process's visits. */
export class VisitRows {
  readonly #process: ProcessDefinition
  readonly #calendars: readonly (BusinessCalendar | undefined)[]
  readonly #targets: readonly TargetOf[]
  readonly #visits: VisitPolicy

  constructor({ process, calendars, targets, visits }: VisitRowsOptions) {
    this.#process = process
    this.#calendars = calendars
    this.#targets = targets
    this.#visits = visits
  }

  /** The rows of those visits that have one. */
  of(version: RowVersion, visits: readonly ChangedVisit[]): VisitRow[] {
    return visits.map(visit => this.#rowOf(version, visit)).filter(row => row !== undefined)
  }

  /** A deleted visit's row says no more than which one it was. */
  #rowOf(version: RowVersion, visit: ChangedVisit): VisitRow | undefined {
    const process = this.#process
    const stage = process.stages[visit.stage] as StageDefinition
    const isOpen = visit.deleted || visit.outcome === 'open'
    const attributes = visit.deleted ? none : visit.attributes
    // By the visit's own values, even where it was counted under `__other__`.
    const segment = segmentKey(stage.by.map(index => attributes[index] ?? null))
    const businessMs = isOpen ? undefined : this.#calendars[visit.stage]?.businessMs(visit.start, visit.end)
    const ownMs = isOpen ? undefined : (businessMs ?? durationMs(visit.end - visit.start))
    const breached = !visit.deleted && this.#isBreached(visit, stage, segment, ownMs)
    const weight = visitWeight(this.#visits, visit, breached, ownMs)
    if (weight === undefined) return undefined
    return {
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
      ...(breached ? { breached: true } : {}),
      ...(visit.corrected ? { corrected: true } : {}),
      ...(weight === 1 ? {} : { weight }),
    }
  }

  /** As `StageWindows` counts it: by the instant that its events named, where they did, else by its target. */
  #isBreached(
    { stage: index, attributes, end, outcome }: Extract<ChangedVisit, { deleted: false }>,
    { deadline }: StageDefinition,
    segment: SegmentKey,
    ownMs: number | undefined,
  ): boolean {
    if (outcome !== 'completed' || ownMs === undefined) return false
    const due = deadline?.at === undefined ? undefined : attributes[deadline.at]
    if (typeof due === 'number') return end > due
    const target = this.#targets[index]?.(segment)
    return target !== undefined && ownMs > target
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
