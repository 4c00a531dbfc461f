import { type SegmentKey, type SegmentLabels, segmentKey, segmentLabels, segmentValues } from '../event/segment.ts'
import type { ProcessDefinition, StageDefinition } from '../model/definitions.ts'
import type { ComparedSegment } from '../rules/compared.ts'
import { dimensionsOf } from '../shard/rows.ts'
import type { ShardView } from '../shard/view.ts'
import { addTally, newTally } from '../windows/compared-tally.ts'
import type { Comparison } from '../windows/comparison.ts'
import type { SeriesView } from '../windows/views.ts'
import { type SegmentGroup, SegmentGroups } from './segment-groups.ts'

type FinerSegment = { readonly labels: SegmentLabels; readonly series: readonly SeriesView[] }

/** The segments of a stage by all its dimensions, merged over shards, found by those of a coarser cut that they lie in. */
export class FinerSegments {
  readonly #dimensions: readonly string[]
  readonly #groups: SegmentGroups
  /** Of the coarser cut, in a segment's key. */
  readonly #places: readonly number[]
  #seen: ReadonlyMap<SegmentKey, SegmentGroup> | undefined
  /** Each in the order of its keys: sums come out the same whatever segment was seen first. */
  #byCoarser = new Map<SegmentKey, FinerSegment[]>()

  /** @param by attributes of the coarser cut, a subset of the stage's; empty: there is one segment. */
  constructor(process: ProcessDefinition, stage: number, by: readonly number[]) {
    const definition = process.stages[stage] as StageDefinition
    this.#dimensions = dimensionsOf(process, definition)
    this.#groups = new SegmentGroups(process, stage, definition.by)
    this.#places = by.map(attribute => definition.by.indexOf(attribute))
  }

  comparedIn(coarser: SegmentKey, comparison: Comparison, at: number, shards: readonly ShardView[]): ComparedSegment[] {
    return (this.#cut(shards).get(coarser) ?? []).map(({ labels, series }) => {
      const sums = { labels, before: newTally(), now: newTally() }
      for (const one of series) {
        const { before, now } = one.comparedAt(comparison, at)
        addTally(sums.before, before)
        addTally(sums.now, now)
      }
      return sums
    })
  }

  #cut(shards: readonly ShardView[]): ReadonlyMap<SegmentKey, readonly FinerSegment[]> {
    const groups = this.#groups.of(shards)
    if (groups === this.#seen) return this.#byCoarser
    this.#seen = groups
    this.#byCoarser = new Map()
    for (const segment of [...groups.keys()].sort()) {
      const { parts } = groups.get(segment) as SegmentGroup
      const values = segmentValues(segment)
      const key = segmentKey(this.#places.map(place => values[place] ?? null))
      const finer = this.#byCoarser.get(key) ?? []
      this.#byCoarser.set(key, finer)
      const labels = segmentLabels(this.#dimensions, segment)
      finer.push({ labels, series: parts.map(({ series }) => series) })
    }
    return this.#byCoarser
  }
}
