import { type Instant, instant } from '../event/instant.ts'
import { type SegmentKey, segmentKey, segmentValues } from '../event/segment.ts'
import type { ProcessDefinition, RuleDefinition, StageDefinition } from '../model/definitions.ts'
import { type Compared, type ComparedSegment, type ComparedStage, type Sides, together } from '../rules/compared.ts'
import type { ShardView } from '../shard/view.ts'
import { type Comparison, comparedPanes } from '../windows/comparison.ts'
import { comparisonOf, comparisonsOf, stagesAttributed } from '../windows/config.ts'
import { lastPaneBefore, paneStart } from '../windows/span.ts'
import { FinerSegments } from './finer-segments.ts'

/**
 * How stages have changed, as explanations tell it: a rule's window against a stretch before it, by segments, merged over
 * shards.
 *
 * It is asked where an alert changes. What was worked out for one alert serves the others of the same evaluation. Live,
 * the tallies that it reads are kept moving with T, so that the first question after a quiet day finds little to move;
 * over history they move when they are read, by no more panes than have passed.
 */
export class StageComparisons {
  readonly #process: ProcessDefinition
  /** By stage. */
  readonly #comparisons: readonly (readonly Comparison[])[]
  /** By stage and dimensions of the coarser cut. */
  readonly #finer = new Map<string, FinerSegments>()
  /** By stage, comparison, and segment of the coarser cut: of one evaluation. */
  readonly #known = new Map<string, readonly ComparedSegment[]>()
  readonly #inside = new Map<RuleDefinition, readonly number[]>()
  #at = -Infinity

  constructor(process: ProcessDefinition) {
    this.#process = process
    this.#comparisons = process.stages.map((_, stage) => comparisonsOf(process, stage))
  }

  /** An evaluation begins, or somebody asks in between. @param shards what is kept moving; undefined: nothing. */
  begin(at: Instant, shards: readonly ShardView[] | undefined): void {
    this.#known.clear()
    const { paneMs } = this.#process
    const isLive = at - this.#at < paneMs
    const isNextPane = lastPaneBefore(at, paneMs) !== lastPaneBefore(this.#at, paneMs)
    if (shards === undefined) return
    this.#at = at
    if (isLive && isNextPane) this.#keepUp(at, shards)
  }

  /** @param segment of the rule. @returns undefined: nothing is kept of the stretch before. */
  of(rule: RuleDefinition, segment: SegmentKey, at: Instant, shards: readonly ShardView[]): Compared | undefined {
    const { stage } = rule
    if (stage === undefined) return undefined
    const comparison = comparisonOf(rule)
    const { paneMs } = this.#process
    const { now, before } = comparedPanes(at, comparison, paneMs)
    const keptSince = Math.max(before.first, ...shards.map(shard => shard.stages[stage]?.keptSince ?? -Infinity))
    if (keptSince > before.last) return undefined
    const read = (index: number, by: readonly number[]) =>
      this.#read({ rule, segment, stage: index, by, comparison, at, shards })
    return {
      window: { start: paneStart(now.first, paneMs), end: at },
      before: { start: paneStart(keptSince, paneMs), end: instant((before.last + 1) * paneMs) },
      own: read(stage, rule.by),
      inside: this.#insideOf(rule).map(index => {
        // A stage that is not cut by a dimension of the rule counts as a whole, beside as many cases of the outer one.
        const { by } = this.#process.stages[index] as StageDefinition
        const common = rule.by.filter(attribute => by.includes(attribute))
        const inner = read(index, common)
        return { ...inner, share: shareOf(inner.segments, read(stage, common).segments) }
      }),
    }
  }

  #read(asked: {
    readonly rule: RuleDefinition
    readonly segment: SegmentKey
    readonly stage: number
    readonly by: readonly number[]
    readonly comparison: Comparison
    readonly at: Instant
    readonly shards: readonly ShardView[]
  }): ComparedStage {
    const { rule, segment, stage, by, comparison, at, shards } = asked
    const values = segmentValues(segment)
    const coarser = segmentKey(by.map(attribute => values[rule.by.indexOf(attribute)] ?? null))
    const { windowMs, gapMs, beforeMs } = comparison
    const key = JSON.stringify([stage, windowMs, gapMs, beforeMs, by, coarser])
    const segments = this.#known.get(key) ?? this.#finerOf(stage, by).comparedIn(coarser, comparison, at, shards)
    this.#known.set(key, segments)
    return { stage: this.#process.stages[stage]?.name as string, segments }
  }

  #finerOf(stage: number, by: readonly number[]): FinerSegments {
    const key = JSON.stringify([stage, by])
    const known = this.#finer.get(key) ?? new FinerSegments(this.#process, stage, by)
    this.#finer.set(key, known)
    return known
  }

  #insideOf(rule: RuleDefinition): readonly number[] {
    const known = this.#inside.get(rule) ?? stagesAttributed(this.#process, rule)
    this.#inside.set(rule, known)
    return known
  }

  #keepUp(at: Instant, shards: readonly ShardView[]): void {
    for (const { stages } of shards)
      stages.forEach((stage, index) => {
        const comparisons = this.#comparisons[index] as readonly Comparison[]
        const isCut = (this.#process.stages[index] as StageDefinition).by.length > 0
        for (const series of isCut ? stage.segments.values() : [stage.total])
          for (const comparison of comparisons) series.comparedAt(comparison, at)
      })
  }
}

/** Its cases for each of the outer stage's, on both sides together: how many pass by it changes as a window fills, too. */
function shareOf(inner: readonly Sides[], outer: readonly Sides[]): number {
  const casesOf = (segments: readonly Sides[]) => {
    const { before, now } = together(segments)
    return before.entered - before.reworked + now.entered - now.reworked
  }
  const all = casesOf(outer)
  return all > 0 ? Math.max(0, casesOf(inner)) / all : 0
}
