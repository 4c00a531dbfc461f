import { type Instant, instant } from '../event/instant.ts'
import { foldStagesOf } from '../model/fold-stages.ts'
import { DeadlineLateness } from '../windows/deadline-lateness.ts'
import { openDeadlineState } from '../windows/deadline-state.ts'
import type { ProcessEngine } from './process-engine.ts'
import type { OpenDeadline } from './view.ts'

/** How the open visits of single cases stand to their due instants, looked up case by case. */
export class CaseDeadlines {
  readonly #engine: ProcessEngine
  /** By stage, made when a case of it is first asked for. */
  readonly #lateness = new Map<number, DeadlineLateness>()
  /** By stage, rests included: the stage that a person knows, and whether it has been left. */
  readonly #places: readonly { readonly stage: string; readonly isLeft: boolean }[]

  constructor(engine: ProcessEngine) {
    const { process } = engine
    this.#engine = engine
    const { all, deadlines } = foldStagesOf(process)
    const leftOf = new Map(
      deadlines.flatMap(({ positions }) =>
        positions.flatMap(({ stage, rest }) => (rest === undefined ? [] : [[rest, stage] as const])),
      ),
    )
    this.#places = all.map((_, index) => {
      const left = leftOf.get(index)
      return { stage: process.stages[left ?? index]?.name as string, isLeft: left !== undefined }
    })
  }

  /** By stage; none before the first evaluation. */
  of(caseId: string): OpenDeadline[] {
    const { process, evaluatedAt: at, local } = this.#engine
    if (at === undefined) return []
    const id = new TextEncoder().encode(caseId)
    return local.all.flatMap(shard =>
      shard.openDuesOf(id).map(({ stage, start, due, position, slot, entry }): OpenDeadline => {
        const lateness = this.#latenessOf(stage, at)
        const chance = lateness.at(position, shard.allStages[position]?.segmentAt(slot))(entry, due)
        const place = this.#places[position]
        return {
          stage: process.stages[stage]?.name as string,
          start: instant(start),
          due: instant(due),
          state: openDeadlineState(due, at, chance, lateness.deadline.level),
          chance,
          level: lateness.deadline.level,
          within: position === stage ? undefined : place,
        }
      }),
    )
  }

  #latenessOf(stage: number, at: Instant): DeadlineLateness {
    const { process, shards } = this.#engine
    let lateness = this.#lateness.get(stage)
    if (lateness === undefined) {
      lateness = new DeadlineLateness(process, stage)
      this.#lateness.set(stage, lateness)
    }
    lateness.moveTo(
      at,
      shards.map(({ allStages }) => allStages),
    )
    return lateness
  }
}
