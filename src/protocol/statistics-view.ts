import type { EngineView, MeasureStatistics as MeasureValues, SegmentStatistics } from '../engine/view.ts'
import { formatInstant, type Instant } from '../event/instant.ts'
import type { SegmentLabels } from '../event/segment.ts'
import type { ProcessDefinition, StageDefinition } from '../model/definitions.ts'
import type {
  MeasureStatistics,
  ProcessStatistics,
  SegmentStatistics as SegmentView,
  StageStatistics,
} from './statistics.ts'

export const isoOrNull = (at: Instant | undefined): string | null => (at === undefined ? null : formatInstant(at))

/** The target that holds for a segment: the first dimension with a target of its own for its value, else the default. */
export function targetOf(process: ProcessDefinition, stage: StageDefinition, segment: SegmentLabels): number | null {
  if (stage.target === undefined) return null
  const own = stage.target.by.find(({ attribute, value }) => {
    const dimension = process.attributes[attribute]?.name
    return dimension !== undefined && segment[dimension] === value
  })
  return own?.targetMs ?? stage.target.defaultMs ?? null
}

/**
 * The statistics of a process at its last evaluation.
 *
 * @param mostSegments of a stage or measure; where it has more, those furthest over their target are kept, then those
 * with the most open visits; of a measure those with the most events. The total always stays.
 */
export function statisticsView(view: EngineView, process: ProcessDefinition, mostSegments: number): ProcessStatistics {
  const stages: StageStatistics[] = view.statistics(process.name).map(stage => {
    const definition = process.stages.find(candidate => candidate.name === stage.stage)
    const total = stage.segments.filter(segment => segment.total)
    const segments = stage.segments
      .filter(segment => !segment.total)
      .map(segment => segmentView(segment, definition && targetOf(process, definition, segment.segment)))
    return {
      stage: stage.stage,
      window_ms: stage.windowMs,
      segments: [
        ...total.map(segment => segmentView(segment, definition && targetOf(process, definition, {}))),
        ...worst(segments, mostSegments),
      ],
      segment_count: segments.length,
      partial: stage.partial,
    }
  })
  const measures = view.measureStatistics(process.name).map(measure => measureView(measure, mostSegments))
  return { process: process.name, as_of: isoOrNull(view.status(process.name).evaluatedAt), stages, measures }
}

function measureView(measure: MeasureValues, most: number): MeasureStatistics {
  const segments = measure.segments.filter(segment => !segment.total)
  const kept = new Set(
    segments.toSorted((a, b) => (b.values.count ?? 0) - (a.values.count ?? 0)).slice(0, Math.max(most, 0)),
  )
  return {
    measure: measure.measure,
    window_ms: measure.windowMs,
    segments: measure.segments
      .filter(segment => segment.total || kept.has(segment))
      .map(({ segment, total, values }) => ({ segment, total, values: values as Record<string, number> })),
    segment_count: segments.length,
    partial: measure.partial,
  }
}

const segmentView = (segment: SegmentStatistics, targetMs: number | null | undefined): SegmentView => ({
  segment: segment.segment,
  total: segment.total,
  target_ms: targetMs ?? null,
  values: segment.values as Record<string, number>,
  ...(segment.atLeast === undefined ? {} : { at_least: [...segment.atLeast] }),
  ...(segment.atMost === undefined ? {} : { at_most: segment.atMost as Record<string, number> }),
})

function worst(segments: readonly SegmentView[], most: number): readonly SegmentView[] {
  if (segments.length <= most) return segments
  const overTarget = (segment: SegmentView) =>
    segment.target_ms ? (segment.values.age_p90 ?? 0) / segment.target_ms : 0
  const kept = new Set(
    [...segments]
      .sort((a, b) => overTarget(b) - overTarget(a) || (b.values.wip ?? 0) - (a.values.wip ?? 0))
      .slice(0, most),
  )
  return segments.filter(segment => kept.has(segment))
}
