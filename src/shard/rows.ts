import type { Visit, VisitChange } from '../cases/visit.ts'
import { durationMs } from '../event/duration.ts'
import type { AttributeValue, CaseId } from '../event/event.ts'
import { type SegmentKey, type SegmentLabels, segmentKey, segmentLabels } from '../event/segment.ts'
import type { ProcessDefinition, StageDefinition } from '../model/definitions.ts'
import type { Pane } from '../windows/pane.ts'
import { paneStart } from '../windows/span.ts'
import type { PaneRow, RowVersion, VisitRow } from './output.ts'

/** Visits as they are now, of those that changed since the last time: changes of one visit meet here. */
export class ChangedVisits {
  /** By case: its visits are few, so a walk finds one sooner than a key of all its parts would. */
  readonly #latest = new Map<CaseId, ChangedVisit[]>()

  /** @param next the change that follows: where it says what the same visit is now, its former form needs no word. */
  add({ sign, visit }: VisitChange, next: VisitChange | undefined): void {
    if (sign === -1 && next?.sign === 1 && isSameVisit(visit, next.visit)) return
    const changed = { visit, deleted: sign === -1 }
    const ofCase = this.#latest.get(visit.case)
    if (ofCase === undefined) {
      this.#latest.set(visit.case, [changed])
      return
    }
    // An old form is always taken back before the new one comes, so the last word stands.
    const at = ofCase.findIndex(other => isSameVisit(other.visit, visit))
    if (at < 0) ofCase.push(changed)
    else ofCase[at] = changed
  }

  take(process: ProcessDefinition, version: RowVersion): VisitRow[] {
    const rows: VisitRow[] = []
    for (const ofCase of this.#latest.values()) {
      for (const { visit, deleted } of ofCase) rows.push(visitRow(process, version, visit, deleted))
    }
    this.#latest.clear()
    return rows
  }
}

type ChangedVisit = { readonly visit: Visit; readonly deleted: boolean }

const isSameVisit = (left: Visit, right: Visit): boolean =>
  left.start === right.start && left.stage === right.stage && left.ordinal === right.ordinal && left.case === right.case

export function paneRow(
  process: ProcessDefinition,
  version: RowVersion,
  stage: StageDefinition,
  segment: SegmentKey | undefined,
  index: number,
  pane: Pane,
): PaneRow {
  // Rows are many and some live long: written out field by field they stay compact, spread in they would not.
  return {
    source: version.source,
    partition: version.partition,
    epoch: version.epoch,
    position: version.position,
    process: process.name,
    stage: stage.name,
    segment: segment === undefined ? {} : segmentLabels(dimensionsOf(process, stage), segment),
    total: segment === undefined,
    start: paneStart(index, process.paneMs),
    end: paneStart(index + 1, process.paneMs),
    entered: pane.entered,
    exited: pane.exited,
    abandoned: pane.abandoned,
    expired: pane.expired,
    reworked: pane.reworked,
    breached: pane.breached,
    sumMs: pane.sumMs,
    minMs: pane.minMs,
    maxMs: pane.maxMs,
    buckets: pane.buckets(),
  }
}

export const dimensionsOf = (process: ProcessDefinition, stage: StageDefinition): string[] =>
  stage.by.map(index => process.attributes[index]?.name as string)

function visitRow(process: ProcessDefinition, version: RowVersion, visit: Visit, deleted: boolean): VisitRow {
  const stage = process.stages[visit.stage] as StageDefinition
  const isOpen = visit.outcome === 'open'
  return {
    source: version.source,
    partition: version.partition,
    epoch: version.epoch,
    position: version.position,
    process: process.name,
    stage: stage.name,
    case: visit.case,
    visit: visit.visit,
    ordinal: visit.ordinal,
    start: visit.start,
    end: isOpen ? undefined : visit.end,
    outcome: visit.outcome,
    reason: isOpen ? undefined : visit.reason,
    durationMs: isOpen ? undefined : durationMs(visit.end - visit.start),
    segment: labelsOf(process, stage, visit.attributes),
    attributes: carriedOf(process, visit.attributes),
    deleted,
  }
}

/** Segments whose labels are kept for the next row of the same segment. */
const MAX_LABELS = 10_000

const labelsBySegment = new WeakMap<StageDefinition, Map<SegmentKey, SegmentLabels>>()

/** By the visit's own values, even where it was counted under `__other__`. */
function labelsOf(
  process: ProcessDefinition,
  stage: StageDefinition,
  attributes: readonly AttributeValue[],
): SegmentLabels {
  let known = labelsBySegment.get(stage)
  if (known === undefined || known.size > MAX_LABELS) {
    known = new Map()
    labelsBySegment.set(stage, known)
  }
  const key = segmentKey(stage.by.map(index => attributes[index] ?? null))
  let labels = known.get(key)
  if (labels === undefined) {
    labels = segmentLabels(dimensionsOf(process, stage), key)
    known.set(key, labels)
  }
  return labels
}

function carriedOf(process: ProcessDefinition, values: readonly AttributeValue[]): Record<string, AttributeValue> {
  const carried: Record<string, AttributeValue> = {}
  process.attributes.forEach(({ name, kind }, index) => {
    if (kind !== 'field') carried[name] = values[index] ?? null
  })
  return carried
}
