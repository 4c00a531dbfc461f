import { type SegmentKey, segmentKey, segmentValues, TOTAL } from '../event/segment.ts'
import type { ProcessDefinition, StageDefinition } from '../model/definitions.ts'
import type { ShardView } from '../shard/view.ts'
import type { SeriesPart } from '../windows/statistics.ts'
import { type TargetOf, targetsOf } from '../windows/targets.ts'
import type { StageView } from '../windows/views.ts'

type Part = SeriesPart & { readonly stage: StageView; readonly shard: ShardView }

/** The series that together are one segment, over all shards. */
export type SegmentGroup = {
  readonly segment: SegmentKey
  readonly parts: readonly Part[]
  /** Where targets differ by segment a coarser group compares ages segment by segment. */
  readonly overdueParts: readonly SeriesPart[]
}

/**
 * The segments of a stage as one reader wants them: cut by a subset of the stage's dimensions, merged over shards.
 * Kept until a shard says that segments came or went.
 */
export class SegmentGroups {
  readonly #stage: number
  readonly #definition: StageDefinition
  readonly #by: readonly number[]
  readonly #targetOf: TargetOf
  readonly #hasOwnTargets: boolean
  #groups = new Map<SegmentKey, SegmentGroup>()
  #seen: readonly { readonly shard: ShardView; readonly version: number }[] = []

  /** @param by attributes to cut by, a subset of the stage's; empty: the total. */
  constructor(process: ProcessDefinition, stage: number, by: readonly number[]) {
    this.#stage = stage
    this.#definition = process.stages[stage] as StageDefinition
    this.#by = by
    this.#targetOf = targetsOf(this.#definition)
    this.#hasOwnTargets = (this.#definition.target?.by.length ?? 0) > 0
  }

  /** By segment, in the order of first appearance. */
  of(shards: readonly ShardView[]): ReadonlyMap<SegmentKey, SegmentGroup> {
    if (!this.#isUnchanged(shards)) {
      this.#seen = shards.map(shard => ({ shard, version: shard.segmentsVersion }))
      this.#groups = this.#by.length === 0 ? this.#totals(shards) : this.#cut(shards)
    }
    return this.#groups
  }

  /** A shard that was given up and taken back is another one, whatever its version. */
  #isUnchanged(shards: readonly ShardView[]): boolean {
    const seen = this.#seen
    if (this.#groups.size === 0 || seen.length !== shards.length) return false
    return shards.every(
      (shard, index) => seen[index]?.shard === shard && seen[index]?.version === shard.segmentsVersion,
    )
  }

  #totals(shards: readonly ShardView[]): Map<SegmentKey, SegmentGroup> {
    const parts: Part[] = []
    const overdueParts: SeriesPart[] = []
    for (const shard of shards) {
      const windows = shard.stages[this.#stage]
      if (windows === undefined) continue
      parts.push({ series: windows.total, targetMs: this.#definition.target?.defaultMs, stage: windows, shard })
      for (const [segment, series] of windows.segments) overdueParts.push({ series, targetMs: this.#targetOf(segment) })
    }
    const group = { segment: TOTAL, parts, overdueParts: this.#hasOwnTargets ? overdueParts : parts }
    return new Map([[TOTAL, group]])
  }

  #cut(shards: readonly ShardView[]): Map<SegmentKey, SegmentGroup> {
    const places = this.#by.map(attribute => this.#definition.by.indexOf(attribute))
    const merged = new Map<SegmentKey, Part[]>()
    for (const shard of shards) {
      const stage = shard.stages[this.#stage]
      if (stage === undefined) continue
      for (const [segment, series] of stage.segments) {
        const values = segmentValues(segment)
        const key = segmentKey(places.map(place => values[place] ?? null))
        const part = { series, targetMs: this.#targetOf(segment), stage, shard }
        const parts = merged.get(key)
        if (parts === undefined) merged.set(key, [part])
        else parts.push(part)
      }
    }
    return new Map([...merged].map(([segment, parts]) => [segment, { segment, parts, overdueParts: parts }]))
  }
}
