import { type SegmentKey, segmentKey, segmentValues, TOTAL } from '../event/segment.ts'
import type { MeasureDefinition } from '../model/definitions.ts'
import type { ShardView } from '../shard/view.ts'
import type { MeasureSeriesView } from '../windows/views.ts'

/** The series that together are one segment of a measure, over all shards. */
export type MeasureGroup = {
  readonly segment: SegmentKey
  readonly parts: readonly MeasureSeriesView[]
  /** The oldest pane of which all shards keep everything; −Infinity: nothing has been let go of. */
  keptSince(): number
}

/**
 * The segments of a measure as one reader wants them: cut by a subset of the measure's dimensions, merged over shards.
 * As `SegmentGroups` of a stage they are kept until a shard says that segments came or went.
 */
export class MeasureGroups {
  readonly #measure: number
  /** Where the wanted dimensions stand in the measure's own keys; empty: the total. */
  readonly #places: readonly number[]
  #groups = new Map<SegmentKey, MeasureGroup>()
  #seen: readonly { readonly shard: ShardView; readonly version: number }[] = []

  /** @param by attributes to cut by, a subset of the measure's; empty: the total. */
  constructor(measure: number, definition: MeasureDefinition, by: readonly number[]) {
    this.#measure = measure
    this.#places = by.map(attribute => definition.by.indexOf(attribute))
  }

  /** By segment, in the order of first appearance. */
  of(shards: readonly ShardView[]): ReadonlyMap<SegmentKey, MeasureGroup> {
    const seen = this.#seen
    const isUnchanged =
      this.#groups.size > 0 &&
      seen.length === shards.length &&
      // A shard that was given up and taken back is another one, whatever its version.
      shards.every((shard, index) => seen[index]?.shard === shard && seen[index]?.version === shard.segmentsVersion)
    if (isUnchanged) return this.#groups
    this.#seen = shards.map(shard => ({ shard, version: shard.segmentsVersion }))
    const merged = new Map<SegmentKey, MeasureSeriesView[]>()
    for (const shard of shards) {
      for (const [key, series] of this.#seriesOf(shard)) {
        const parts = merged.get(key)
        if (parts === undefined) merged.set(key, [series])
        else parts.push(series)
      }
    }
    const keptSince = () =>
      shards.reduce(
        (latest, { measures }) => Math.max(latest, measures[this.#measure]?.keptSince ?? -Infinity),
        -Infinity,
      )
    this.#groups = new Map([...merged].map(([segment, parts]) => [segment, { segment, parts, keptSince }]))
    return this.#groups
  }

  *#seriesOf(shard: ShardView): Iterable<readonly [SegmentKey, MeasureSeriesView]> {
    const windows = shard.measures[this.#measure]
    if (windows === undefined) return
    if (this.#places.length === 0) {
      yield [TOTAL, windows.total]
      return
    }
    for (const [segment, series] of windows.segments) {
      const values = segmentValues(segment)
      yield [segmentKey(this.#places.map(place => values[place] ?? null)), series]
    }
  }
}
