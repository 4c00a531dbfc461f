import type { SegmentKey } from '../event/segment.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import { foldStagesOf } from '../model/fold-stages.ts'
import { measureWindowsOf } from '../windows/config.ts'
import { DueLedger } from '../windows/due-ledger.ts'
import { MeasureReplica } from '../windows/measure-replica.ts'
import { StageReplica, slotsOf } from '../windows/stage-replica.ts'
import { newPartitionCounts, type PartitionCounts } from './counts.ts'
import { OpenCasesReplica } from './open-cases/replica.ts'
import { type Publication, type PublicationReader, readEntries } from './publication.ts'
import { stageSettingsOf } from './stage-settings.ts'
import type { ShardSummary } from './summary.ts'
import type { ShardView } from './view.ts'

/**
 * A shard that is folded elsewhere, as its publications tell it: statistics over it are those of the shard itself, as of
 * the last publication that was applied.
 */
export class ShardReplica implements ShardView {
  readonly partition: number
  readonly stages: readonly StageReplica[]
  readonly allStages: readonly StageReplica[]
  readonly measures: readonly MeasureReplica[]
  readonly due: DueLedger
  readonly openCases: OpenCasesReplica
  readonly #reader: PublicationReader
  #summary: ShardSummary | undefined
  /** By topic: below it lies nothing more that could be folded. */
  readonly #passedTo = new Map<number, number>()

  constructor(process: ProcessDefinition, partition: number) {
    const { paneMs } = process
    const { deadlines } = foldStagesOf(process)
    this.partition = partition
    this.allStages = stageSettingsOf(process, false).map(settings => new StageReplica(settings))
    this.stages = this.allStages.slice(0, process.stages.length)
    this.measures = process.measures.map(
      (_, measure) => new MeasureReplica({ paneMs, windowsMs: measureWindowsOf(process, measure) }),
    )
    this.due = new DueLedger({ paneMs, deadlines: deadlines.length, fallbackDue: nobodyAsks })
    this.openCases = new OpenCasesReplica(process.stages.length)
    const stageOf = (stage: number) => this.allStages[stage] as StageReplica
    const measureOf = (measure: number) => this.measures[measure] as MeasureReplica
    this.#reader = {
      pane: (stage, segment, index, content) => stageOf(stage).putPane(segment, index, content),
      open: (stage, segment, page, counts) => stageOf(stage).putOpen(segment, page, counts),
      history: (stage, coarse) => stageOf(stage).history?.put(coarse),
      gone: (stage, segment: SegmentKey) => {
        stageOf(stage).drop(segment)
        this.openCases.drop(stage, segment)
      },
      oldest: (stage, segment, visits) => this.openCases.putOldest(stage, segment, visits),
      atStake: (stage, segment, atStake) => this.openCases.putAtStake(stage, segment, atStake),
      measurePane: (measure, segment, index, content) => measureOf(measure).putPane(segment, index, content),
      measureGone: (measure, segment) => measureOf(measure).drop(segment),
      due: (place, line) => {
        const own = stageOf(deadlines[place.deadline]?.stage as number)
        this.due.put(slotsOf(place, own, stageOf(place.position)), line)
      },
    }
  }

  /** @throws Error where the publication is damaged, or of other definitions. */
  apply({ entries, summary }: Publication): void {
    readEntries(entries, this.#reader)
    summary.stages.forEach(({ settledUntil, keptSince, historySince }, stage) => {
      const replica = this.allStages[stage]
      replica?.history?.beginAt(historySince)
      replica?.pass(settledUntil, keptSince, summary.horizon)
    })
    summary.measures.forEach(({ settledUntil, keptSince }, measure) => {
      this.measures[measure]?.pass(settledUntil, keptSince)
    })
    this.#summary = summary
  }

  /** As `Shard.passTo`: no publication tells it, for nothing was folded. */
  passTo(topic: number, offset: number): void {
    this.#passedTo.set(topic, Math.max(offset, this.#passedTo.get(topic) ?? 0))
  }

  get epoch(): number | undefined {
    return this.#summary?.epoch
  }

  get casesInMemory(): number {
    return this.#summary?.casesInMemory ?? 0
  }

  get segmentsVersion(): number {
    let version = 0
    for (const { segmentsVersion } of [...this.stages, ...this.measures]) version += segmentsVersion
    return version
  }

  watermarkOf(topic: number): number {
    return this.#summary?.watermarks[topic] ?? -Infinity
  }

  nextOffsetOf(topic: number): number {
    return Math.max(this.#summary?.recordsEnd[topic] ?? 0, this.#passedTo.get(topic) ?? 0)
  }

  countsOf(topic: number): PartitionCounts {
    return this.#summary?.counts[topic] ?? newPartitionCounts()
  }

  isPartial(stage: number): boolean {
    return this.#summary?.stages[stage]?.isPartial === true
  }

  isMeasurePartial(measure: number): boolean {
    return this.#summary?.measures[measure]?.isPartial === true
  }
}

function nobodyAsks(): never {
  throw new Error('a replica is told when cases are due')
}
