import { type SegmentKey, type SegmentLabels, segmentLabels } from '../event/segment.ts'
import type { MeasureDefinition, ProcessDefinition, StageDefinition } from '../model/definitions.ts'
import type { MeasurePane } from '../windows/measure-pane.ts'
import type { Durations, Pane } from '../windows/pane.ts'
import { paneStart } from '../windows/span.ts'
import type { MeasurePaneRow, PaneRow, RowVersion } from './output.ts'

export function paneRow(
  process: ProcessDefinition,
  version: RowVersion,
  stage: StageDefinition,
  segment: SegmentKey | undefined,
  index: number,
  pane: Pane,
): PaneRow {
  // A pane counts in the stage's own time; where that is business time, the wall clock stands beside it.
  const wall: Durations = pane.wall ?? pane
  const isEmpty = pane.exited === 0
  // Rows are many and some live long: written out field by field they stay compact, spread in they would not.
  return {
    source: version.source,
    partition: version.partition,
    epoch: version.epoch,
    position: version.position,
    process: process.name,
    stage: stage.name,
    segment: segment === undefined ? {} : labelsOfSegment(process, stage, segment),
    total: segment === undefined,
    start: paneStart(index, process.paneMs),
    end: paneStart(index + 1, process.paneMs),
    entered: pane.entered,
    exited: pane.exited,
    abandoned: pane.abandoned,
    expired: pane.expired,
    reworked: pane.reworked,
    breached: pane.breached,
    sumMs: wall.sumMs,
    minMs: isEmpty ? undefined : wall.leastMs,
    maxMs: isEmpty ? undefined : wall.mostMs,
    buckets: wall.durations.entries(),
    business: pane.wall && {
      sumMs: pane.sumMs,
      minMs: pane.minMs,
      maxMs: pane.maxMs,
      buckets: pane.buckets(),
    },
  }
}

export function measurePaneRow(
  process: ProcessDefinition,
  version: RowVersion,
  measure: MeasureDefinition,
  segment: SegmentKey | undefined,
  pane: MeasurePane,
): MeasurePaneRow {
  const isEmpty = pane.count === 0
  return {
    source: version.source,
    partition: version.partition,
    epoch: version.epoch,
    position: version.position,
    process: process.name,
    measure: measure.name,
    decimals: measure.decimals,
    segment: segment === undefined ? {} : labelsOfSegment(process, measure, segment),
    total: segment === undefined,
    start: paneStart(pane.index, process.paneMs),
    end: paneStart(pane.index + 1, process.paneMs),
    count: pane.count,
    sum: pane.exactSum,
    min: isEmpty ? undefined : pane.least,
    max: isEmpty ? undefined : pane.most,
    buckets: pane.buckets.entries(),
    distinct: measure.distinct ? pane.distinct : undefined,
  }
}

/** Names of what a stage or a measure is cut by. */
export const dimensionsOf = (process: ProcessDefinition, { by }: Pick<StageDefinition, 'by'>): string[] =>
  by.map(index => process.attributes[index]?.name as string)

/** Segments whose labels are kept for the next row of the same segment. */
const MAX_LABELS = 10_000

type Cut = Pick<StageDefinition, 'by'>

const labelsBySegment = new WeakMap<Cut, Map<SegmentKey, SegmentLabels>>()

export function labelsOfSegment(process: ProcessDefinition, cut: Cut, key: SegmentKey): SegmentLabels {
  let known = labelsBySegment.get(cut)
  if (known === undefined || known.size > MAX_LABELS) {
    known = new Map()
    labelsBySegment.set(cut, known)
  }
  let labels = known.get(key)
  if (labels === undefined) {
    labels = segmentLabels(dimensionsOf(process, cut), key)
    known.set(key, labels)
  }
  return labels
}
