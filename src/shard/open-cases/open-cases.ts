import type { CaseLooks } from '../../cases/case-looks.ts'
import type { DueSink } from '../../cases/due-positions.ts'
import { NO_SLOT, type SegmentTable } from '../../cases/segment-table.ts'
import type { SegmentKey } from '../../event/segment.ts'
import type { ProcessDefinition } from '../../model/definitions.ts'
import { foldStagesOf } from '../../model/fold-stages.ts'
import type { StageView } from '../../windows/views.ts'
import type { SegmentCases } from './segment-cases.ts'
import { StageCases } from './stage-cases.ts'
import { type AtStake, MOST_OLDEST, type OldestVisit, type OpenCasesView, type VisitDue } from './view.ts'

export type OpenCasesParts = {
  readonly process: ProcessDefinition
  /** By stage, rests included. */
  readonly segments: readonly SegmentTable[]
  readonly stages: () => readonly StageView[]
  readonly looks: () => CaseLooks
  readonly isPublished: boolean
}

const noStake: AtStake = { sum: 0n, cases: 0 }

/** Takes what is new of the open cases of a segment. */
export type OpenCasesWriter = {
  oldest(stage: number, segment: SegmentKey | undefined, visits: readonly OldestVisit[]): void
  atStake(stage: number, segment: SegmentKey | undefined, atStake: AtStake): void
}

/** Which cases are open in the stages of a shard that rules watch. */
export class OpenCases implements OpenCasesView {
  readonly #parts: OpenCasesParts
  /** By stage; undefined: no rule watches it. */
  readonly byStage: readonly (StageCases | undefined)[]
  #changed: { readonly stage: number; readonly segment: SegmentCases }[] = []

  constructor(parts: OpenCasesParts) {
    const { process, segments, looks, isPublished } = parts
    this.#parts = parts
    this.byStage = process.stages.map((_, stage) => {
      if (!process.rules.some(rule => rule.stage === stage)) return undefined
      return new StageCases({
        stage,
        keyOf: slot => (slot === NO_SLOT ? undefined : (segments[stage] as SegmentTable).keyOf(slot)),
        looks,
        dueOf: handle => this.#dueOf(handle, stage),
        hasValue: process.value !== undefined,
        changed: isPublished ? segment => this.#changed.push({ stage, segment }) : undefined,
      })
    })
  }

  oldest(stage: number, segment: SegmentKey | undefined): readonly OldestVisit[] {
    const slot = this.#slotOf(stage, segment)
    return slot === 'gone' ? [] : (this.byStage[stage]?.oldest(slot) ?? [])
  }

  atStake(stage: number, segment: SegmentKey | undefined): AtStake {
    const slot = this.#slotOf(stage, segment)
    return (slot === 'gone' ? undefined : this.byStage[stage]?.atStake(slot)) ?? noStake
  }

  /** Between two records only. */
  tidy(): void {
    for (const stage of this.byStage) stage?.tidy()
  }

  /** What became another since the last time, in an order in which the last word on a segment comes last. */
  publish(writer: OpenCasesWriter): void {
    const changed = this.#changed
    this.#changed = []
    for (const { stage, segment } of changed) {
      const own = this.byStage[stage] as StageCases
      // Its slot may be another segment's by now.
      const isEmpty = segment.open === 0
      if (segment.isOldestNew) {
        const visits = isEmpty ? [] : own.oldest(segment.slot)
        segment.toldUntil = visits[MOST_OLDEST - 1]?.start ?? Infinity
        writer.oldest(stage, segment.key, visits)
      }
      if (segment.isStakeNew) writer.atStake(stage, segment.key, isEmpty ? noStake : own.atStake(segment.slot))
      segment.isOldestNew = false
      segment.isStakeNew = false
    }
  }

  /** Hears beside the sink where cases stand, so that those that are told are told anew. */
  besideDues(sink: DueSink): DueSink {
    if (!this.#parts.isPublished) return sink
    const { deadlines } = foldStagesOf(this.#parts.process)
    return {
      fallbackDue: sink.fallbackDue,
      stands: (deadline, ownSlot, ...rest) => {
        sink.stands(deadline, ownSlot, ...rest)
        this.byStage[deadlines[deadline]?.stage as number]?.movedWithin(ownSlot)
      },
    }
  }

  #dueOf(handle: number, stage: number): VisitDue | undefined {
    const found = this.#parts.looks().openDueOf(handle, stage)
    if (found === undefined) return undefined
    const { due, position, slot, entry } = found
    return { at: due, position, segment: this.#parts.stages()[position]?.segmentAt(slot), entry }
  }

  #slotOf(stage: number, segment: SegmentKey | undefined): number | undefined | 'gone' {
    if (segment === undefined) return undefined
    return this.#parts.stages()[stage]?.segments.get(segment)?.slot ?? 'gone'
  }
}
