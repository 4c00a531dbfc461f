import type { SegmentKey } from '../../event/segment.ts'
import { type AtStake, addToOldest, type OldestVisit, type OpenCasesView } from './view.ts'

/** The open cases of a shard that is folded elsewhere, as its publications tell them. */
export class OpenCasesReplica implements OpenCasesView {
  /** By stage, by segment. */
  readonly #oldest: readonly Map<SegmentKey | undefined, readonly OldestVisit[]>[]
  readonly #atStake: readonly Map<SegmentKey | undefined, AtStake>[]

  constructor(stages: number) {
    this.#oldest = Array.from({ length: stages }, () => new Map())
    this.#atStake = Array.from({ length: stages }, () => new Map())
  }

  putOldest(stage: number, segment: SegmentKey | undefined, visits: readonly OldestVisit[]): void {
    if (visits.length === 0) this.#oldest[stage]?.delete(segment)
    else this.#oldest[stage]?.set(segment, visits)
  }

  putAtStake(stage: number, segment: SegmentKey | undefined, atStake: AtStake): void {
    if (atStake.cases === 0) this.#atStake[stage]?.delete(segment)
    else this.#atStake[stage]?.set(segment, atStake)
  }

  /** Nothing is kept of a segment any more. */
  drop(stage: number, segment: SegmentKey): void {
    this.#oldest[stage]?.delete(segment)
    this.#atStake[stage]?.delete(segment)
  }

  oldest(stage: number, segment: SegmentKey | undefined): readonly OldestVisit[] {
    const own = this.#oldest[stage]
    if (segment !== undefined) return own?.get(segment) ?? []
    const oldest: OldestVisit[] = []
    for (const visits of own?.values() ?? []) for (const visit of visits) addToOldest(oldest, visit)
    return oldest
  }

  atStake(stage: number, segment: SegmentKey | undefined): AtStake {
    const own = this.#atStake[stage]
    if (segment !== undefined) return own?.get(segment) ?? { sum: 0n, cases: 0 }
    let sum = 0n
    let cases = 0
    for (const atStake of own?.values() ?? []) {
      sum += atStake.sum
      cases += atStake.cases
    }
    return { sum, cases }
  }
}
